import { BlockList, isIPv6 } from "node:net";
import type { Flow } from "../../src/simulate/connection.ts";
import { localNetworks } from "../../src/simulate/network/network.ts";

const networks = new BlockList();
for (const network of localNetworks) {
  const [address, bits] = network.split("/") as [string, string];
  networks.addSubnet(address, Number(bits), isIPv6(address) ? "ipv6" : "ipv4");
}

/** What Zeek could not have written of this connection; empty for an honest row. */
export function faultsOf(flow: Flow): string[] {
  const faults: string[] = [];
  const must = (holds: boolean, what: string) => {
    if (!holds) faults.push(what);
  };
  const numbers = [
    flow.startMicros,
    flow.missed_bytes,
    flow.orig_pkts,
    flow.orig_ip_bytes,
    flow.resp_pkts,
    flow.resp_ip_bytes,
    flow.orig_bytes ?? 0,
    flow.resp_bytes ?? 0,
  ];
  must(
    numbers.every((n) => Number.isSafeInteger(n) && n >= 0),
    "counts are whole",
  );
  must(
    [flow.orig_p, flow.resp_p].every((port) => Number.isInteger(port) && port >= 0 && port <= 65_535),
    "ports",
  );
  must(
    flow.durationMicros === undefined ||
      (Number.isSafeInteger(flow.durationMicros) && flow.durationMicros > 0),
    "duration is unset or above 0",
  );
  must(isIPv6(flow.orig_h) === isIPv6(flow.resp_h), "one address family");
  must(
    flow.local_orig === isLocal(flow.orig_h) && flow.local_resp === isLocal(flow.resp_h),
    "local networks",
  );
  const single = flow.orig_pkts + flow.resp_pkts === 1;
  must(single === (flow.durationMicros === undefined), "a single packet has no duration, more have one");
  must(
    (flow.durationMicros === undefined) === (flow.orig_bytes === undefined),
    "bytes are unset where the duration is",
  );
  must((flow.orig_bytes === undefined) === (flow.resp_bytes === undefined), "both bytes are unset, or none");
  const seconds = (flow.durationMicros ?? 0) / 1e6;
  must(seconds < 2 * 86_400, "no connection of days");
  must(
    (flow.orig_bytes ?? 0) + (flow.resp_bytes ?? 0) <= 20_000 + seconds * 125e6,
    "no faster than a gigabit a second",
  );
  if (flow.proto === "tcp") tcpFaults(flow, must);
  else if (flow.proto === "udp") udpFaults(flow, must);
  else icmpFaults(flow, must);
  return faults;
}

type Must = (holds: boolean, what: string) => void;

function tcpFaults(flow: Flow, must: Must): void {
  const history = flow.history ?? "";
  const header = isIPv6(flow.orig_h) ? 60 : 40;
  const orig = flow.orig_bytes ?? 0;
  const resp = flow.resp_bytes ?? 0;
  must(flow.ip_proto === 6, "TCP is 6");
  must(/^[SAaDdFfRrhTtg]+$/.test(history), "letters of the history");
  must(history.includes("D") === orig > 0, "D and orig_bytes");
  must(history.includes("d") === resp > 0, "d and resp_bytes");
  must(/[SADFRT]/.test(history) === flow.orig_pkts > 0, "packets of the originator");
  must(/[hadfrt]/.test(history) === flow.resp_pkts > 0, "packets of the responder");
  must(flow.missed_bytes > 0 === history.includes("g"), "missed bytes and g");
  must(flow.orig_ip_bytes >= orig + flow.orig_pkts * header, "originator: payload and headers");
  must(
    flow.resp_ip_bytes >= resp - flow.missed_bytes + flow.resp_pkts * header,
    "responder: payload and headers",
  );
  must(orig <= flow.orig_pkts * 1460, "originator: payload fits the packets");
  must(resp - flow.missed_bytes <= flow.resp_pkts * 1460, "responder: payload fits the packets");
  // A SYN or SYN-ACK carries up to 24 bytes of options, and where nothing else came each packet is one.
  const options = 24 * (/^Sh?$/.test(history) ? Math.max(flow.orig_pkts, flow.resp_pkts) : 1);
  if (!history.includes("T")) {
    must(
      flow.orig_ip_bytes <= orig + flow.orig_pkts * (header + 12) + options,
      "originator: no more than that",
    );
  }
  if (!/[tg]/.test(history)) {
    must(
      flow.resp_ip_bytes <= resp + flow.resp_pkts * (header + 12) + options,
      "responder: no more than that",
    );
  }
  must(orig + resp > 0 || flow.service === undefined, "no service without payload");
  must(
    stateOf(history) === flow.conn_state,
    `state of ${history} is ${stateOf(history)}, not ${flow.conn_state}`,
  );
}

/** Zeek's state, from what the history says. */
function stateOf(history: string): string {
  if (!history.startsWith("S")) return "OTH";
  if (!history.includes("h")) return history.includes("r") ? "REJ" : "S0";
  const closed = history.includes("F") && history.includes("f");
  if (closed) return "SF";
  if (history.includes("R")) return "RSTO";
  if (history.includes("r")) return "RSTR";
  return history.includes("F") ? "S2" : history.includes("f") ? "S3" : "S1";
}

function udpFaults(flow: Flow, must: Must): void {
  const header = isIPv6(flow.orig_h) ? 48 : 28;
  const answered = flow.resp_pkts > 0;
  must(flow.ip_proto === 17, "UDP is 17");
  must(flow.orig_pkts > 0, "someone begins");
  must(flow.history === (answered ? "Dd" : "D"), "history");
  must(flow.conn_state === (answered ? "SF" : "S0"), "state");
  must(flow.missed_bytes === 0, "nothing is missed");
  if (flow.orig_bytes !== undefined)
    must(flow.orig_ip_bytes === flow.orig_bytes + flow.orig_pkts * header, "originator: payload and headers");
  if (flow.resp_bytes !== undefined)
    must(flow.resp_ip_bytes === flow.resp_bytes + flow.resp_pkts * header, "responder: payload and headers");
  must((flow.orig_bytes ?? 0) <= flow.orig_pkts * 1472, "payload fits the packets");
  must((flow.resp_bytes ?? 0) <= flow.resp_pkts * 1472, "payload fits the packets");
}

function icmpFaults(flow: Flow, must: Must): void {
  must(flow.ip_proto === (isIPv6(flow.orig_h) ? 58 : 1), "ICMP is 1, ICMPv6 is 58");
  must(
    flow.conn_state === "OTH" && flow.history === undefined && flow.service === undefined,
    "ICMP has no state",
  );
  must(flow.orig_p < 256 && flow.resp_p < 256, "type and code");
  must(flow.resp_pkts <= flow.orig_pkts, "no more answers than questions");
}

function isLocal(address: string): boolean {
  return networks.check(address, isIPv6(address) ? "ipv6" : "ipv4");
}
