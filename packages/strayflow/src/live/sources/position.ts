import { z } from "zod";
import { ExpectedError } from "../../base/errors.ts";
import { HEAD_BYTES, hashOf } from "./head.ts";
import type { LogKind, SourceLog } from "./source.ts";

/** So many logs are known one by one; of what came before, only the time is. */
const MAX_LOGS = 256;

const order = z.strictObject({ time: z.number(), tag: z.string().regex(/^[0-9a-f]{32}$/) });
/** Where a log stands among the others: by time, then by tag. */
export type LogOrder = z.infer<typeof order>;

const base64 = z.string().regex(/^[A-Za-z0-9+/]*={0,2}$/);
const hash = z.string().regex(/^[0-9a-f]{32}$/);

const logEntry = z.strictObject({
  kind: z.enum(["ended", "open"]),
  /** Name at the time, for messages. */
  file: z.string(),
  tag: hash,
  time: z.number().nullable(),
  length: z.number().int().min(1).max(HEAD_BYTES),
  hash,
  inheritedHeader: base64.optional(),
  offset: z.number().int().nonnegative(),
  isEnded: z.boolean(),
});
export type LogPosition = z.infer<typeof logEntry>;

const wholePosition = z.strictObject({
  version: z.literal(1),
  /** In the order in which they moved last, the latest at the end. */
  logs: z.array(logEntry).max(MAX_LOGS),
  /** Logs up to this one count as read, unless they are among `logs`. */
  forgotten: z.strictObject({ ended: order.optional(), open: order.optional() }),
});

/**
 * How far a source has been worked off: plain JSON, at most some 60 kB whatever the number of logs. To be kept together with
 * what came of the rows.
 *
 * Each log is remembered by its tag, the hash of its head, and the offset. Once more than 256 logs are, those that are
 * over are forgotten, first the one that is first in time; from then on every log up to that time counts as
 * read, so that one that turns up later than 256 younger ones is not read (a notice says so). A log is not remembered before
 * it has a row: reading it again gives nothing twice.
 */
export type Position = z.infer<typeof wholePosition>;

/** Nothing is known: everything that is there would be read. */
export const startPosition: Position = { version: 1, logs: [], forgotten: {} };

/** Checks what was stored. Throws `ExpectedError` ("store-damaged", or "store-version" for a later version). */
export function parsePosition(value: unknown): Position {
  const parsed = wholePosition.safeParse(value);
  if (parsed.success) return parsed.data;
  const version = z.object({ version: z.number() }).safeParse(value);
  if (version.success && version.data.version > 1) {
    const found = `the position of a source has version ${version.data.version}; this version reads 1`;
    throw new ExpectedError("store-version", found);
  }
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : ` at ${issue.path.join(".")}`;
  throw new ExpectedError(
    "store-damaged",
    `the position of a source is damaged${where}: ${issue?.message ?? ""}`,
  );
}

/**
 * The position once all of `log` before plain byte `offset`, which is the end of a line, has been worked off. `isEnded` after
 * an `end` event, with its offset where it is whole, with the last line end otherwise. Leaves `before` as it is.
 */
export function positionAfter(before: Position, log: SourceLog, offset: number, isEnded = false): Position {
  const { tag, head } = log;
  if (tag === undefined) return before;
  const logs = before.logs.filter((entry) => !isSameLog(entry, log));
  logs.push({
    kind: log.kind,
    file: log.file,
    tag,
    time: log.time ?? null,
    length: head.length,
    hash: hashOf(head),
    ...(log.inheritedHeader === undefined
      ? {}
      : { inheritedHeader: Buffer.from(log.inheritedHeader).toString("base64") }),
    offset,
    isEnded,
  });
  const forgotten = { ...before.forgotten };
  while (logs.length > MAX_LOGS) {
    const first = firstOf(logs);
    const [entry] = logs.splice(first, 1);
    if (entry === undefined || entry.time === null) continue;
    const place = { time: entry.time, tag: entry.tag };
    const known = forgotten[entry.kind];
    if (known === undefined || compareOrder(known, place) < 0) forgotten[entry.kind] = place;
  }
  return { version: 1, logs, forgotten };
}

/** Which to forget: what is over before what is not, then by time. */
function firstOf(logs: readonly LogPosition[]): number {
  let first = 0;
  for (const [index, entry] of logs.entries()) {
    const best = logs[first]!;
    if (entry.isEnded !== best.isEnded ? entry.isEnded : (entry.time ?? -Infinity) < (best.time ?? -Infinity))
      first = index;
  }
  return first;
}

/** Whether an entry is about this log, as far as its head has been seen. */
export function isSameLog(
  entry: Pick<LogPosition, "kind" | "tag" | "length" | "hash">,
  log: { readonly kind: LogKind; readonly tag: string | undefined; readonly head: Uint8Array },
): boolean {
  if (entry.tag !== log.tag || entry.kind !== log.kind) return false;
  // Where the file is shorter than it was, the first row has to do.
  return log.head.length < entry.length || hashOf(log.head.subarray(0, entry.length)) === entry.hash;
}

export function compareOrder(a: LogOrder, b: LogOrder): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  return a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0;
}
