import { createHash } from "node:crypto";
import { ExpectedError } from "../../base/errors.ts";
import { LogScanner } from "../../zeek/index.ts";

/** So much of a log says which log it is. */
export const HEAD_BYTES = 4096;

const NEWLINE = 10;
const HASH = 35;

/** 128 bits, as hexadecimal digits. */
export function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex").slice(0, 32);
}

/**
 * The stable name of a log: the hash of all up to the end of its first row, or of a whole head without a row. The header
 * alone will not do, as every log of a sensor may have the same.
 */
export function tagOf(head: Uint8Array): string | undefined {
  for (let from = 0; from < head.length;) {
    const lineFeed = head.indexOf(NEWLINE, from);
    if (lineFeed < 0) break;
    if (head[from] !== HASH && lineFeed > from) return hashOf(head.subarray(0, lineFeed + 1));
    from = lineFeed + 1;
  }
  return head.length >= HEAD_BYTES ? hashOf(head) : undefined;
}

/**
 * When the first row of a log was written: Zeek writes a connection when it is over, so that is `ts` + `duration`, seconds
 * since 1970. Unlike `#open` it does not depend on the time zone of the sensor, and unlike a largest or mean time it stays the
 * same while the log grows.
 */
export function timeOf(head: Uint8Array): number | undefined {
  let time: number | undefined;
  const scanner = new LogScanner({
    file: "",
    batchRows: 1,
    onBatch: (batch) => {
      const start = batch.ts[0];
      if (time === undefined && start !== undefined) time = start + (batch.duration[0] || 0);
    },
  });
  try {
    for (let from = 0; from < head.length && time === undefined;) {
      const lineFeed = head.indexOf(NEWLINE, from);
      if (lineFeed < 0) break;
      scanner.push(head.subarray(from, lineFeed + 1));
      from = lineFeed + 1;
    }
  } catch (error) {
    if (!(error instanceof ExpectedError)) throw error;
  }
  return time ?? bareTimeOf(head);
}

/** The time at the start of a row without a header, as a log has that was cut while it was being written. */
function bareTimeOf(head: Uint8Array): number | undefined {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 32)).toString("latin1");
  const found = /^(\d{9,10}\.\d{1,6})[^\w.]/.exec(text);
  return found === null ? undefined : Number(found[1]);
}

/** Whether one of them begins with the whole of the other. */
export function haveSameStart(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  return Buffer.compare(a.subarray(0, length), b.subarray(0, length)) === 0;
}
