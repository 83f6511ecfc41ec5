import { formatBytes, formatCount, formatDuration } from "../../base/units.ts";
import { fixedFamily } from "../define.ts";
import { about, fromLog, logAmount, missingFlag } from "../explain.ts";
import { missing, orZero } from "../numbers.ts";

/** How much was sent, how long it took, and which of these numbers the log does not state. */
export const volume = fixedFamily({
  id: "volume",
  side: "connection",
  reads: ["orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts", "duration"],
  columns: {
    sent_bytes: logAmount("bytes", "Payload bytes that the originator sent, ln(1 + n).", "sent", formatBytes),
    received_bytes: logAmount(
      "bytes",
      "Payload bytes that the responder sent, ln(1 + n).",
      "received",
      formatBytes,
    ),
    sent_packets: about(
      "sent_bytes",
      logAmount("packets", "Packets that the originator sent, ln(1 + n).", "sent", formatPackets),
    ),
    received_packets: about(
      "received_bytes",
      logAmount("packets", "Packets that the responder sent, ln(1 + n).", "received", formatPackets),
    ),
    duration: {
      unit: "log milliseconds",
      summary: "Duration, ln(1 + milliseconds).",
      explain: (value, usual) =>
        `lasted ${formatDuration(fromLog(value) / 1000)}; usually ${formatDuration(fromLog(usual) / 1000)}`,
      format: (value) => formatDuration(fromLog(value) / 1000),
    },
    duration_missing: missingFlag("The log states no duration.", "duration"),
    sent_bytes_missing: missingFlag("The log states no payload bytes for the originator.", "bytes sent"),
    received_bytes_missing: missingFlag(
      "The log states no payload bytes for the responder.",
      "bytes received",
    ),
    packets_missing: missingFlag("The log states no packet count for one of the two ends.", "packets"),
  },
  fill(out, width, at, batch) {
    const { orig_bytes, resp_bytes, orig_pkts, resp_pkts, duration } = batch;
    for (let row = 0, to = at; row < batch.rows; row++, to += width) {
      const sent = orig_bytes[row]!;
      const received = resp_bytes[row]!;
      const sentPackets = orig_pkts[row]!;
      const receivedPackets = resp_pkts[row]!;
      const seconds = duration[row]!;
      out[to] = Math.log(1 + orZero(sent));
      out[to + 1] = Math.log(1 + orZero(received));
      out[to + 2] = Math.log(1 + orZero(sentPackets));
      out[to + 3] = Math.log(1 + orZero(receivedPackets));
      // A duration near the largest number would overflow when it is turned into milliseconds.
      out[to + 4] = Math.log(1 + Math.min(orZero(seconds), LONGEST_SECONDS) * 1000);
      out[to + 5] = missing(seconds);
      out[to + 6] = missing(sent);
      out[to + 7] = missing(received);
      out[to + 8] = missing(sentPackets) | missing(receivedPackets);
    }
  },
});

const LONGEST_SECONDS = 1e12;

/** A logarithm kept as a 32-bit float gives some six digits back: the last ones are not shown. */
function formatPackets(count: number): string {
  const rounded = count < 9.95 ? Math.round(count * 10) / 10 : Number(Math.round(count).toPrecision(5));
  return `${formatCount(rounded)} ${rounded === 1 ? "packet" : "packets"}`;
}
