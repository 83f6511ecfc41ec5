import fc from "fast-check";
import type { Batch, Reject } from "../../src/zeek/index.ts";
import { LogScanner, type LogScannerOptions } from "../../src/zeek/log-scanner.ts";

const encoder = new TextEncoder();

/** Everything that a scanner gives for bytes that arrive in these pieces. */
export function scan(pieces: readonly (Uint8Array | string)[], options: Partial<LogScannerOptions> = {}) {
  const batches: Batch[] = [];
  const rejects: Reject[] = [];
  const scanner = new LogScanner({
    file: "conn.log",
    onBatch: (batch) => batches.push(batch),
    onReject: (reject) => rejects.push(reject),
    ...options,
  });
  for (const piece of pieces) scanner.push(typeof piece === "string" ? encoder.encode(piece) : piece);
  scanner.flush();
  return { batches, rejects, tally: scanner.tally, problem: scanner.problem() };
}

/** A column of a log that is made up: its type, and how its values come about. */
export interface LogColumn {
  readonly name: string;
  readonly type: string;
  readonly value: fc.Arbitrary<string>;
}

const unsetOr = (value: fc.Arbitrary<string>) =>
  fc.oneof({ weight: 1, arbitrary: fc.constant("-") }, { weight: 4, arbitrary: value });
const count = unsetOr(fc.maxSafeNat().map(String));
const flag = fc.constantFrom("T", "F", "-");
const address = fc.oneof(fc.ipV4(), fc.ipV6());
const port = fc.integer({ min: 0, max: 65535 }).map(String);
const micros = (max: number) => fc.integer({ min: 0, max }).map((value) => (value / 1e6).toFixed(6));
const words = fc.string({
  unit: fc.constantFrom(...Array.from("ShADadFfRr^,.;{} äß")),
  minLength: 1,
  maxLength: 12,
});
const text = unsetOr(fc.oneof(words, fc.constant("(empty)"))).filter((value) => value.trim() === value);

/** All columns that the program understands, and some that it does not. */
const logColumns: readonly LogColumn[] = [
  { name: "ts", type: "time", value: micros(2 ** 52) },
  { name: "uid", type: "string", value: fc.stringMatching(/^C[0-9A-Za-z]{10,17}$/) },
  { name: "id.orig_h", type: "addr", value: address },
  { name: "id.orig_p", type: "port", value: port },
  { name: "id.resp_h", type: "addr", value: address },
  { name: "id.resp_p", type: "port", value: port },
  { name: "proto", type: "enum", value: fc.constantFrom("tcp", "udp", "icmp", "unknown_transport") },
  { name: "service", type: "string", value: text },
  { name: "duration", type: "interval", value: unsetOr(micros(2 ** 40)) },
  { name: "orig_bytes", type: "count", value: count },
  { name: "resp_bytes", type: "count", value: count },
  { name: "conn_state", type: "string", value: unsetOr(fc.constantFrom("S0", "SF", "REJ", "OTH")) },
  { name: "local_orig", type: "bool", value: flag },
  { name: "local_resp", type: "bool", value: flag },
  { name: "missed_bytes", type: "count", value: count },
  { name: "history", type: "string", value: text },
  { name: "orig_pkts", type: "count", value: count },
  { name: "orig_ip_bytes", type: "count", value: count },
  { name: "resp_pkts", type: "count", value: count },
  { name: "resp_ip_bytes", type: "count", value: count },
  { name: "tunnel_parents", type: "set[string]", value: fc.constantFrom("(empty)", "-", "CAbc,CDef") },
  { name: "ip_proto", type: "count", value: fc.constantFrom("6", "17", "-") },
  { name: "label", type: "string", value: text },
  { name: "vlan", type: "int", value: fc.constantFrom("-", "12") },
  { name: "community_id", type: "string", value: fc.constantFrom("1:abc=", "-") },
];

/** A log with the given columns and a value of each in each row. */
function writeLog(columns: readonly LogColumn[], rows: readonly (readonly string[])[]): string {
  const header = [
    "#separator \\x09",
    "#set_separator\t,",
    "#empty_field\t(empty)",
    "#unset_field\t-",
    "#path\tconn",
    "#open\t2024-01-01-00-00-00",
    `#fields\t${columns.map(({ name }) => name).join("\t")}`,
    `#types\t${columns.map(({ type }) => type).join("\t")}`,
  ];
  return [...header, ...rows.map((row) => row.join("\t")), "#close\t2024-01-01-01-00-00", ""].join("\n");
}

/** Columns in any order: all those that a connection needs, and any of the others. */
const someColumns = fc
  .tuple(fc.shuffledSubarray([...logColumns], { minLength: logColumns.length }), fc.nat())
  .map(([columns, seed]) => {
    const needed = new Set(["ts", "id.orig_h", "id.orig_p", "id.resp_h", "id.resp_p", "proto"]);
    return columns.filter(({ name }, index) => needed.has(name) || (seed >> (index % 24)) % 2 === 0);
  });

/** A whole log: columns in any order, up to `maxRows` rows. */
export function anyLog(maxRows: number): fc.Arbitrary<string> {
  return someColumns.chain((columns) =>
    fc
      .array(fc.tuple(...columns.map(({ value }) => value)), { maxLength: maxRows })
      // A first field that is blank or begins with # would be no row.
      .map((rows) =>
        writeLog(
          columns,
          rows.filter((row) => !/^[\s#]/.test(row[0]!)),
        ),
      ),
  );
}

/** The fields of one ordinary row under `plainColumns`. */
export const plainRow: Readonly<Record<string, string>> = {
  ts: "1700000000.123456",
  uid: "CHhAvVGS1DHFjwGM9",
  "id.orig_h": "10.0.0.5",
  "id.orig_p": "51234",
  "id.resp_h": "93.184.216.34",
  "id.resp_p": "443",
  proto: "tcp",
  service: "ssl",
  duration: "1.5",
  orig_bytes: "100",
  resp_bytes: "2000",
  conn_state: "SF",
  local_orig: "T",
  local_resp: "F",
  missed_bytes: "0",
  history: "ShADadFf",
  orig_pkts: "5",
  orig_ip_bytes: "300",
  resp_pkts: "6",
  resp_ip_bytes: "2300",
  tunnel_parents: "(empty)",
};

/** A log of ordinary rows, each changed as told; `columns` defaults to those of `plainRow`. */
export function plainLog(
  changes: readonly Readonly<Record<string, string>>[],
  columns = Object.keys(plainRow),
): string {
  const known = new Map(logColumns.map((column) => [column.name, column.type]));
  const head = columns.map((name) => ({ name, type: known.get(name) ?? "string", value: fc.constant("") }));
  return writeLog(
    head,
    changes.map((change) => columns.map((name) => change[name] ?? plainRow[name] ?? "-")),
  );
}
