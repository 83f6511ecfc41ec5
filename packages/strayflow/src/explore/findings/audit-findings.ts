import { formatShare } from "../../base/units.ts";
import type { Audit, AuditFinding } from "../../detect/audit/index.ts";
import { parseAddress } from "../../zeek/index.ts";
import { failedStates, type Asking } from "../questions/context.ts";
import type { Evidence, ExploreFinding } from "../result.ts";
import { period } from "../zone.ts";
import type { Found } from "./findings.ts";

const MOST = 40;
const ENOUGH = 100;

/** Scans, floods, guessing, odd hosts: what the audit before training finds, in the words of the report. */
export async function auditFindings({ findings, subjects }: Audit, asking: Asking): Promise<Found[]> {
  // A handful of connections is always mostly somebody's.
  const said = findings.filter(({ kind }) => kind !== "one-host" || asking.connections >= ENOUGH);
  return await Promise.all(
    said.slice(0, MOST).map(async (finding): Promise<Found> => {
      const subject = subjects.get(finding);
      const [first = ""] = finding.sentence.split(" ", 1);
      const host = subject?.host ?? (parseAddress(first) === undefined ? null : first);
      const span = subject ?? { from: asking.span.from, to: asking.span.to };
      const called = subject && calledFor(finding, subject.what);
      return {
        kind: finding.kind,
        label: called ?? finding.kind,
        severity: severityOf(finding),
        sentence:
          subject === undefined
            ? finding.sentence
            : `${subject.host} ${subject.what} ${period(asking.zone, subject.from, subject.to)}: ${called}, ${formatShare(finding.share)} of all connections`,
        details: details[finding.kind],
        connections: finding.rows,
        share: finding.share,
        from: subject?.from ?? null,
        to: subject?.to ?? null,
        host,
        evidence: await partners(asking, host, span),
      };
    }),
  );
}

function severityOf({ kind, evidence }: AuditFinding): ExploreFinding["severity"] {
  if (evidence === "overwhelming") return 3;
  if (evidence === "suspicious") return 2;
  return kind === "odd-host" ? 1 : 0;
}

/** A scan of one host's ports, of one port on many hosts, or of both. */
function calledFor({ kind }: AuditFinding, what: string): string {
  if (kind === "flood") return "a flood";
  if (kind === "brute-force") return "guessing of passwords";
  if (/^tried [\d,]+ ports of /.test(what) || what.startsWith("tried ports of ")) return "a port scan";
  if (/ of [\d,]+ hosts/.test(what)) return "a scan of hosts";
  return "a scan";
}

const details: Readonly<Record<AuditFinding["kind"], readonly string[]>> = {
  scan: ["What was tried was mostly in vain: nobody was there, or refused."],
  flood: ["Most of these connections were in vain."],
  "brute-force": [
    "Many conversations of one size with a service that asks for a password; a program that logs in to do its work can look the same.",
  ],
  background: ["What so many do is not said of each of them."],
  "odd-host": [
    "Compared by the median absolute deviation of logarithms with the other hosts on its side that opened at least 100 connections.",
  ],
  "one-host": ["Figures of the whole log are mostly figures of this host."],
};

/** With whom the host had most connections in that time. */
export async function partners(
  { store, signal }: Asking,
  host: string | null,
  { from, to }: { readonly from: number; readonly to: number },
): Promise<Evidence> {
  const columns = [
    { name: "originator", quantity: "code" },
    { name: "responder", quantity: "code" },
    { name: "connections", quantity: "count" },
    { name: "in vain", quantity: "count" },
    { name: "ports", quantity: "count" },
    { name: "first", quantity: "time" },
    { name: "last", quantity: "time" },
    { name: "sent", quantity: "bytes" },
    { name: "received", quantity: "bytes" },
  ] as const;
  const title = host === null ? "Busiest pairs" : `Connections of ${host} in that time, by pair`;
  const found = await store.aggregate(
    {
      by: { pair: { kind: "pair", ordered: true } },
      measures: {
        connections: { kind: "count" },
        failed: { kind: "count", where: { state: [...failedStates] } },
        ports: { kind: "distinct", of: { kind: "column", column: "id.resp_p" } },
        first: { kind: "min", column: "ts" },
        last: { kind: "max", column: "ts" },
        sent: { kind: "sum", column: "orig_bytes" },
        received: { kind: "sum", column: "resp_bytes" },
      },
      // `to` is not part of the time that a filter chooses.
      where: { from, to: to + 1e-6, ...(host === null ? {} : { host: [host] }) },
      order: [{ by: "connections", descending: true }],
      limit: 10,
    },
    { signal },
  );
  const { values, keys } = found;
  return {
    title,
    columns,
    of: found.groups,
    rows: Array.from({ length: found.rows }, (_, group) => {
      const [originator = "", responder = ""] = keys.pair[group]!.split(" ");
      const numbers = [values.connections, values.failed, values.ports, values.first, values.last].map(
        (column) => column[group]!,
      );
      return [
        originator,
        responder,
        ...numbers,
        values.sent[group]! || null,
        values.received[group]! || null,
      ];
    }),
  };
}
