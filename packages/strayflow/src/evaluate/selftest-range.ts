import { seededRandom } from "../base/random.ts";
import type { StageOptions } from "../base/stage.ts";
import type { Alert } from "../detect/alert.ts";
import { decodeBaseline, openExtractor, type Extractor } from "../features/index.ts";
import type { Bundle } from "../model/bundle.ts";
import { Detector } from "../pipeline/detector.ts";
import { decodeMemory } from "../pipeline/memory.ts";
import { openMatrixSample } from "./matrix-sample.ts";
import { openCountingReferee } from "./referees/counting.ts";
import { matrixReferees } from "./referees/index.ts";
import type { FittedReferee } from "./referees/referee.ts";
import { streamOf } from "./row-stream.ts";
import { mergeParts, slicePart, type StreamPart } from "./stream-part.ts";

/** The model and the referees, ready to be shown one planted attack after the other, each from the same moment on. */
export interface Range {
  /** Ids, the product's first. */
  readonly detectors: readonly string[];
  readonly pValue: number;
  /** Share of the test's own rows that the product flags; the referees are cut to flag as many. */
  readonly realised: number;
  score(planted: StreamPart, stage: StageOptions): Promise<Trial>;
}

/** One planted attack: its rows, and how many of them each detector flags. */
export interface Trial {
  readonly rows: number;
  /** Rows that went by until its last one was judged. */
  readonly scoredRows: number;
  readonly flagged: Readonly<Record<string, number>>;
  /**
   * Named detectors that speak of a flagged row of it, and of neither of its hosts without the attack. They report a lasting
   * condition when it begins and then only as often as was asked, so a count of rows does not do them justice.
   */
  readonly namedBy: readonly string[];
}

/** Rows that referees are fitted on at most. */
const MOST_TRAINING_ROWS = 16_384;
const BATCH_ROWS = 4096;
/** The counting referee looks back a minute; rows that ended longer ago than this cannot matter to it. */
const COUNTING_SECONDS = 600;

/** Runs the warm-up through everything, fits the referees on it, and finds the cuts on the test as it is. */
export async function openRange(
  bundle: Bundle,
  warmUp: StreamPart,
  test: StreamPart,
  pValue: number,
  seed: number,
  stage: StageOptions,
): Promise<Range> {
  const warmed = await warm(bundle, warmUp, pValue, seed, stage);
  const recent = slicePart(warmUp, firstSince(warmUp, test.clock[0]! - COUNTING_SECONDS), warmUp.row.length);
  const run = { bundle: { ...bundle, memory: warmed.memory }, referees: warmed.referees, recent, pValue };

  const clean = await scoreStream(run, test, 0, stage);
  const flagged = clean.flagged.reduce((sum, flag) => sum + flag, 0);
  const usual = new Set(
    clean.named.flatMap(({ detector, hosts }) => hosts.map((host) => `${detector} ${host}`)),
  );
  const cuts = clean.scores.map((scores) => cutAbove(scores, flagged));
  const ids = [...warmed.referees.map(({ id }) => id), "counting"];
  return {
    detectors: ["product", ...ids],
    pValue,
    realised: flagged / test.row.length,
    async score(planted, options) {
      // Rows that were written later than its last one cannot change what is made of it.
      const until = firstSince(test, planted.clock.at(-1)!);
      const merged = mergeParts(slicePart(test, 0, until), planted, false);
      const { flagged: flags, named, scores } = await scoreStream(run, merged, 1, options);
      const news = named.filter(
        ({ detector, hosts }) => !hosts.some((host) => usual.has(`${detector} ${host}`)),
      );
      const counts = ids.map((id, index) => [
        id,
        scores[index]!.reduce((sum, score) => sum + (score > cuts[index]! ? 1 : 0), 0),
      ]);
      return {
        rows: planted.row.length,
        scoredRows: merged.row.length,
        namedBy: [...new Set(news.map(({ detector }) => detector))],
        flagged: Object.fromEntries([["product", flags.reduce((sum, flag) => sum + flag, 0)], ...counts]),
      };
    },
  };
}

interface NamedReferee {
  readonly id: string;
  readonly fitted: FittedReferee;
}

