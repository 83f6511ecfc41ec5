import { appendFile, mkdir, readFile, rename, unlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** Writes given rows as Zeek does: flushed in the middle of lines, rotated by renaming, compressed later into folders by day. */
export class LineWriter {
  readonly current: string;
  readonly #root: string;
  readonly #header: string;
  readonly #rows: readonly string[];
  #next = 0;
  #buffer = "";
  #isOpen = false;
  #logs = 0;
  readonly #aside: string[] = [];

  constructor(root: string, header: readonly string[], rows: readonly string[]) {
    this.#root = root;
    this.current = join(root, "current");
    this.#header = `${header.join("\n")}\n`;
    this.#rows = rows;
  }

  get left(): number {
    return this.#rows.length - this.#next;
  }

  /** Takes further rows into the buffer, and brings a part of it to the file, wherever that cuts it. */
  async write(rows: number, share: number): Promise<void> {
    if (rows > 0 && this.left > 0 && !this.#isOpen) {
      this.#isOpen = true;
      this.#buffer += this.#header;
    }
    const taken = this.#rows.slice(this.#next, this.#next + rows);
    this.#next += taken.length;
    this.#buffer += taken.map((row) => `${row}\n`).join("");
    const cut = Math.ceil(this.#buffer.length * share);
    if (cut === 0) return;
    await mkdir(this.current, { recursive: true });
    await appendFile(join(this.current, "conn.log"), this.#buffer.slice(0, cut));
    this.#buffer = this.#buffer.slice(cut);
  }

  async rotate(): Promise<void> {
    if (!this.#isOpen) return;
    this.#buffer += "#close\t2025-03-03-01-00-00\n";
    await this.write(0, 1);
    const aside = join(this.current, `conn-25-03-03_${String(this.#logs++).padStart(4, "0")}.log`);
    await rename(join(this.current, "conn.log"), aside);
    this.#aside.push(aside);
    this.#isOpen = false;
  }

  /** Compresses the oldest log that was put aside. */
  async archive(): Promise<void> {
    const aside = this.#aside.shift();
    if (aside === undefined) return;
    const number = /_(\d+)\.log$/.exec(aside)![1]!;
    const folder = join(this.#root, "2025-03-03");
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, `conn.${number}.log.gz`), gzipSync(await readFile(aside)));
    await unlink(aside);
  }
}
