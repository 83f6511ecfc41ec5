import { formatBytes, formatCount, formatDuration, formatShare } from "../../base/units.ts";
import { rejectReasons, type RejectReason } from "../../zeek/index.ts";
import type { ExploreResult } from "../result.ts";
import { period, type Zone } from "../zone.ts";
import type { Found } from "./findings.ts";

/** Shares of TCP connections with data from which a fault is worth a sentence; Zeek's capture-loss script warns at 10 %. */
const limits = { oneSided: 0.2, missed: 0.1, flipped: 0.1, midstream: 0.2 } as const;
/** Fewer connections say nothing about a sensor. */
const LEAST = 30;

const says = {
  oneSided: {
    sentence: (share: string) =>
      `The sensor sees one direction only of ${share} of the TCP connections with data: no packet from the other end`,
    details: [
      "A tap or mirror port that passes on one direction, or routes that differ by direction, do this.",
    ],
  },
  missed: {
    sentence: (share: string) =>
      `${share} of the TCP connections with data have gaps that the sensor did not see`,
    details: ["Zeek counts these bytes in missed_bytes. The sensor, or what feeds it, drops packets."],
  },
  flipped: {
    sentence: (share: string) =>
      `Zeek turned the direction of ${share} of the TCP connections with data round`,
    details: ["Their history begins with ^: the first packet was not seen, so who began is a guess."],
  },
  midstream: {
    sentence: (share: string) =>
      `Of ${share} of the TCP connections with data neither beginning nor end was seen (OTH)`,
    details: ["The capture began in their middle, or packets are missing."],
  },
} as const;

const names = {
  oneSided: "one-sided",
  missed: "with gaps",
  flipped: "turned round",
  midstream: "midstream",
} as const;

const predicates = {
  oneSided: "were one-sided",
  missed: "had gaps",
  flipped: "were turned round",
  midstream: "were met midstream",
} as const;

/** What the log says about the sensor that wrote it, and about lines that are no connections. */
export function sensorFindings(
  { sensor, shape }: Pick<ExploreResult, "sensor" | "shape">,
  zone: Zone,
): Found[] {
  const { capture } = sensor;
  const found: Found[] = [];
  const faults = ["oneSided", "missed", "flipped", "midstream"] as const;
  const evidence = {
    title: "TCP connections with data, by what the sensor did not see",
    columns: [
      { name: "fault", quantity: "text" },
      { name: "connections", quantity: "count" },
      { name: "share", quantity: "share" },
    ] as const,
    rows: faults.map((fault) => [names[fault], Math.round(capture[fault] * capture.rows), capture[fault]]),
  };
  for (const fault of faults) {
    if (capture.rows < LEAST || capture[fault] < limits[fault]) continue;
    const connections = Math.round(capture[fault] * capture.rows);
    found.push({
      kind: "sensor",
      severity: 2,
      sentence: says[fault].sentence(formatShare(capture[fault])),
      details: [
        ...says[fault].details,
        ...(fault === "missed" ? [`${formatBytes(sensor.missedBytes)} in all.`] : []),
      ],
      connections,
      share: connections / shape.connections,
      from: null,
      to: null,
      host: null,
      evidence,
    });
  }
  const [worst] = sensor.troubles.toSorted((a, b) => b.connections * b.share - a.connections * a.share);
  if (worst !== undefined) {
    const connections = Math.round(worst.connections * worst.share);
    const more =
      sensor.troubles.length > 1 ? `; ${formatCount(sensor.troubles.length - 1)} more such times` : "";
    found.push({
      kind: "sensor-trouble",
      severity: 1,
      sentence: `The sensor saw worse than usual ${period(zone, worst.from, worst.to)}: ${formatShare(worst.share)} of the TCP connections with data ${predicates[worst.fault as keyof typeof names]}, ${formatShare(worst.usual)} in the whole log${more}`,
      details: ["Compared in windows of ten minutes, and file by file, with the log as a whole."],
      connections,
      share: connections / shape.connections,
      from: worst.from,
      to: worst.to,
      host: null,
      evidence: {
        title: "Times in which the sensor saw worse than usual",
        columns: [
          { name: "fault", quantity: "text" },
          { name: "from", quantity: "time" },
          { name: "to", quantity: "time" },
          { name: "connections", quantity: "count" },
          { name: "share", quantity: "share" },
          { name: "in the whole log", quantity: "share" },
        ],
        of: sensor.troubles.length,
        rows: sensor.troubles
          .slice(0, 50)
          .map((one) => [
            names[one.fault as keyof typeof names],
            one.from,
            one.to,
            one.connections,
            one.share,
            one.usual,
          ]),
      },
    });
  }
  const { gaps } = shape;
  if (gaps.length > 0) {
    const [longest] = gaps;
    const length = formatDuration(longest!.to - longest!.from);
    const when = period(zone, longest!.from, longest!.to);
    found.push({
      kind: "gap",
      severity: 2,
      sentence:
        gaps.length === 1
          ? `No connection began ${when}, ${length}, in which about ${formatCount(Math.round(longest!.expected))} are usual: a gap in the log`
          : `The log has ${formatCount(gaps.length)} gaps in which no connection began, the longest ${when}, ${length}, in which about ${formatCount(Math.round(longest!.expected))} are usual`,
      details: ["The sensor was off, its logs are missing, or the network was silent."],
      connections: 0,
      share: 0,
      from: longest!.from,
      to: longest!.to,
      host: null,
      evidence: {
        title: "Gaps in the log",
        columns: [
          { name: "from", quantity: "time" },
          { name: "to", quantity: "time" },
          { name: "length", quantity: "seconds" },
          { name: "connections usual in that time", quantity: "count" },
        ],
        rows: gaps.map(({ from, to, expected }) => [from, to, to - from, Math.round(expected)]),
      },
    });
  }
  if (shape.rejected > 0) {
    const lines = shape.rejected + shape.connections;
    const share = shape.rejected / lines;
    found.push({
      kind: "rejects",
      severity: share >= 0.01 ? 2 : 1,
      sentence: `${formatCount(shape.rejected)} of ${formatCount(lines)} lines (${formatShare(share)}) are no connections that can be read, and are in none of these figures`,
      details: ["--rejects FILE keeps them, each with its reason."],
      connections: 0,
      share: 0,
      from: null,
      to: null,
      host: null,
      evidence: {
        title: "Lines that could not be read, by reason",
        columns: [
          { name: "reason", quantity: "text" },
          { name: "lines", quantity: "count" },
        ],
        rows: Object.entries(shape.rejectedByReason)
          .filter(([, count]) => count > 0)
          .toSorted((a, b) => b[1] - a[1])
          .map(([reason, count]) => [rejectReasons[reason as RejectReason], count]),
      },
    });
  }
  return found;
}
