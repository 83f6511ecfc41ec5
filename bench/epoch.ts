/**
 * Measures one training epoch of the default network on random data with structure, as many rows and columns as the
 * project's benchmark file has: `node bench/epoch.ts [--rows N] [--width N] [--memory MIB] [--epochs N] [--json]`. Prints
 * the median and the spread over the epochs after the first, the rate of scoring, and the peak memory.
 */
import { parseArgs } from "node:util";
import { seededRandom } from "../packages/strayflow/src/base/random.ts";
import {
  buildScoringModel,
  matrixOf,
  MatrixStore,
  measureNormalErrors,
  rowRange,
  Scorer,
  trainAutoencoder,
} from "../packages/strayflow/src/autoencoder/index.ts";

const APPEND_ROWS = 8192;
const SOURCES = 12;

const { values } = parseArgs({
  options: {
    rows: { type: "string", default: "1243021" },
    width: { type: "string", default: "55" },
    memory: { type: "string", default: "512" },
    epochs: { type: "string", default: "6" },
    json: { type: "boolean", default: false },
  },
});
const [rows, width, epochs] = [Number(values.rows), Number(values.width), Number(values.epochs)];

const store = new MatrixStore({ width, memoryBytes: Number(values.memory) * 2 ** 20 });
try {
  fillStructured(store, rows);
  const times: number[] = [];
  // Processor time beside wall-clock time: on a busy machine only the former says anything.
  const processorTimes: number[] = [];
  let epochStart = 0;
  let epochUsage = process.cpuUsage();
  let lastEpoch = "";
  const trained = await trainAutoencoder(
    { train: store },
    { schedule: { kind: "epochs", epochs: epochs + 1, patience: epochs + 1 }, baselines: false },
    {
      onProgress: ({ note = "" }) => {
        const epoch = note.slice(0, note.indexOf(","));
        if (epoch === lastEpoch) return;
        if (lastEpoch !== "") {
          const { user, system } = process.cpuUsage(epochUsage);
          times.push((performance.now() - epochStart) / 1000);
          processorTimes.push((user + system) / 1e6);
        }
        epochStart = performance.now();
        epochUsage = process.cpuUsage();
        lastEpoch = epoch;
      },
    },
  );
  // The first epoch warms up; the last one has no report after it and is not counted.
  const [wall, processor] = [spread(times.slice(1)), spread(processorTimes.slice(1))];
  const figures = {
    rows,
    width,
    spilled: store.spilled,
    epoch_seconds: wall,
    epoch_processor_seconds: processor,
    rows_per_second: Math.round(rows / wall.median),
    score_rows_per_second: await scoringRate(trained.network),
    loss: trained.curve.map(({ train }) => round(train)),
    peak_rss_bytes: process.resourceUsage().maxRSS * 1024,
  };
  console.log(values.json ? JSON.stringify(figures) : figures);
} finally {
  store.close();
}

async function scoringRate(network: Parameters<typeof measureNormalErrors>[0]): Promise<number> {
  const held = rowRange(store, 0, Math.min(rows, 20_000));
  const scorer = await Scorer.open(
    buildScoringModel([{ network, normal: await measureNormalErrors(network, held) }]),
  );
  const matrix = new Float32Array(APPEND_ROWS * width);
  store.read(0, Math.min(rows, APPEND_ROWS), matrix);
  const passes: number[] = [];
  for (let pass = 0; pass < 40; pass++) {
    const start = performance.now();
    await scorer.run(matrix, matrixOf(matrix, width).rows);
    passes.push(performance.now() - start);
  }
  await scorer.close();
  const median = passes.slice(10).sort((a, b) => a - b)[15]!;
  return Math.round((APPEND_ROWS / median) * 1000);
}

/** Mixtures of a few hidden sources with noise: there is something to learn, and no two rows are alike. */
function fillStructured(target: MatrixStore, count: number): void {
  const random = seededRandom("epoch");
  const mixing = Float32Array.from({ length: SOURCES * target.width }, () => random.normal() / 3);
  const block = new Float32Array(APPEND_ROWS * target.width);
  const sources = new Float64Array(SOURCES);
  for (let row = 0; row < count; row += APPEND_ROWS) {
    const part = Math.min(APPEND_ROWS, count - row);
    for (let at = 0; at < part * target.width;) {
      for (let s = 0; s < SOURCES; s++) sources[s] = random.uniform() * 2 - 1;
      for (let column = 0; column < target.width; column++) {
        let value = random.uniform() * 0.2;
        for (let s = 0; s < SOURCES; s++) value += sources[s]! * mixing[s * target.width + column]!;
        block[at++] = column % 3 === 0 ? Math.max(0, value) : value;
      }
    }
    target.append(block, part);
  }
}

function spread(seconds: readonly number[]): { median: number; least: number; most: number } {
  const sorted = seconds.toSorted((a, b) => a - b);
  return {
    median: round(sorted[Math.floor(sorted.length / 2)]!),
    least: round(sorted[0]!),
    most: round(sorted.at(-1)!),
  };
}

function round(value: number): number {
  return Number(value.toPrecision(4));
}
