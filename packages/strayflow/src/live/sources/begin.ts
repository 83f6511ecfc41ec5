import { formatBytes, formatCount } from "../../base/units.ts";
import type { Catalog } from "./catalog.ts";
import type { FileEntry, LogState } from "./log-state.ts";
import type { NoticeCode } from "./notices.ts";
import { compareOrder, positionAfter, startPosition, type Position } from "./position.ts";
import { lastLineEnd } from "./read-plain.ts";

/** A row may be written so long after the end that it states. */
const SLACK_SECONDS = 3600;

/** What of the logs that are there already a new source reads. */
export interface Beginning {
  /** Everything that is there. */
  readonly fromStart?: boolean | undefined;
  /** Logs that may hold connections from then on, seconds since 1970; earlier rows in them come too. */
  readonly since?: number | undefined;
}

/**
 * Decides for a new source which logs are not read, and gives the position that says so. Without a wish, that is all
 * but what is added from now on to files that Zeek writes to. With `since`, a log is left out if a later one began an hour or more
 * before that time already.
 */
export async function begin(
  catalog: Catalog,
  root: string,
  { fromStart, since }: Beginning,
  onNotice: (code: NoticeCode, file: string, message: string) => void,
): Promise<Position> {
  const files = [...catalog.files.values()].filter((file) => file.log !== undefined);
  // Beside a file that was named, what earlier logs of that name are called is of interest only once it is followed.
  const isFile = files.some((file) => file.path === root);
  const skipped = files.filter((file) => {
    if (isFile && file.path !== root) return true;
    if (fromStart === true) return false;
    if (since !== undefined) return isBefore(file, files, since);
    return !catalog.isLive(file);
  });
  let position = startPosition;
  for (const file of skipped) position = skip(position, catalog, file);
  if (fromStart !== true && since === undefined) {
    for (const file of files) {
      if (skipped.includes(file) || file.log === undefined || file.log.isSkipped) continue;
      position = await goToEnd(position, file, file.log);
    }
  }
  if (skipped.length > 0 && !isFile) remark(skipped, root, onNotice);
  return position;
}

function isBefore(file: FileEntry, files: readonly FileEntry[], since: number): boolean {
  const { log } = file;
  if (log?.time === undefined) return false;
  return files.some(
    (other) =>
      other.log?.time !== undefined &&
      other.log.kind === log.kind &&
      other.log.time <= since - SLACK_SECONDS &&
      compareOrder(log.order, other.log.order) < 0,
  );
}

/** Logs that have a time are left out by it; the others one by one. */
function skip(position: Position, catalog: Catalog, file: FileEntry): Position {
  const { log } = file;
  if (log === undefined) return position;
  log.isSkipped = true;
  if (log.time === undefined) return positionAfter(position, log, 0, true);
  const { kind, order } = log;
  const last = position.forgotten[kind];
  if (last !== undefined && compareOrder(order, last) <= 0) return position;
  catalog.forgotten[kind] = order;
  return { ...position, forgotten: { ...position.forgotten, [kind]: order } };
}

async function goToEnd(position: Position, file: FileEntry, log: LogState): Promise<Position> {
  if (log.tag === undefined) return position;
  log.offset = log.lineEnd = await lastLineEnd(file);
  log.needsHeader = log.offset > 0;
  return positionAfter(position, log, log.offset);
}

function remark(
  skipped: readonly FileEntry[],
  root: string,
  onNotice: (code: NoticeCode, file: string, message: string) => void,
): void {
  const bytes = skipped.reduce((sum, { state }) => sum + state.size, 0);
  const times = skipped.flatMap(({ log }) => (log?.time === undefined ? [] : [log.time]));
  const first = Math.min(...times);
  const isDate = Number.isFinite(first) && Math.abs(first) < 8.64e12;
  const since = isDate
    ? `, from ${new Date(first * 1000).toISOString().slice(0, 16).replace("T", " ")} UTC on`
    : "";
  const count = skipped.length === 1 ? "1 older log" : `${formatCount(skipped.length)} older logs`;
  onNotice(
    "older",
    root,
    `there ${skipped.length === 1 ? "is" : "are"} ${count} (${formatBytes(bytes)}${since}), not read`,
  );
}
