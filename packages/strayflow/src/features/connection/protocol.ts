import type { TextColumn } from "../../zeek/batch.ts";
import { fixedFamily } from "../define.ts";
import { choice } from "../explain.ts";

const TCP = 0;
const UDP = 1;
export const ICMP = 2;
export const OTHER_TRANSPORT = 3;

/** TCP, UDP, ICMP or OTHER_TRANSPORT for each of the column's distinct values. */
export function transportsOf(proto: TextColumn): Uint8Array {
  return Uint8Array.from(proto.values, (value) => transports.get(value) ?? OTHER_TRANSPORT);
}

/** Zeek writes `icmp` for both versions; other writers of the same log name the second one. */
const transports: ReadonlyMap<string, number> = new Map([
  ["tcp", TCP],
  ["udp", UDP],
  ["icmp", ICMP],
  ["icmp6", ICMP],
  ["ipv6-icmp", ICMP],
]);

/** The transport protocol. */
export const protocol = fixedFamily({
  id: "protocol",
  side: "connection",
  reads: ["proto"],
  columns: {
    proto_tcp: choice("transport", "TCP", "Transport is TCP.", "it is TCP", "it is not TCP"),
    proto_udp: choice("transport", "UDP", "Transport is UDP.", "it is UDP", "it is not UDP"),
    proto_icmp: choice(
      "transport",
      "ICMP",
      "Transport is ICMP, of IPv4 or IPv6.",
      "it is ICMP",
      "it is not ICMP",
    ),
    proto_other: choice(
      "transport",
      "none of TCP, UDP and ICMP",
      "Transport is none of TCP, UDP and ICMP, or is not stated.",
      "its transport is none of TCP, UDP and ICMP",
      "its transport is TCP, UDP or ICMP",
    ),
  },
  fill(out, width, at, batch) {
    const transport = transportsOf(batch.proto);
    const codes = batch.proto.codes;
    for (let row = 0, to = at; row < batch.rows; row++, to += width) {
      out[to] = out[to + 1] = out[to + 2] = out[to + 3] = 0;
      out[to + transport[codes[row]!]!] = 1;
    }
  },
});
