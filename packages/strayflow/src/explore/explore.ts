import { availableParallelism } from "node:os";
import { ExpectedError } from "../base/errors.ts";
import type { StageOptions } from "../base/stage.ts";
import { openStore } from "../store/index.ts";
import { BatchSpool, formatAddress, parseAddress, type Reject } from "../zeek/index.ts";
import { auditLogs, type LogAudit } from "./audit-logs.ts";
import { calendarBins } from "./day-bins.ts";
import { findingsOf, type FindingGround } from "./findings/findings.ts";
import { askColumns, askCorrelations, askHistograms } from "./questions/columns.ts";
import { MOST_EXACT, type Asking } from "./questions/context.ts";
import { fewAtOnce } from "./questions/few-at-once.ts";
import { askGaps } from "./questions/gaps.ts";
import { askHostRows, askHosts } from "./questions/hosts.ts";
import { askProfile } from "./questions/profiles.ts";
import { askOverview } from "./questions/shape.ts";
import { askQuarters, askTimeLine } from "./questions/time.ts";
import { askNewPairs, newHosts, type Newcomers } from "./questions/newcomers.ts";
import { askTops } from "./questions/tops.ts";
import { askUnusual } from "./questions/unusual.ts";
import { readLogs, type ReadLogs } from "./read-logs.ts";
import type { ColumnProfile, ExploreFinding, ExploreResult, HostRow, SensorHealth, Shape } from "./result.ts";
import { localDate, openZone } from "./zone.ts";

export interface ExploreOptions {
  readonly inputs: readonly string[];
  /** Scores the connections as well. */
  readonly modelDir?: string | undefined;
  /** Address of a host whose profile comes first. */
  readonly host?: string | undefined;
  /** IANA name; the machine's zone unless told. */
  readonly timezone?: string | undefined;
  /** Keeps the store in this file. */
  readonly storeFile?: string | undefined;
  readonly stdin?: AsyncIterable<Uint8Array> | undefined;
  readonly onReject?: ((reject: Reject) => void) | undefined;
  /** Seconds since 1970, to know a time in the future; the machine's clock unless told. */
  readonly now?: number | undefined;
}

/** Of the hosts that make most connections so many have a profile, and of those that findings name so many more. */
const BUSIEST = 5;
const NAMED = 3;
const PROFILES_AT_ONCE = 2;
const SPOOL_BYTES = 32 << 20;
/** Each thread of the store needs memory of its own; more threads or memory make no question faster. */
const STORE_THREADS = Math.min(4, availableParallelism());
const STORE_BYTES = 100e6 * Math.max(2, STORE_THREADS);

/**
 * What is in some Zeek logs: read once, audited, stored and asked. Memory does not grow with the logs, but for what is
 * counted by host.
 *
 * Throws `ExpectedError` as `readConnections` does, of kind "usage" for a zone that does not exist or a host that is no
 * address or not in the logs, and with a model as `scoreLogs` does.
 */
