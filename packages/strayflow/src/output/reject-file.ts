import type { Writable } from "node:stream";
import type { Reject } from "../zeek/rejects.ts";
import { openOutput } from "./output-file.ts";

/** Keeps rejected lines as NDJSON: `{"file", "line", "reason", "column", "text"}`, `column` where it is one column. */
export interface RejectFile extends AsyncDisposable {
  /** Takes one line; it cannot wait, because the reader does not. */
  add(reject: Reject): void;
  commit(): Promise<void>;
}

const pieceLength = 1 << 16;

/** Throws as `openOutput` does; `path` must not be standard output. */
export async function openRejectFile(path: string, stdout: Writable): Promise<RejectFile> {
  const output = await openOutput(path, stdout);
  let pending = "";
  const flush = () => {
    if (pending !== "") output.writeNow(pending);
    pending = "";
  };
  return {
    add({ file, line, reason, column, text }) {
      pending += `${JSON.stringify({ file, line, reason, column, text })}\n`;
      if (pending.length >= pieceLength) flush();
    },
    async commit() {
      flush();
      await output.commit();
    },
    [Symbol.asyncDispose]: () => output[Symbol.asyncDispose](),
  };
}
