import { formatCount } from "../../base/units.ts";
import type { Fact, ReportPart, ReportSection } from "../../report/document.ts";
import { rejectReasons, type RejectReason } from "../../zeek/index.ts";
import { gapRule } from "../questions/gaps.ts";
import type { ExploreResult } from "../result.ts";

/** How much there is, from when to when, how fast. */
export function shapeSection({ shape }: ExploreResult): ReportSection {
  const facts: Fact[] = [
    { name: "connections", value: shape.connections, quantity: "count" },
    { name: "files", value: shape.files, quantity: "count" },
    { name: "first start", value: shape.from, quantity: "time" },
    { name: "last start", value: shape.to, quantity: "time" },
    { name: "span", value: shape.to - shape.from, quantity: "seconds" },
    { name: "last end", value: shape.lastEnd, quantity: "time" },
    {
      name: "connections a second",
      value: shape.perSecond,
      quantity: "per-second",
      note: "mean over the span",
    },
    {
      name: "bytes a second",
      value: shape.bytesPerSecond,
      quantity: "bytes-per-second",
      note: "payload, mean over the span",
    },
    { name: "sent by originators", value: shape.sentBytes, quantity: "bytes", note: "orig_bytes" },
    { name: "sent by responders", value: shape.receivedBytes, quantity: "bytes", note: "resp_bytes" },
    { name: "hosts", value: shape.hosts, quantity: "count" },
    { name: "originators", value: shape.originators, quantity: "count" },
    { name: "responders", value: shape.responders, quantity: "count" },
    { name: "pairs", value: shape.pairs, quantity: "count", note: "originator and responder" },
    { name: "lines that are no connections", value: shape.rejected, quantity: "count" },
    ...(shape.skipped > 0
      ? [{ name: "rows of other logs", value: shape.skipped, quantity: "count" } as const]
      : []),
  ];
  return { id: "shape", title: "How much there is", parts: [{ kind: "facts", facts }] };
}

/** How well the sensor saw, and what the log lost. */
export function sensorSection({ shape, sensor }: ExploreResult): ReportSection {
  const { capture } = sensor;
  const share = (value: number) => (capture.rows === 0 ? null : value);
  const facts: Fact[] = [
    { name: "TCP connections with data", value: capture.rows, quantity: "count" },
    {
      name: "one-sided",
      value: share(capture.oneSided),
      quantity: "share",
      note: "of these: no packet from the other end",
    },
    { name: "with missed bytes", value: share(capture.missed), quantity: "share", note: "of these" },
    { name: "turned round (^)", value: share(capture.flipped), quantity: "share", note: "of these" },
    { name: "midstream (OTH)", value: share(capture.midstream), quantity: "share", note: "of these" },
    {
      name: "missed bytes",
      value: sensor.missedBytes,
      quantity: "bytes",
      note: `in ${formatCount(sensor.withMissedBytes)} connections`,
    },
    { name: "turned round, of any kind", value: sensor.flipped, quantity: "count" },
    { name: "midstream, of any kind", value: sensor.midstream, quantity: "count" },
    { name: "out of order by more than a minute", value: sensor.late, quantity: "count" },
    {
      name: "that say which end is local",
      value: sensor.withLocality / shape.connections,
      quantity: "share",
    },
  ];
  const rejects = Object.entries(shape.rejectedByReason).filter(([, count]) => count > 0);
  const parts: ReportPart[] = [
    { kind: "facts", facts },
    {
      kind: "table",
      table: {
        id: "gaps",
        title: shape.gaps.length === 0 ? "Gaps in the log: none" : "Gaps in the log",
        columns: [
          { name: "from", quantity: "time" },
          { name: "to", quantity: "time" },
          { name: "length", quantity: "seconds" },
          {
            name: "usual connections",
            quantity: "count",
            help: "How many would have been usual in that time.",
          },
        ],
        rows: shape.gaps.map(({ from, to, expected }) => [from, to, to - from, Math.round(expected)]),
      },
    },
    { kind: "text", text: gapRule },
  ];
  if (rejects.length > 0) {
    parts.push({
      kind: "table",
      table: {
        id: "rejected-lines",
        title: "Lines that could not be read",
        columns: [
          { name: "reason", quantity: "text" },
          { name: "lines", quantity: "count" },
        ],
        rows: rejects.map(([reason, count]) => [rejectReasons[reason as RejectReason], count]),
      },
    });
  }
  if (shape.fileWarnings.length > 0) {
    parts.push({
      kind: "table",
      table: {
        id: "warnings",
        title: "Remarks on the files",
        columns: [
          { name: "file", quantity: "text" },
          { name: "line", quantity: "number" },
          { name: "remark", quantity: "text" },
        ],
        rows: shape.fileWarnings
          .slice(0, 100)
          .map(({ file, line, message }) => [file, line ?? null, message]),
        of: shape.fileWarnings.length,
      },
    });
  }
  return { id: "sensor", title: "How well the sensor saw", parts };
}
