import { formatByteRate, formatBytes, formatCount } from "../../base/units.ts";
import { fixedFamily } from "../define.ts";
import { about, balance, logAmount, share } from "../explain.ts";
import { orZero } from "../numbers.ts";

/** How the volume is spread: between the two directions, over packets, over time, and on headers. */
export const shape = fixedFamily({
  id: "shape",
  side: "connection",
  reads: ["orig_bytes", "resp_bytes", "orig_pkts", "resp_pkts", "orig_ip_bytes", "resp_ip_bytes", "duration"],
  columns: {
    bytes_balance: balance(
      "Producer/consumer ratio: (sent - received) / (sent + received) of payload bytes, 0 where both are 0.",
      "bytes",
    ),
    packets_balance: about(
      "bytes_balance",
      balance("(sent - received) / (sent + received) of packets, 0 where both are 0.", "packets"),
    ),
    sent_bytes_per_packet: logAmount(
      "bytes per packet",
      "Payload bytes in the originator's average packet, ln(1 + n).",
      "sent",
      perPacket,
    ),
    received_bytes_per_packet: logAmount(
      "bytes per packet",
      "Payload bytes in the responder's average packet, ln(1 + n).",
      "received",
      perPacket,
    ),
    sent_header_share: about(
      "sent_bytes_per_packet",
      share("Share of the originator's IP bytes that is not payload.", "of the IP bytes sent are headers"),
    ),
    received_header_share: about(
      "received_bytes_per_packet",
      share("Share of the responder's IP bytes that is not payload.", "of the IP bytes received are headers"),
    ),
    byte_rate: logAmount(
      "bytes per second",
      "Payload bytes of both ends per second, ln(1 + n); a connection counts as at least 1 ms long.",
      "moved",
      formatByteRate,
    ),
    packet_rate: about(
      "byte_rate",
      logAmount(
        "packets per second",
        "Packets of both ends per second, ln(1 + n); a connection counts as at least 1 ms long.",
        "moved",
        (rate) => `${formatCount(Number(rate.toPrecision(3)))} packets/s`,
      ),
    ),
  },
  fill(out, width, at, batch) {
    const { orig_bytes, resp_bytes, orig_pkts, resp_pkts, orig_ip_bytes, resp_ip_bytes, duration } = batch;
    for (let row = 0, to = at; row < batch.rows; row++, to += width) {
      const sent = orZero(orig_bytes[row]!);
      const received = orZero(resp_bytes[row]!);
      const sentPackets = orZero(orig_pkts[row]!);
      const receivedPackets = orZero(resp_pkts[row]!);
      const seconds = duration[row]!;
      out[to] = balanceOf(sent, received);
      out[to + 1] = balanceOf(sentPackets, receivedPackets);
      out[to + 2] = Math.log(1 + sent / Math.max(sentPackets, 1));
      out[to + 3] = Math.log(1 + received / Math.max(receivedPackets, 1));
      out[to + 4] = headerShare(orZero(orig_ip_bytes[row]!), sent);
      out[to + 5] = headerShare(orZero(resp_ip_bytes[row]!), received);
      // Without a duration there is no rate; the flag of the volume family says that it is missing.
      const perSecond = seconds >= 0 ? 1 / Math.max(seconds, SHORTEST_SECONDS) : 0;
      out[to + 6] = Math.log(1 + Math.min((sent + received) * perSecond, LARGEST_RATE));
      out[to + 7] = Math.log(1 + Math.min((sentPackets + receivedPackets) * perSecond, LARGEST_RATE));
    }
  },
});

const SHORTEST_SECONDS = 1e-3;
const LARGEST_RATE = 1e18;

function perPacket(bytes: number): string {
  return `${formatBytes(bytes)} per packet`;
}

function balanceOf(sent: number, received: number): number {
  const both = sent + received;
  if (both === 0) return 0;
  // Two numbers near the largest one add up to infinity.
  return both < Infinity ? (sent - received) / both : 0;
}

/** Zeek takes payload bytes of TCP from sequence numbers, so they can exceed what was seen on the wire: kept above 0. */
function headerShare(ipBytes: number, payload: number): number {
  return ipBytes > payload ? (ipBytes - payload) / ipBytes : 0;
}
