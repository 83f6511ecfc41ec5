import { formatCount, formatDuration, formatShare } from "../../base/units.ts";
import type { ColumnProfile, ExploreResult } from "../result.ts";
import type { Found } from "./findings.ts";

const FEW = 100;
/** Zeek's own uids do not repeat, but for connections that are logged again while they last. */
const REPEATED_SHARE = 0.01;

/** What the log cannot tell, and days that are unlike the others. */
export function logFindings({
  shape,
  columns,
  time,
}: Pick<ExploreResult, "shape" | "columns" | "time">): Found[] {
  const found: Found[] = [];
  const base = { connections: shape.connections, share: 1, from: null, to: null, host: null } as const;
  const profileOf = (name: string) => columns.find(({ column }) => column === name);
  const isSet = (name: string) => (profileOf(name)?.set ?? 0) > 0;
  const rows = (names: readonly string[]) => ({
    title: "How often these columns are set",
    columns: [
      { name: "column", quantity: "code" },
      { name: "set", quantity: "count" },
      { name: "unset", quantity: "count" },
    ] as const,
    rows: names.map((name) => cellsOf(name, profileOf(name), shape.connections)),
  });
  if (!isSet("orig_bytes") && !isSet("resp_bytes")) {
    found.push({
      ...base,
      kind: "no-bytes",
      severity: 1,
      sentence: "No connection states how many bytes were sent or received",
      details: [
        "Volumes and their charts are empty. In a log of attempts that nobody answered this is as it should be.",
      ],
      evidence: rows(["orig_bytes", "resp_bytes"]),
    });
  }
  if (!isSet("local_orig") && !isSet("local_resp")) {
    found.push({
      ...base,
      kind: "no-locality",
      severity: 0,
      sentence: "The log does not say which hosts belong to the network (local_orig, local_resp are unset)",
      details: [
        "Set Site::local_nets in Zeek; until then private addresses are taken for local where it matters.",
      ],
      evidence: rows(["local_orig", "local_resp"]),
    });
  }
  const repeated = shape.repeatedUids ?? 0;
  if (repeated > REPEATED_SHARE * shape.connections) {
    found.push({
      ...base,
      connections: repeated,
      share: repeated / shape.connections,
      kind: "repeated",
      severity: 2,
      sentence: `${formatCount(repeated)} connections (${formatShare(repeated / shape.connections)}) have a uid that came before: the same connections were read more than once`,
      details: ["A log and its copy, or overlapping logs, among the files count everything twice."],
      evidence: rows(["uid"]),
    });
  }
  if (shape.connections < FEW) {
    found.push({
      ...base,
      kind: "few",
      severity: 0,
      sentence: `The log holds ${formatCount(shape.connections)} ${shape.connections === 1 ? "connection" : "connections"} in ${formatDuration(shape.to - shape.from)}: too few to call anything usual or rare`,
      details: ["Give more logs to see days, roles and rarities."],
      evidence: {
        title: "Extent of the log",
        columns: [
          { name: "connections", quantity: "count" },
          { name: "first start", quantity: "time" },
          { name: "last start", quantity: "time" },
        ],
        rows: [[shape.connections, shape.from, shape.to]],
      },
    });
  }
  const busy = busyDay(time);
  if (busy !== undefined) {
    found.push({
      ...base,
      connections: busy.connections,
      share: busy.connections / shape.connections,
      kind: "busy-day",
      severity: 1,
      sentence: `${busy.date} has ${formatCount(busy.connections)} connections, ${formatCount(Math.round(busy.times))} times the median of the other whole days (${formatShare(busy.connections / shape.connections)} of all)`,
      details: ["Compared over days of which the log has all 24 hours."],
      evidence: {
        title: "Connections by date",
        columns: [
          { name: "date", quantity: "text" },
          { name: "connections", quantity: "count" },
          { name: "bytes", quantity: "bytes" },
        ],
        of: time.dates.length,
        rows: time.dates
          .toSorted((a, b) => b.connections - a.connections)
          .slice(0, 10)
          .map(({ date, connections, bytes }) => [date, connections, bytes]),
      },
    });
  }
  return found;
}

function cellsOf(name: string, profile: ColumnProfile | undefined, connections: number) {
  return [name, profile?.set ?? 0, profile?.unset ?? connections];
}

const BUSY_TIMES = 3;

/** The day that has three times as many connections as the median of the others, of which there are at least three. */
function busyDay({ days, dates }: ExploreResult["time"]) {
  const whole = dates.filter((_, index) => days[index]!.connections.every((count) => count !== null));
  if (whole.length < 4) return undefined;
  const sorted = whole.toSorted((a, b) => b.connections - a.connections);
  const [first, ...others] = sorted;
  const usual = others[others.length >> 1]!.connections;
  if (usual === 0 || first!.connections < BUSY_TIMES * usual) return undefined;
  return { ...first!, times: first!.connections / usual };
}
