import type { OutputFile } from "./output-file.ts";

/** Gathers lines and writes them in large pieces; one call of the operating system a line is what makes writers slow. */
export interface LineBuffer {
  /** Appends a line with its line end. Await the result where it is a promise. */
  add(line: string): Promise<void> | undefined;
  flush(): Promise<void>;
}

/** Characters held before a write. */
const pieceLength = 1 << 17;

export function lineBuffer(output: OutputFile): LineBuffer {
  let lines: string[] = [];
  let length = 0;
  const flush = async () => {
    if (lines.length === 0) return;
    const piece = `${lines.join("\n")}\n`;
    lines = [];
    length = 0;
    await output.write(piece);
  };
  return {
    add(line) {
      lines.push(line);
      length += line.length;
      return length >= pieceLength ? flush() : undefined;
    },
    flush,
  };
}
