import type { Random } from "../../../src/base/random.ts";
import type { SomeConnection } from "../make-batch.ts";

const states = ["SF", "SF", "SF", "S0", "REJ", "RSTO", "RSTR", "SH", "RSTOS0", "RSTRH", "S1", "OTH"];
const pauses = [0, 0.004, 0.3, 7, 45, 200, 2000, 9000, 50_000];

/** A stream of few hosts with pauses from nothing to `longestPause` seconds, late rows and unset fields; in a log's order. */
export function randomTraffic(random: Random, rows: number, longestPause = 50_000): SomeConnection[] {
  let time = 1_700_000_000 + random.integer(100_000);
  const pick = <T>(list: readonly T[]): T => list[random.integer(list.length)]!;
  return Array.from({ length: rows }, () => {
    time += Math.min(pick(pauses), longestPause) * random.uniform() ** 2;
    const proto = pick(["tcp", "tcp", "udp", "icmp"]);
    const late = random.uniform() < 0.1 ? random.uniform() * 500 : 0;
    const duration = random.uniform() < 0.2 ? {} : { duration: random.uniform() ** 4 * 300 };
    return {
      ts: time - (duration.duration ?? 0) - late,
      ...duration,
      proto,
      "id.orig_h": `10.0.0.${1 + random.integer(4)}`,
      "id.orig_p": proto === "icmp" ? 8 : random.integer(65_536),
      "id.resp_h":
        random.uniform() < 0.9
          ? `10.0.${random.integer(2)}.${random.integer(4)}`
          : `203.0.113.${random.integer(256)}`,
      "id.resp_p": proto === "icmp" ? 0 : pick([53, 80, 443, 8000 + random.integer(50)]),
      conn_state: pick(states),
      ...(random.uniform() < 0.2
        ? {}
        : { orig_bytes: pick([0, 100, random.integer(1000), random.integer(10_000_000)]) }),
      ...(random.uniform() < 0.2 ? {} : { resp_bytes: pick([0, random.integer(100_000)]) }),
    };
  });
}
