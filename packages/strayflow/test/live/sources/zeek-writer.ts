import { appendFile, copyFile, mkdir, readFile, rename, truncate, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";

const FIELDS =
  "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes conn_state";
const TYPES = "time string addr port addr port enum string interval count count string";

/** The header that Zeek writes, of the log that is opened as the `number`th. */
export function header(number: number, path = "conn"): string {
  return [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    `#path\t${path}`,
    // Some logs come without a time, so that all their headers are the same.
    ...(number % 3 === 0 ? [] : [`#open\t2024-04-19-00-${String(number % 60).padStart(2, "0")}-00`]),
    `#fields\t${FIELDS.replaceAll(" ", "\t")}`,
    `#types\t${TYPES.replaceAll(" ", "\t")}`,
    "",
  ].join("\n");
}

/** A row that says which one it is. */
export function row(index: number): string {
  const time = (1_713_484_800 + index).toFixed(6);
  return `${time}\tC${index}\t10.0.0.${index % 250}\t${index % 60_000}\t10.1.0.1\t443\ttcp\tssl\t0.5\t${index}\t7\tSF`;
}

export interface WriterOptions {
  readonly isJson?: boolean;
}

/**
 * Writes as Zeek does: through a buffer that is flushed in the middle of lines, rotated by renaming, later compressed
 * into a folder by day and deleted.
 */
export class ZeekWriter {
  readonly root: string;
  readonly current: string;
  rows = 0;
  #buffer = "";
  #logs = 0;
  #isOpen = false;
  #needsHeader = true;
  readonly #waiting: string[] = [];
  readonly #isJson: boolean;

  constructor(root: string, options: WriterOptions = {}) {
    this.root = root;
    this.current = join(root, "current");
    this.#isJson = options.isJson ?? false;
  }

  get live(): string {
    return join(this.current, "conn.log");
  }

  /** Rotated logs that are not compressed yet. */
  get waiting(): number {
    return this.#waiting.length;
  }

  write(rows: number): void {
    if (!this.#isOpen && this.#needsHeader && !this.#isJson) this.#buffer += header(this.#logs);
    this.#isOpen = true;
    this.#needsHeader = false;
    for (let i = 0; i < rows; i++) {
      this.#buffer += `${this.#isJson ? jsonRow(this.rows) : row(this.rows)}\n`;
      this.rows++;
    }
  }

  /** Brings a part of the buffer to the file, wherever that cuts it. */
  async flush(share = 1): Promise<void> {
    const bytes = Math.ceil(this.#buffer.length * share);
    if (bytes === 0) return;
    await mkdir(this.current, { recursive: true });
    const part = this.#buffer.slice(0, bytes);
    this.#buffer = this.#buffer.slice(bytes);
    await appendFile(this.live, part);
  }

  async rotate(isClosed: boolean): Promise<void> {
    if (!this.#isOpen) return;
    if (isClosed && !this.#isJson) this.#buffer += "#close\t2024-04-19-01-00-00\n";
    await this.flush();
    const aside = join(this.current, `conn-24-04-19_${String(this.#logs++).padStart(4, "0")}.log`);
    await rename(this.live, aside);
    this.#waiting.push(aside);
    this.#isOpen = false;
    this.#needsHeader = true;
  }

  /** What logrotate does with `copytruncate`: the writer goes on in the same file, without a header. */
  async copyAndTruncate(): Promise<void> {
    if (!this.#isOpen || this.rows === 0) return;
    await this.flush();
    const aside = join(this.current, `conn-24-04-19_${String(this.#logs++).padStart(4, "0")}.log`);
    await copyFile(this.live, aside);
    await truncate(this.live, 0);
    this.#waiting.push(aside);
  }

  /** Compresses the oldest rotated log into the archive, in pieces with `pause` between them. */
  async archive(kind: "gz" | "zst", pieces: number, pause: () => Promise<void>): Promise<void> {
    const aside = this.#waiting.shift();
    if (aside === undefined) return;
    const number = Number(/_(\d+)\.log$/.exec(aside)?.[1]);
    const folder = join(this.root, `2024-04-${String(19 + Math.floor(number / 4)).padStart(2, "0")}`);
    await mkdir(folder, { recursive: true });
    const plain = await readFile(aside);
    const packed = kind === "gz" ? gzipSync(plain) : zstdCompressSync(plain);
    // The name says nothing of the order, on purpose.
    const target = join(
      folder,
      `conn.${String((number * 7) % 24).padStart(2, "0")}:00:00-${number}.log.${kind}`,
    );
    await writeFile(target, packed.subarray(0, 0));
    for (let piece = 0; piece < pieces; piece++) {
      const at = (index: number) => Math.floor((packed.length * index) / pieces);
      await appendFile(target, packed.subarray(at(piece), at(piece + 1)));
      if (piece + 1 < pieces) await pause();
    }
    await unlink(aside);
  }
}

function jsonRow(index: number): string {
  return JSON.stringify({
    ts: 1_713_484_800 + index,
    uid: `C${index}`,
    "id.orig_h": "10.0.0.1",
    "id.orig_p": 1,
    "id.resp_h": "10.1.0.1",
    "id.resp_p": 443,
    proto: "tcp",
    duration: 0.5,
  });
}
