import { basename } from "node:path";
import type { LogKind } from "./source.ts";

/** `conn.log`, `conn.00:00:00-01:00:00.log.gz`, `day1_conn.json`, `conn_long.log`; not `conn-summary.log`, not `known_conns.log`. */
const CONN_NAME = /(^|[^a-z])conn(?!-summary)([^a-z].*)?\.(log|json|jsonl|ndjson|tsv)([._-].*)?$/i;
const NO_LOG = /(^\.|\.(md5|sha\d*|idx|tmp|part|swp|bak|pcap|csv|parquet)$|~$)/i;
const OPEN_NAME = /(^|[^a-z])(conn[_-]?(long|open)|(long|open)[_-]?conn)([^a-z]|$)/i;
/** No number after the name of the log: `conn.log`, `sensor2_conn.log`. */
const LIVE_NAME = /^(.*[^a-z])?conn([_-][a-z]+)*(\.[a-z]+)+$/i;

export function isConnName(path: string): boolean {
  const name = basename(path);
  return CONN_NAME.test(name) && !NO_LOG.test(name);
}

/** Whether Zeek writes to a file of this name, rather than having put it aside under it. */
export function isLiveName(path: string): boolean {
  return LIVE_NAME.test(basename(path));
}

/** What the head of a log, or failing that its name, says that it holds. */
export function logKind(path: string, head: Uint8Array): LogKind {
  const text = Buffer.from(head.buffer, head.byteOffset, Math.min(head.length, 1024)).toString("latin1");
  const said = /^#path.([\w-]+)|"_path"\s*:\s*"([\w-]+)"/m.exec(text);
  const name = said?.[1] ?? said?.[2] ?? basename(path);
  return OPEN_NAME.test(name) ? "open" : "ended";
}

/** Whether a file beside `followed` is what an earlier log of that name is called after rotation. */
export function isRotatedFrom(followed: string, path: string): boolean {
  const name = basename(followed);
  const other = basename(path);
  const dot = name.indexOf(".", 1);
  const stem = dot < 0 ? name : name.slice(0, dot);
  if (!other.startsWith(stem) || NO_LOG.test(other)) return false;
  return /^([._-]|\.[a-z]+[._-])[^a-z]*\d/i.test(other.slice(stem.length)) && !isLiveName(other);
}
