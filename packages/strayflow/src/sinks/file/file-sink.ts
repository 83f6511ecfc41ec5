import { SinkError, type Sink } from "../sink.ts";
import { oneLine } from "../text.ts";
import type { RecordForm } from "./record-form.ts";
import { RotatingFile, type RotatingFileOptions } from "./rotating-file.ts";

/**
 * Appends messages to a file. Those that are in it already, because a crash came between writing and noting it, are
 * not written again: with one writer, each message stands there once.
 */
export function fileSink(name: string, options: RotatingFileOptions): Sink {
  const file = new RotatingFile(options);
  const { form } = options;
  /** Absent until the file was looked at. */
  let written: RecentIds | undefined;
  return {
    name,
    async send(messages, signal) {
      signal.throwIfAborted();
      try {
        written ??= new RecentIds(await file.recentLines(), form);
        const known = written;
        const lines = messages
          .map((message) => form.line(message))
          .filter((line) => !known.has(form.idOf(line)));
        await file.append(lines);
        for (const line of lines) known.add(form.idOf(line));
      } catch (error) {
        throw fileError(options.path, error);
      }
    },
    close: () => file.close(),
  };
}

/** Ids of the last messages, in the form in which they stand in the file. */
class RecentIds {
  readonly #ids = new Set<string>();

  constructor(lines: readonly string[], form: RecordForm) {
    for (const line of lines.slice(-mostIds)) this.add(form.idOf(line));
  }

  has(id: string | undefined): boolean {
    return id !== undefined && this.#ids.has(id);
  }

  add(id: string | undefined): void {
    if (id === undefined) return;
    this.#ids.add(id);
    if (this.#ids.size <= mostIds) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }
}

/** Several times what is sent at once. */
const mostIds = 2000;

/** A full disk gets room again, and permissions can be mended: the messages wait. */
function fileError(path: string, cause: unknown): SinkError {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const said = cause instanceof Error ? cause.message : String(cause);
  return new SinkError(`${oneLine(path, 200)}: ${meanings[code] ?? oneLine(said, 200)}`, {
    retriable: true,
    cause,
  });
}

const meanings: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full (ENOSPC)",
  EDQUOT: "the quota is used up (EDQUOT)",
  EACCES: "not permitted (EACCES)",
  EROFS: "the disk is read-only (EROFS)",
  EISDIR: "expected a file, found a folder (EISDIR)",
};
