import { glob, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";
import { ExpectedError } from "../base/errors.ts";
import { fileError, STDIN } from "./log-file.ts";
import { firstTime } from "./peek.ts";
import type { ReadWarning } from "./scan-tally.ts";

/** One log to be read. */
export interface LogInput {
  /** As the user named it or as it was found; `-` for standard input. */
  readonly file: string;
  /** Size on the disk; undefined where it has none, as standard input and pipes. */
  readonly bytes: number | undefined;
  /** The user named this very file, rather than a directory or a pattern. */
  readonly isNamed: boolean;
  /** The same for two names of one file. */
  readonly identity: string;
}

export interface FoundInputs {
  /** Each file once, in the order of time, then by name; what cannot be looked into, such as standard input, last. */
  readonly files: readonly LogInput[];
  readonly warnings: readonly ReadWarning[];
}

/** How many files are looked into at once to learn where they stand in time. */
const PEEKS_AT_ONCE = 8;

/**
 * Resolves files, directories, globs and `-` to the logs behind them. Directories are searched to the bottom, symbolic
 * links followed, for conn logs: by name, or, where no name fits, by content. Throws `ExpectedError` for a name
 * that leads nowhere.
 */
export async function findInputs(inputs: readonly string[], signal?: AbortSignal): Promise<FoundInputs> {
  if (inputs.length === 0) throw new ExpectedError("input-missing", "no logs were named");
  const warnings: ReadWarning[] = [];
  const found = new Map<string, LogInput>();
  for (const input of inputs) {
    for (const file of await resolveInput(input, warnings, signal)) {
      if (!found.has(file.identity)) found.set(file.identity, file);
    }
  }
  return { files: await inTimeOrder([...found.values()], signal), warnings };
}

async function resolveInput(
  input: string,
  warnings: ReadWarning[],
  signal: AbortSignal | undefined,
): Promise<readonly LogInput[]> {
  if (input === STDIN) return [{ file: STDIN, bytes: undefined, isNamed: true, identity: STDIN }];
  const entry = await look(input);
  if (entry?.kind === "file") return [{ ...entry.input, isNamed: true }];
  if (entry?.kind === "directory") return searchDirectory(input, warnings, signal);
  if (!/[*?[\]{}]/.test(input))
    throw new ExpectedError("input-missing", "no such file or directory", { file: input });
  const matches: string[] = [];
  for await (const match of glob(input)) matches.push(match);
  if (matches.length === 0)
    throw new ExpectedError("input-missing", "no file fits this pattern", { file: input });
  const files: LogInput[] = [];
  for (const match of matches.sort()) {
    const matched = await look(match);
    if (matched?.kind === "file") files.push(matched.input);
    else if (matched?.kind === "directory") files.push(...(await searchDirectory(match, warnings, signal)));
  }
  return files;
}

type Entry =
  | { readonly kind: "file"; readonly input: LogInput }
  | { readonly kind: "directory"; readonly identity: string };

/** What is at a path; undefined where nothing is. */
async function look(path: string): Promise<Entry | undefined> {
  try {
    const info = await stat(path, { bigint: true });
    const identity = `${info.dev}:${info.ino}`;
    if (info.isDirectory()) return { kind: "directory", identity };
    const bytes = info.isFile() ? Number(info.size) : undefined;
    return { kind: "file", input: { file: path, bytes, isNamed: false, identity } };
  } catch (error) {
    const problem = fileError(path, error);
    if (problem instanceof ExpectedError && problem.kind === "input-missing") return undefined;
    throw problem;
  }
}

/** `conn.log`, `conn.00:00:00-01:00:00.log.gz`, `day1_conn.json`, `conn_long.log`; not `conn-summary.log`, not `known_conns.log`. */
const CONN_NAME = /(^|[^a-z])conn(?!-summary)([^a-z].*)?\.(log|json|jsonl|ndjson|tsv)([._-].*)?$/i;
const LOG_NAME = /\.(log|json|jsonl|ndjson|tsv)([._-].*)?$/i;
const NO_LOG = /(\.(md5|sha\d*|idx|tmp|part|swp|bak|pcap|csv|parquet)|~)$/i;

async function searchDirectory(
  directory: string,
  warnings: ReadWarning[],
  signal: AbortSignal | undefined,
): Promise<readonly LogInput[]> {
  const all: LogInput[] = [];
  await walk(directory, new Set(), all, warnings, signal);
  const logs = all.filter(({ file }) => LOG_NAME.test(file) && !NO_LOG.test(file));
  const named = logs.filter(({ file }) => CONN_NAME.test(lastPart(file)));
  if (named.length > 0) return named;
  const times = await Promise.all(limited(logs, PEEKS_AT_ONCE, (log) => firstTime(log.file, signal)));
  const fitting = logs.filter((_, index) => times[index] !== undefined);
  if (fitting.length > 0) return fitting;
  const found = all.length === 0 ? "it holds no files" : `none of its ${all.length} files is one`;
  throw new ExpectedError("input-missing", `no conn log in this directory: ${found}`, { file: directory });
}

function lastPart(path: string): string {
  return path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
}

/** Adds all files below a directory, by name. A directory that was met before, through a link, is not entered again. */
async function walk(
  directory: string,
  entered: Set<string>,
  files: LogInput[],
  warnings: ReadWarning[],
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted();
  const isTop = entered.size === 0;
  const names = await orFileError(directory, async () => {
    const path = await realpath(directory);
    if (entered.has(path)) return [];
    entered.add(path);
    return (await readdir(directory)).sort();
  });
  if (names instanceof ExpectedError) {
    if (isTop) throw names;
    warnings.push({ file: directory, message: names.message });
    return;
  }
  for (const name of names) {
    if (name.startsWith(".")) continue;
    const path = join(directory, name);
    const entry = await orFileError(path, () => look(path));
    if (entry instanceof ExpectedError) warnings.push({ file: path, message: entry.message });
    else if (entry?.kind === "directory") await walk(path, entered, files, warnings, signal);
    // Pipes and devices are read only when they are named.
    else if (entry?.kind === "file" && entry.input.bytes !== undefined) files.push(entry.input);
  }
}

async function orFileError<T>(path: string, work: () => Promise<T>): Promise<T | ExpectedError> {
  try {
    return await work();
  } catch (error) {
    const problem = fileError(path, error);
    if (problem instanceof ExpectedError) return problem;
    throw problem;
  }
}

/**
 * The first connection of each file decides, or, in Zeek's archive, the time that is in the name: looking into thousands of files
 * takes long. Names order what starts at the same time.
 */
async function inTimeOrder(
  files: readonly LogInput[],
  signal: AbortSignal | undefined,
): Promise<readonly LogInput[]> {
  if (files.length < 2) return files;
  let times: readonly (number | undefined)[] = files.map(({ file }) => archiveTime(file));
  if (times.includes(undefined)) {
    const peek = async ({ file, bytes }: LogInput) =>
      bytes === undefined ? undefined : firstTime(file, signal);
    times = await Promise.all(limited(files, PEEKS_AT_ONCE, peek));
  }
  const order = files.map((input, index) => ({ input, time: times[index] ?? Infinity }));
  order.sort((a, b) => compare(a.time, b.time) || compare(a.input.file, b.input.file));
  return order.map(({ input }) => input);
}

const ARCHIVE_NAME = /(\d{4})-(\d\d)-(\d\d)[/\\][^/\\]*\.(\d\d)[:_](\d\d)[:_](\d\d)-[^/\\]*$/;

/** When a file of Zeek's archive was begun, in the sensor's own time: `2025-02-22/conn.00:00:00-01:00:00.log.gz`. */
function archiveTime(file: string): number | undefined {
  const match = ARCHIVE_NAME.exec(file);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Starts the work on each item, at most `limit` at a time, in order; the results in order. */
function limited<T, R>(items: readonly T[], limit: number, work: (item: T) => Promise<R>): Promise<R>[] {
  const started: Promise<R>[] = [];
  for (const [index, item] of items.entries()) {
    const before = started[index - limit];
    started.push(before === undefined ? work(item) : before.then(() => work(item)));
  }
  return started;
}
