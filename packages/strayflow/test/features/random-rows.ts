import type { Random } from "../../src/base/random.ts";
import type { SomeConnection } from "./make-batch.ts";

/** Connections of every kind that a log can hold, ordinary and absurd, each field unset now and then. */
export function randomRows(random: Random, count: number): SomeConnection[] {
  return Array.from({ length: count }, () => randomRow(random));
}

function randomRow(random: Random): SomeConnection {
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
  const number = (limit: number) => {
    const kind = random.uniform();
    if (kind < 0.15) return NaN;
    if (kind < 0.3) return 0;
    if (kind < 0.32) return pick([-5, 1e308, Infinity, 1e18]);
    return Math.floor(Math.exp(random.uniform() * Math.log(limit)));
  };
  const proto = pick(["tcp", "tcp", "tcp", "udp", "udp", "icmp", "unknown_transport", ""]);
  const port = () => (random.uniform() < 0.7 ? pick([53, 80, 443, 22, 123]) : random.integer(65_536));
  const row: SomeConnection = {
    ts: random.uniform() < 0.02 ? pick([0, -1e9, 1e12]) : 1.7e9 + random.uniform() * 20 * 86_400,
    uid: `C${random.integer(1e9).toString(36)}`,
    "id.orig_h": pick(addresses),
    "id.resp_h": pick(addresses),
    "id.orig_p": proto === "icmp" ? pick([8, 0, 3, 11, 5, 9, 13, 135, 128, 1, 200, 4000]) : port(),
    "id.resp_p": proto === "icmp" ? pick([0, 1, 3, 10]) : port(),
    proto,
    service: pick([
      "",
      "",
      "",
      "dns",
      "http",
      "ssl",
      "quic,ssl",
      "ssl,quic",
      "ssl,-quic",
      "SSL",
      "x,y",
      "a,,b",
      "-",
      ",",
    ]),
    duration: random.uniform() < 0.2 ? NaN : random.uniform() * pick([0, 0.001, 1, 1000, 1e9, Infinity]),
    orig_bytes: number(1e10),
    resp_bytes: number(1e10),
    missed_bytes: random.uniform() < 0.8 ? 0 : number(1e5),
    orig_pkts: number(1e6),
    resp_pkts: number(1e6),
    orig_ip_bytes: number(1e10),
    resp_ip_bytes: number(1e10),
    ip_proto: pick([NaN, 6, 17, 1, 58]),
    conn_state: pick([...states, "", "NEW"]),
    history: randomHistory(random),
  };
  const locals = pick([
    {},
    {},
    { local_orig: true },
    { local_orig: false, local_resp: true },
    { local_resp: false },
  ]);
  return { ...row, ...locals };
}

function randomHistory(random: Random): string {
  const ordinary = ["", "S", "ShADadFf", "Dd", "Sr", "^d", "ShADadFfR", "D"];
  if (random.uniform() < 0.6) return ordinary[random.integer(ordinary.length)]!;
  const letters = "ShADadFfRrCcTtGgWwIiQqXx^?é";
  return Array.from({ length: random.integer(14) }, () => letters[random.integer(letters.length)]!).join("");
}

const states = ["S0", "S1", "S2", "S3", "SF", "REJ", "RSTO", "RSTR", "RSTOS0", "RSTRH", "SH", "SHR", "OTH"];

const addresses = `
  10.0.0.5 172.16.0.1 172.32.0.1 192.168.1.255 192.169.0.1 100.64.0.1 100.128.0.1 127.0.0.1 169.254.1.1 169.253.1.1
  0.0.0.0 224.0.0.251 239.255.255.250 240.0.0.1 255.255.255.255 8.8.8.8 203.0.113.255
  :: ::1 ::2 fe80::1 febf::1 fec0::1 fd00::1 fc00::1 fbff::1 ff02::fb 2001:db8::1 2606:4700::1111`
  .trim()
  .split(/\s+/);
