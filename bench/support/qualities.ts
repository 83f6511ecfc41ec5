/**
 * The qualities that the project holds itself to. `floor` may never be missed on the machines that it is developed on;
 * `aim` is where it is going. Benchmarks report where each stands; no test fails for it.
 */
export const qualities = {
  "read-gzip": {
    name: "read .gz TSV, against zcat on the same file",
    unit: "times as long",
    floor: 2.5,
    aim: 1.5,
  },
  "read-json": { name: "read JSON", unit: "rows a second", floor: 250e3, aim: 600e3 },
  "score-connection": {
    name: "score end to end, preset connection, against zcat",
    unit: "times as long",
    floor: 5,
    aim: 2,
  },
  "score-behavior": {
    name: "score end to end, preset behavior, against zcat",
    unit: "times as long",
    floor: 8,
    aim: 3,
  },
  epoch: {
    name: "one epoch against PyTorch, same data, batch, machine, run",
    unit: "times as long",
    floor: 0.6,
    aim: 0.3,
  },
  train: {
    name: "train end to end against pandas + scikit-learn + Keras",
    unit: "times faster",
    floor: 8,
    aim: 20,
  },
  "memory-score": { name: "memory, scoring, any number of rows", unit: "bytes", floor: 400e6, aim: 250e6 },
  "memory-train": { name: "memory, training on 10 M rows", unit: "bytes", floor: 1.5e9, aim: 1e9 },
  "watch-latency": {
    name: "line written to alert stored and sent, at 1,000 connections a second",
    unit: "seconds",
    floor: 2,
    aim: 0.5,
  },
  "watch-rate": {
    name: "watch from a backlog, scores stored",
    unit: "rows a second",
    floor: 50e3,
    aim: 200e3,
  },
  explore: { name: "explore 1.24 M rows, from log to finished report", unit: "seconds", floor: 15, aim: 8 },
  "memory-explore": { name: "memory, explore on 10 M rows", unit: "bytes", floor: 1e9, aim: 700e6 },
  "first-finding": { name: "from start to first explained finding", unit: "seconds", floor: 60, aim: 20 },
} as const satisfies Record<string, Quality>;

export interface Quality {
  readonly name: string;
  readonly unit: Unit;
  readonly floor: number;
  readonly aim: number;
}

export type QualityId = keyof typeof qualities;

export type Unit = "seconds" | "rows a second" | "times as long" | "times faster" | "bytes" | "count";

export const qualityIds = Object.keys(qualities) as QualityId[];

export type Verdict = "aim met" | "floor met" | "floor missed";

/** Where a measured value stands. */
export function verdictOn(id: QualityId, value: number): Verdict {
  const { floor, aim, unit } = qualities[id];
  const sign = isMoreBetter(unit) ? 1 : -1;
  if (sign * value >= sign * aim) return "aim met";
  return sign * value >= sign * floor ? "floor met" : "floor missed";
}

function isMoreBetter(unit: Unit): boolean {
  return unit === "rows a second" || unit === "times faster";
}
