import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import { eachBlock, MatrixStore } from "../autoencoder/index.ts";
import type { JudgeMemory } from "../detect/judge.ts";
import { ExampleLearner, type NormalExamples } from "../detect/reason-neighbours.ts";
import { RarityLearner, type ValueRarities } from "../detect/reason-rarity.ts";
import type { Extractor } from "../features/index.ts";
import { RangeLearner, type ColumnRange } from "../model/column-ranges.ts";
import { NormsLearner, type TrafficNorms } from "../model/traffic-norms.ts";
import type { LearnOptions, ReplayableRows } from "./learn.ts";
import { partNames, type PartName, type PartOfRow } from "./split.ts";

/** The feature matrix of each part, and the detectors' statistics of the rows that are held back from training. */
export type Parts = Readonly<Record<PartName | "statistics", MatrixStore>> & Disposable;

/** Opens the parts, empty; they share the memory that training may take. */
export function openParts(
  width: number,
  judge: JudgeMemory | undefined,
  { memoryBytes }: LearnOptions,
): Parts {
  const open = (share: number, columns: number) =>
    new MatrixStore({ width: columns, memoryBytes: memoryBytes * share });
  const stores = {
    train: open(0.5, width),
    validation: open(0.1, width),
    test: open(0.15, width),
    statistics: open(0.05, judge?.bank.width ?? 1),
  };
  return {
    ...stores,
    [Symbol.dispose]() {
      for (const store of Object.values(stores)) store.close();
    },
  };
}

interface Extraction {
  readonly extractor: Extractor;
  readonly judge: JudgeMemory | undefined;
  readonly partOf: PartOfRow;
  readonly seed: number;
}

/** One pass over the stream, in order, since behaviour features and detectors remember what came before. */
export async function extractInto(
  parts: Parts,
  source: ReplayableRows,
  { extractor, judge, partOf, seed }: Extraction,
  { signal, onProgress }: StageOptions,
): Promise<{
  ranges: ColumnRange[];
  norms: TrafficNorms;
  examples: NormalExamples;
  from: number;
  to: number;
}> {
  const { width } = extractor;
  const ranges = new RangeLearner(width, seededRandom(seed).fork("ranges"));
  const norms = new NormsLearner();
  const examples = new ExampleLearner(width, seededRandom(seed).fork("examples"));
  let seen = 0;
  let from = Infinity;
  let to = -Infinity;
  for await (const batch of source.replay()) {
    signal?.throwIfAborted();
    const matrix = new Float32Array(batch.rows * width);
    const statistics = new Float32Array(batch.rows * parts.statistics.width);
    extractor.fill(matrix, batch);
    judge?.bank.fill(statistics, batch);
    examples.add(
      batch,
      matrix,
      Uint8Array.from({ length: batch.rows }, (_, row) => (partOf(seen + row) === 0 ? 1 : 0)),
    );
    // Runs of rows of one part are appended at once; by time there is one run a batch.
    for (let start = 0; start < batch.rows;) {
      const part = partOf(seen + start);
      let end = start + 1;
      while (end < batch.rows && partOf(seen + end) === part) end++;
      const run = matrix.subarray(start * width, end * width);
      parts[partNames[part]].append(run, end - start);
      if (part === 0) ranges.add(run, end - start);
      else
        parts.statistics.append(
          statistics.subarray(start * parts.statistics.width, end * parts.statistics.width),
          end - start,
        );
      start = end;
    }
    norms.add(
      batch,
      Uint8Array.from({ length: batch.rows }, (_, row) => partOf(seen + row)),
    );
    for (const ts of batch.ts) {
      if (ts < from) from = ts;
      if (ts > to) to = ts;
    }
    seen += batch.rows;
    onProgress?.({ stage: "features", rows: seen, total: source.rows });
  }
  return { ranges: ranges.finish(), norms: norms.finish(), examples: examples.finish(), from, to };
}

/** How common values are in the rows that were held back. */
export async function learnRarities(
  parts: Parts,
  extractor: Extractor,
  seed: number,
  { signal }: StageOptions,
): Promise<ValueRarities> {
  const learner = new RarityLearner(extractor.columns, seededRandom(seed).fork("rarities"));
  for (const part of [parts.validation, parts.test]) {
    await eachBlock(part, (block, rows) => learner.add(block, rows), { signal });
  }
  return learner.finish();
}
