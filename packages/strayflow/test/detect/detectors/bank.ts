import { seededRandom } from "../../../src/base/random.ts";
import {
  detectors,
  knownPairs,
  nothingKnown,
  openDetectors,
  sentenceOf,
} from "../../../src/detect/detectors/index.ts";
import type { DetectorBank, KnownTraffic } from "../../../src/detect/detectors/index.ts";
import type { HashKey } from "../../../src/features/behavior/fingerprint.ts";
import { makeBatch } from "../../features/make-batch.ts";
import type { SomeConnection } from "../../features/make-batch.ts";

export const key: HashKey = [11, 22, 33, 44];
export const width = detectors.length;
export const start = 1_700_000_000;
export const HOUR = 3600;
export const DAY = 86_400;
/** A time in the third day of an office. */
export const noon = start + 2.5 * DAY;

export function columnOf(id: string): number {
  return detectors.findIndex((detector) => detector.id === id);
}

/** The statistics of the rows, given to the bank in one batch. */
export function fill(bank: DetectorBank, rows: readonly SomeConnection[]): Float32Array {
  const out = new Float32Array(rows.length * bank.width);
  bank.fill(out, makeBatch(rows));
  return out;
}

export function learn(rows: readonly SomeConnection[]): KnownTraffic {
  const learner = knownPairs.learner();
  learner.learn(makeBatch(rows));
  return learner.finish();
}

/** What one detector makes of the rows; `say` gives the sentence about one of them. */
export function judge(id: string, rows: readonly SomeConnection[], known = nothingKnown()) {
  const column = columnOf(id);
  const batch = makeBatch(rows);
  const out = new Float32Array(rows.length * width);
  const least = Float64Array.from(detectors, (_, i) => (i === column ? 1e-9 : Infinity));
  const evidence = openDetectors(key, known).fill(out, batch, least);
  const values = rows.map((_, row) => out[row * width + column]!);
  return {
    values,
    highest: Math.max(...values),
    say: (row: number) => {
      const found = evidence.find((one) => one.row === row);
      return found === undefined ? undefined : sentenceOf(found, batch);
    },
  };
}

/** Rows in the order of a log: by end. */
export function inOrder(...parts: readonly (readonly SomeConnection[])[]): SomeConnection[] {
  const end = ({ ts = 0, duration = 0 }: SomeConnection) => ts + duration;
  return parts.flat().toSorted((a, b) => end(a) - end(b));
}

/** Some days of a small office: five hosts browse by day, ask a name server, and use one file server. */
export function office(days: number, seed = 1): SomeConnection[] {
  const random = seededRandom(seed);
  const rows: SomeConnection[] = [];
  for (let host = 1; host <= 5; host++) {
    for (let time = start; time < start + days * DAY; time += -Math.log(1 - random.uniform()) * 240) {
      const at = { ts: time, "id.orig_h": `10.0.0.${host}`, "id.orig_p": 1024 + random.integer(60_000) };
      const kind = random.uniform();
      const bytes = Math.round(Math.exp(5 + 1.5 * random.normal()));
      if (kind < 0.4) {
        const answered = {
          duration: 0.02,
          orig_bytes: 35 + random.integer(20),
          resp_bytes: 120,
          resp_pkts: 1,
        };
        rows.push({
          ...at,
          "id.resp_h": "10.0.0.53",
          "id.resp_p": 53,
          proto: "udp",
          conn_state: "SF",
          ...answered,
        });
      } else if (kind < 0.5) {
        const answered = {
          duration: random.uniform() * 60,
          orig_bytes: bytes * 4,
          resp_bytes: bytes * 9,
          resp_pkts: 9,
        };
        const to = { "id.resp_h": "10.0.0.10", "id.resp_p": 445, service: "smb" };
        rows.push({ ...at, ...to, proto: "tcp", conn_state: "SF", ...answered });
      } else {
        const to = { "id.resp_h": `198.51.100.${Math.floor(random.uniform() ** 2 * 250)}`, "id.resp_p": 443 };
        const failed = random.uniform() < 0.03;
        const answered = {
          duration: random.uniform() ** 3 * 90,
          orig_bytes: bytes,
          resp_bytes: bytes * 12,
          resp_pkts: 12,
        };
        rows.push({
          ...at,
          ...to,
          proto: "tcp",
          ...(failed ? { conn_state: "S0" } : { conn_state: "SF", ...answered }),
        });
      }
    }
  }
  return inOrder(rows);
}

/** Highest statistic among the given rows when they happen in the office, and among the office's own. */
export function inOffice(id: string, attack: readonly SomeConnection[], knowledge = learn(office(2, 7))) {
  const rows = inOrder(office(3), attack);
  const judged = judge(id, rows, knowledge);
  const attacks = new Set(attack);
  const highest = (of: boolean) => {
    let best = 0;
    rows.forEach((row, i) => {
      if (attacks.has(row) === of && row.ts! > start + DAY) best = Math.max(best, judged.values[i]!);
    });
    return best;
  };
  return {
    attack: highest(true),
    normal: highest(false),
    last: judged.say(rows.lastIndexOf(attack.at(-1)!)),
  };
}

export function repeat<Item>(count: number, item: (i: number) => Item): Item[] {
  return Array.from({ length: count }, (_, i) => item(i));
}