async function warm(
  bundle: Bundle,
  warmUp: StreamPart,
  pValue: number,
  seed: number,
  { signal, onProgress }: StageOptions,
) {
  const detector = await Detector.open(bundle, pValue);
  try {
    const extractor = extractorOf(bundle);
    const { width } = extractor;
    const sample = openMatrixSample(width, MOST_TRAINING_ROWS, seededRandom(seed).fork("referees"));
    const matrix = new Float32Array(BATCH_ROWS * width);
    let done = 0;
    for (const { batch } of streamOf(warmUp).batches(BATCH_ROWS)) {
      signal?.throwIfAborted();
      await detector.score(batch);
      extractor.fill(matrix, batch);
      sample.add(matrix, batch.rows);
      onProgress?.({ stage: "warm up", rows: (done += batch.rows), total: warmUp.row.length });
    }
    const learned = sample.matrix();
    const referees: NamedReferee[] = matrixReferees().map((referee) => ({
      id: referee.id,
      fitted: referee.fit(learned, width, seededRandom(seed)),
    }));
    return { memory: detector.saveMemory(), referees };
  } finally {
    await detector.close();
  }
}

interface Run {
  readonly bundle: Bundle;
  readonly referees: readonly NamedReferee[];
  /** The end of the warm-up, for the counting referee. */
  readonly recent: StreamPart;
  readonly pValue: number;
}

/** What a named detector said of a flagged row. */
interface NamedRow {
  readonly detector: string;
  readonly hosts: readonly string[];
}

interface StreamScores {
  readonly flagged: Uint8Array;
  readonly named: readonly NamedRow[];
  readonly scores: readonly Float64Array[];
}

/**
 * Scores a stream from the end of the warm-up on.
 *
 * @param truth only rows of this truth are reported
 * @returns the product's flags, who is named in them, and the scores of each referee, the counting one last
 */
async function scoreStream(
  { bundle, referees, recent, pValue }: Run,
  part: StreamPart,
  truth: number,
  { signal }: StageOptions,
): Promise<StreamScores> {
  const rows = part.truth.reduce((sum, one) => sum + (one === truth ? 1 : 0), 0);
  const flagged = new Uint8Array(rows);
  const named: NamedRow[] = [];
  const scores = Array.from({ length: referees.length + 1 }, () => new Float64Array(rows));
  const extractor = extractorOf(bundle);
  const { width } = extractor;
  const matrix = new Float32Array(BATCH_ROWS * width);
  const chosen = new Float32Array(BATCH_ROWS * width);
  const counts = new Float64Array(BATCH_ROWS);
  const counting = openCountingReferee();
  for (const { batch } of streamOf(recent).batches(BATCH_ROWS)) counting.score(batch, counts);
  const detector = await Detector.open(bundle, pValue);
  try {
    let done = 0;
    for (const { batch, truth: truths } of streamOf(part).batches(BATCH_ROWS)) {
      signal?.throwIfAborted();
      const scored = await detector.score(batch);
      extractor.fill(matrix, batch);
      counting.score(batch, counts);
      let count = 0;
      for (let row = 0; row < batch.rows; row++) {
        if (truths[row] !== truth) continue;
        flagged[done + count] = scored.flagged[row]!;
        if (scored.flagged[row] === 1) named.push(...namesOf(scored.alert(row)));
        scores.at(-1)![done + count] = counts[row]!;
        chosen.set(matrix.subarray(row * width, (row + 1) * width), count * width);
        count++;
      }
      referees.forEach(({ fitted }, index) =>
        fitted.score(chosen, scores[index]!.subarray(done, done + count)),
      );
      done += count;
    }
  } finally {
    await detector.close();
  }
  return { flagged, named, scores };
}

function namesOf({ detections, originator, responder }: Alert): NamedRow[] {
  return detections.map(({ detector }) => ({ detector, hosts: [originator, responder] }));
}

function extractorOf({ manifest: { preset, without }, baseline, memory }: Bundle): Extractor {
  return openExtractor(preset, decodeBaseline(baseline), decodeMemory(memory).extractor, { without });
}

/** The smallest score that no more than so many rows exceed. */
function cutAbove(scores: Float64Array, flagged: number): number {
  const sorted = scores.toSorted();
  return sorted[Math.max(0, sorted.length - 1 - flagged)]!;
}

/** The first row that was written at this time or later. */
function firstSince({ clock }: StreamPart, time: number): number {
  let low = 0;
  let high = clock.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (clock[middle]! < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
