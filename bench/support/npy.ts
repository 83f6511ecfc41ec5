import { closeSync, openSync, readSync, writeSync } from "node:fs";

/** A matrix of 32-bit floats in NumPy's format, for programs that share it. Close it. */
export interface NpyFile {
  readonly rows: number;
  readonly width: number;
  /** Reads `count` rows from row `start` into the beginning of `out`. */
  read(start: number, count: number, out: Float32Array): void;
  close(): void;
}

const HEAD = 128;

/** Opens a file of `writeNpy`; others have heads of other lengths. */
export function openNpy(path: string): NpyFile {
  const file = openSync(path, "r");
  const head = Buffer.alloc(HEAD);
  readSync(file, head, 0, HEAD, 0);
  const shape = /'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\)/.exec(
    head.toString("latin1"),
  );
  if (shape === null || head.readUInt16LE(8) !== HEAD - 10) {
    closeSync(file);
    throw new Error(`${path}: expected a .npy file of 32-bit floats with a head of ${HEAD} bytes`);
  }
  const [rows, width] = [Number(shape[1]), Number(shape[2])];
  return {
    rows,
    width,
    read(start, count, out) {
      const bytes = new Uint8Array(out.buffer, out.byteOffset, count * width * 4);
      const got = readSync(file, bytes, 0, bytes.length, HEAD + start * width * 4);
      if (got !== bytes.length) throw new Error(`${path} ends in row ${start + Math.floor(got / width / 4)}`);
    },
    close: () => closeSync(file),
  };
}

/** Writes blocks of whole rows, as `fill` gives them until all rows are there. */
export function writeNpy(
  path: string,
  { rows, width }: { readonly rows: number; readonly width: number },
  fill: (block: Float32Array, rows: number) => void,
): void {
  const file = openSync(path, "w");
  const head = Buffer.alloc(HEAD, " ");
  head.write("\x93NUMPY\x01\x00", 0, "latin1");
  head.writeUInt16LE(HEAD - 10, 8);
  head.write(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${width}), }`, 10, "latin1");
  head.write("\n", HEAD - 1, "latin1");
  writeSync(file, head);
  const block = new Float32Array(8192 * width);
  for (let row = 0; row < rows; row += 8192) {
    const part = Math.min(8192, rows - row);
    fill(block, part);
    writeSync(file, new Uint8Array(block.buffer, 0, part * width * 4));
  }
  closeSync(file);
}
