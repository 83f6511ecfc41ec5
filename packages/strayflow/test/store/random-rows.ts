import { xorshift } from "./xorshift.ts";
import type { SomeConnection } from "../features/make-batch.ts";

const hosts = [
  "10.0.0.1",
  "10.0.0.2",
  "10.1.2.3",
  "192.168.0.255",
  "255.255.255.255",
  "0.0.0.0",
  "2001:db8::1",
  "2001:db8:0:1::2",
  "fe80::1",
  "::1",
];
const services = [
  "dns",
  "http",
  "ssl,http",
  "x'; DROP TABLE connections; --",
  "\u202egpj.exe",
  "<script>",
  "ünïcödé text",
];
const histories = ["Dd", "ShADadfF", "S", "^d", "ShADadfFShADadfFlong"];

/** Rows of which every column is now and then unset; few different values, so that there are ties and groups. */
export function randomRows(count: number, seed: number, start = 1_711_800_000): SomeConnection[] {
  const random = xorshift(seed);
  const below = (n: number) => Math.floor(random() * n);
  const pick = <T>(values: readonly T[]) => values[below(values.length)]!;
  const maybe = <T>(value: T) => (random() < 0.2 ? undefined : value);
  return Array.from({ length: count }, (_, i) => {
    const row: Record<string, unknown> = {
      ts: Math.round((start + i * 300 + random() * 600) * 1e6) / 1e6,
      uid: maybe(`C${i}abcdefghijklmnop`),
      "id.orig_h": pick(hosts),
      "id.orig_p": below(4) * 20_000,
      "id.resp_h": pick(hosts),
      "id.resp_p": pick([53, 80, 443, 65_535]),
      proto: pick(["tcp", "udp", "icmp"]),
      service: maybe(pick(services)),
      duration: maybe(below(3) === 0 ? 0 : random() * 100),
      orig_bytes: maybe(below(20) * 100),
      resp_bytes: maybe(pick([0, 1, 2 ** 32, 2 ** 53 - 1, 1500])),
      conn_state: maybe(pick(["SF", "S0", "REJ"])),
      local_orig: maybe(random() < 0.5),
      local_resp: maybe(random() < 0.5),
      missed_bytes: 0,
      history: maybe(pick(histories)),
      orig_pkts: below(10),
      orig_ip_bytes: below(1000),
      resp_pkts: below(10),
      resp_ip_bytes: maybe(below(1000)),
      ip_proto: maybe(6),
      label: maybe(pick(["Benign", "Malicious"])),
    };
    for (const name of Object.keys(row)) if (row[name] === undefined) delete row[name];
    return row;
  });
}