export async function explore(options: ExploreOptions, stage: StageOptions = {}): Promise<ExploreResult> {
  const zone = openZone(options.timezone);
  const host = options.host === undefined ? undefined : readHost(options.host);
  const { signal, onProgress } = stage;
  await using store = await openStore({
    file: options.storeFile,
    keepUid: true,
    memoryLimit: STORE_BYTES,
    threads: STORE_THREADS,
    signal,
  });
  await using spool = new BatchSpool({ memoryBytes: SPOOL_BYTES });
  const read = await readLogs(options, { store, spool }, stage);
  await store.commit();
  const overview = await askOverview(store, signal);
  const { connections } = overview;
  if (host !== undefined && (await store.count({ host: [host] }, { signal })) === 0) {
    throw new ExpectedError(
      "usage",
      `--host ${host} is at neither end of any of the ${connections} connections`,
    );
  }
  let asked = 0;
  const progress = async <T>(name: string, answer: Promise<T>): Promise<T> => {
    const value = await answer;
    onProgress?.({ stage: "explore", rows: connections, note: `${++asked} of ${QUESTIONS}: ${name}` });
    return value;
  };
  const span = { from: overview.from, to: overview.to };
  const asking: Asking = { store, zone, span, connections, columns: read.tally.columns, signal };
  // The audit computes on this thread while the store answers on others.
  const auditing = auditLogs(spool, read.health.capture, { signal });
  const [audited, quarters, columns, tops, hostRows, unusual, newPairs] = await Promise.all([
    progress("audit", auditing),
    progress("time", askQuarters(asking)),
    progress("columns", askColumns(asking)),
    progress("tops", askTops(asking, overview)),
    progress("hosts", askHostRows(asking)),
    progress("rare", askUnusual(asking)),
    progress("new", askNewPairs(asking, overview.pairs)),
  ]);
  const gaps = await progress("gaps", askGaps(asking, quarters));
  const [line, histograms, hosts] = await Promise.all([
    progress("time line", askTimeLine(asking, gaps)),
    progress("histograms", askHistograms(asking, columns)),
    progress("pairs", askHosts(asking, hostRows, overview.hosts)),
  ]);
  const calendar = calendarBins(quarters, span, zone, gaps);
  const hostsByDate = newHosts(asking, hostRows, overview.hosts);
  const length = span.to - span.from;
  const shape: Shape = {
    inputs: options.inputs,
    files: read.tally.files,
    rejected: read.tally.rejected,
    rejectedByReason: read.tally.rejectedByReason,
    skipped: read.tally.skipped,
    columns: [...read.tally.columns],
    ...overview,
    perSecond: length > 0 ? connections / length : null,
    bytesPerSecond: length > 0 ? (overview.sentBytes + overview.receivedBytes) / length : null,
    repeatedUids: repeatedUids(columns),
    gaps,
    fileWarnings: read.warnings,
  };
  const result: FindingGround = {
    zone: zone.name,
    shape,
    sensor: sensorHealth(read, audited),
    columns,
    histograms,
    time: {
      bin: line.bin,
      start: line.start,
      connections: line.connections,
      sentBytes: line.sentBytes,
      receivedBytes: line.receivedBytes,
      days: calendar.days,
      usual: calendar.usual ?? null,
      week: calendar.week,
      dates: calendar.days.map(({ date, connections: counts, bytes }) => ({
        date,
        connections: sum(counts),
        bytes: sum(bytes),
        newPairs: countOn(date, newPairs),
        newHosts: countOn(date, hostsByDate),
      })),
      clockChanges: zone.changes(span.from, span.to).map((at) => localDate(at + zone.offsetAt(at))),
    },
    tops,
    hosts,
    unusual,
    scored:
      read.scored === undefined
        ? undefined
        : {
            model: options.modelDir!,
            pValue: read.scored.pValue,
            flagged: read.scored.flagged,
            perBin: line.flagged.map((count) => count ?? 0),
            incidents: read.scored.incidentCount,
            fit: read.scored.fit,
          },
  };
  const findAndProfile = async () => {
    const findings = await findingsOf(result, {
      asking,
      audit: audited.audit,
      incidents: read.scored?.incidents ?? [],
      now: options.now ?? Date.now() / 1000,
    });
    const rows = profiled(hostRows, host, findings);
    const profiles = fewAtOnce(rows, PROFILES_AT_ONCE, (row) => askProfile(asking, row, gaps));
    return { profiles: await progress("profiles", profiles), findings };
  };
  const correlate = () => progress("correlations", askCorrelations(asking, columns));
  // As with the audit: correlations are computed on this thread. Both at once need memory that large logs do not leave.
  const [correlations, found] =
    connections > MOST_EXACT
      ? [await correlate(), await findAndProfile()]
      : await Promise.all([correlate(), findAndProfile()]);
  return { ...result, correlations, ...found };
}

const QUESTIONS = 13;

function sensorHealth({ health }: ReadLogs, { sensor }: LogAudit): SensorHealth {
  return {
    ...health,
    troubles: sensor.map(({ fault, from, to, rows, share, usual }) => ({
      fault,
      from,
      to,
      connections: rows,
      share,
      usual,
    })),
  };
}

/** The host that was asked for, the busiest, and those of the worst findings. */
function profiled(
  rows: readonly HostRow[],
  host: string | undefined,
  findings: readonly ExploreFinding[],
): HostRow[] {
  const chosen = new Set(rows.filter((row) => row.host === host));
  for (const row of rows.slice(0, BUSIEST)) chosen.add(row);
  const most = chosen.size + NAMED;
  for (const finding of findings) {
    if (chosen.size === most) break;
    const named = finding.host === null ? undefined : rows.find((row) => row.host === finding.host);
    if (named !== undefined) chosen.add(named);
  }
  return [...chosen];
}

function countOn(date: string, newcomers: Newcomers): number | null {
  return newcomers === undefined ? null : (newcomers.get(date) ?? 0);
}

function repeatedUids(columns: readonly ColumnProfile[]): number | null {
  const uids = columns.find(({ column }) => column === "uid");
  if (uids === undefined) return 0;
  return uids.isDistinctExact ? uids.set - uids.distinct : null;
}

/** The address as reports spell it. */
function readHost(text: string): string {
  const words = parseAddress(text);
  if (words === undefined) {
    throw new ExpectedError("usage", `--host expects an IPv4 or IPv6 address, found "${text}"`);
  }
  return formatAddress(words, 0);
}

function sum(values: readonly (number | null)[]): number {
  return values.reduce<number>((total, value) => total + (value ?? 0), 0);
}
