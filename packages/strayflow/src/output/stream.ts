import type { Writable } from "node:stream";
import { outputError, systemCode } from "./output-error.ts";

/**
 * Writes to a stream and resolves when the chunk has been taken and the stream wants more.
 *
 * @throws ExpectedError "output-failed"; only EPIPE stays the stream's own error: that the reader has gone is not always
 *   a failure
 */
export function writeToStream(stream: Writable, chunk: Uint8Array | string): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) =>
      reject(systemCode(error) === "EPIPE" ? error : outputError("standard output", error));
    if (stream.errored) return fail(stream.errored);
    // The callback comes when the chunk has been handed over, which is at least as late as "drain" for this chunk.
    stream.write(chunk, (error) => (error ? fail(error) : resolve()));
  });
}
