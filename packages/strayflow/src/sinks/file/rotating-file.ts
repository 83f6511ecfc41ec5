import { open, readdir, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { makeFolder } from "../../base/make-folder.ts";
import type { RecordForm } from "./record-form.ts";
import { lastLines, readHead, unendedLine } from "./tail.ts";

export interface RotatingFileOptions {
  readonly path: string;
  readonly form: RecordForm;
  readonly rotateBytes: number;
  readonly rotateDaily: boolean;
  /** Old files that stay; 0 for all. */
  readonly keep: number;
  /** Whether `append` waits until the disk has the lines. */
  readonly fsync: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

interface OpenFile {
  readonly handle: FileHandle;
  readonly device: number;
  readonly inode: number;
  /** UTC day to which the lines belong. */
  readonly day: string;
  size: number;
}

/**
 * A file that lines are appended to, whole batches of them or none. It is put aside when it is large or of another day,
 * and opened anew when somebody else put it aside. What a crash cut off is taken away when it is opened.
 */
export class RotatingFile {
  readonly #options: RotatingFileOptions;
  #open: OpenFile | undefined;

  constructor(options: RotatingFileOptions) {
    this.#options = options;
  }

  /** The last lines that are in the file, or in the one before it, newest last: enough to know a batch again. */
  async recentLines(): Promise<readonly string[]> {
    const { path } = this.#options;
    const file = await this.#ensureOpen();
    const lines = await lastLines(path, file.size, tailBytes);
    const before = (await this.#oldFiles()).at(-1);
    if (file.size >= tailBytes || before === undefined) return lines;
    const { size } = await stat(before.path);
    return [...(await lastLines(before.path, size, tailBytes)), ...lines];
  }

  /** Rejects with the system's error when not all of the lines could be written; then none of them is there. */
  async append(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    const { form, now, fsync } = this.#options;
    await this.#leaveMoved();
    const old = await this.#ensureOpen();
    if (this.#isFull(old)) await this.#rotate(old);
    const file = await this.#ensureOpen();
    const header = file.size === 0 ? form.header(now()) : "";
    const bytes = Buffer.from(`${header}${lines.join("\n")}\n`);
    try {
      await writeAll(file.handle, bytes);
      if (fsync) await file.handle.datasync();
    } catch (error) {
      // Left as it was: the same lines come again, and half a line would spoil the next one.
      await file.handle.truncate(file.size).catch(() => undefined);
      await this.close();
      throw error;
    }
    file.size += bytes.length;
  }

  /** No footer: the next run goes on with the file. */
  async close(): Promise<void> {
    const file = this.#open;
    this.#open = undefined;
    await file?.handle.close();
  }

  #isFull({ size, day }: OpenFile): boolean {
    const { rotateBytes, rotateDaily, now } = this.#options;
    return size > 0 && (size >= rotateBytes || (rotateDaily && day !== dayOf(now())));
  }

  /** logrotate and the like rename the file: the old one is ended, and lines go into a new one of the name. */
  async #leaveMoved(): Promise<void> {
    const file = this.#open;
    if (file === undefined) return;
    const found = await stat(this.#options.path).catch(ifMissing);
    if (found?.ino === file.inode && found.dev === file.device) {
      // Emptied in place (logrotate's copytruncate), or lengthened by another hand.
      file.size = found.size;
      return;
    }
    await this.#finish(file);
  }

  async #finish({ handle }: OpenFile): Promise<void> {
    const { form, now } = this.#options;
    this.#open = undefined;
    try {
      const footer = form.footer(now());
      if (footer !== "") await writeAll(handle, Buffer.from(footer));
      await handle.datasync();
    } finally {
      await handle.close();
    }
  }

  async #rotate(file: OpenFile): Promise<void> {
    await this.#finish(file);
    await this.#putAside();
    const { keep } = this.#options;
    if (keep === 0) return;
    for (const old of (await this.#oldFiles()).slice(0, -keep)) await rm(old.path, { force: true });
  }

  async #putAside(): Promise<void> {
    const { path, now } = this.#options;
    const stamp = `${new Date(now()).toISOString().slice(0, 19).replaceAll(":", "-")}Z`;
    // After the last of that second, not into a gap: names say the order in which files are dropped.
    const last = (await this.#oldFiles()).findLast((old) => old.stamp === stamp);
    const { start, end } = nameParts(path);
    const aside = `${start}.${stamp}${last === undefined ? "" : `-${last.number + 1}`}${end}`;
    await rename(path, join(dirname(path), aside));
  }

  /** Oldest first. */
  async #oldFiles(): Promise<OldFile[]> {
    const { path } = this.#options;
    const { start, end } = nameParts(path);
    const old: OldFile[] = [];
    for (const name of await readdir(dirname(path))) {
      if (!name.startsWith(`${start}.`) || !name.endsWith(end)) continue;
      const middle = name.slice(start.length + 1, name.length - end.length);
      const [, stamp, number = "1"] = /^(\d{4}-\d\d-\d\dT\d\d-\d\d-\d\dZ)(?:-(\d+))?$/.exec(middle) ?? [];
      if (stamp !== undefined) old.push({ path: join(dirname(path), name), stamp, number: Number(number) });
    }
    return old.sort((a, b) => (a.stamp < b.stamp ? -1 : a.stamp > b.stamp ? 1 : a.number - b.number));
  }

  async #ensureOpen(): Promise<OpenFile> {
    return (this.#open ??= await this.#openFile());
  }

  async #openFile(): Promise<OpenFile> {
    const { path, form, now, fsync } = this.#options;
    await makeFolder(dirname(path));
    const handle = await open(path, "a+", 0o640);
    try {
      const found = await handle.stat();
      let size = found.size;
      if (size > 0) {
        size = await mendEnd(handle, { path, size, form });
        const [lastLine = ""] = (await lastLines(path, size, tailBytes)).slice(-1);
        if (!form.mayFollow(await readHead(handle), lastLine)) {
          await handle.close();
          await this.#putAside();
          return await this.#openFile();
        }
      } else if (fsync) await syncFolder(dirname(path));
      const day = dayOf(size > 0 ? found.mtimeMs : now());
      return { handle, device: found.dev, inode: found.ino, day, size };
    } catch (error) {
      await handle.close().catch(() => undefined);
      throw error;
    }
  }
}

/** "alerts.2024-04-20T12-00-05Z-2.ndjson": when it was put aside, and the how manieth of that second. */
interface OldFile {
  readonly path: string;
  readonly stamp: string;
  readonly number: number;
}

function nameParts(path: string): { readonly start: string; readonly end: string } {
  const end = extname(path);
  return { start: basename(path, end), end };
}

/** More than the largest batch of the largest messages. */
const tailBytes = 8_000_000;

/** Takes half a line of ours away from the end, or ends one that is not ours; gives the size after it. */
async function mendEnd(
  handle: FileHandle,
  { path, size, form }: { readonly path: string; readonly size: number; readonly form: RecordForm },
): Promise<number> {
  const cut = await unendedLine(path, size, tailBytes);
  if (cut.length === 0) return size;
  if (form.isOurs(cut.toString("utf8"))) {
    await handle.truncate(size - cut.length);
    return size - cut.length;
  }
  await writeAll(handle, Buffer.from("\n"));
  return size + 1;
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done)).bytesWritten;
}

/** So that the name of a new file survives a power failure too; not every system can. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r").catch(() => undefined);
  await folder?.sync().catch(() => undefined);
  await folder?.close();
}

function ifMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

function dayOf(millis: number): string {
  return new Date(millis).toISOString().slice(0, 10);
}
