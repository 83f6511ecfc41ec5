import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import { formatOneIn } from "../base/units.ts";
import type { HashKey } from "../features/behavior/fingerprint.ts";
import type { Batch } from "../zeek/index.ts";
import { learnCalibration, pValueOf, scoreAt, type Calibration } from "./calibration.ts";
import { beyondCalibration, cautiousPValue, driftOf } from "./caution.ts";
import { openDetectors, type DetectorBank } from "./detectors/open-detectors.ts";
import type { Evidence } from "./detectors/detector.ts";
import type { KnownTraffic } from "./detectors/known-pairs.ts";
import { HostCalibration } from "./host-calibration.ts";
import { RollingShares } from "./rolling-shares.ts";

/** What normal traffic gives on every scale that the judge uses. Plain data, as it stands in the manifest. */
export interface JudgeCalibration {
  /** Scores of the network. */
  readonly network: Calibration;
  /** Distances of the raw features from their middle; absent where the network alone votes, as are the next two. */
  readonly distance?: Calibration | undefined;
  /** Statistics of the named detectors, by id. */
  readonly detectors: Readonly<Record<string, Calibration>>;
  /** One over the smallest p-value of a row, over all of its voters. */
  readonly combined?: Calibration | undefined;
  /** How many times more rows than promised one half of the held-back rows flags when the other half calibrates; at least 1. */
  readonly drift?: number | undefined;
}

/** What the network and the features say of the rows of one batch. */
export interface RowScores {
  /** Scores of the network. */
  readonly network: Float32Array;
  /** See `Distance`. */
  readonly distance: Float32Array;
}

/** What the judge makes of one batch, one entry a row. */
export interface Verdict {
  /** The network's score where it alone votes; else -log10 of the smallest p-value of any voter: one in 10^score. */
  readonly score: Float64Array;
  /** How often normal traffic gets a score this high from any voter. */
  readonly pValue: Float64Array;
  /** Connections that the history of the originator held, or `NOT_BY_HISTORY`. */
  readonly history: Uint16Array;
  /** What the named detectors have to say of rows that they find as rare as was asked. */
  readonly evidence: readonly Evidence[];
}

/** Scores rows and gives their p-values. */
export interface RowJudge {
  /** Judges one batch and remembers it. Batches come in the stream's order. */
  judge(batch: Batch, scores: RowScores): Verdict;
  /** p-value that a detector's statistic has by itself. */
  detectorPValue(evidence: Evidence): number;
  /** What a p-value that is asked for promises beyond what was counted, as sentences without a full stop. */
  doubts(pValue: number): string[];
}

/** The network alone, judged by the network as a whole: what presets without memory of hosts get. */
export function plainJudge(calibration: JudgeCalibration): RowJudge {
  return {
    judge(_batch, { network }) {
      const score = Float64Array.from(network);
      const pValue = score.map((value) => pValueOf(calibration.network, value));
      return { score, pValue, history: new Uint16Array(score.length), evidence: [] };
    },
    detectorPValue: () => 1,
    doubts: (pValue) => beyondCalibration(calibration.network, pValue),
  };
}

/**
 * Hears three kinds of voters on every row and gives one p-value:
 *
 * - the network, and beside it the plain distance from the middle of the training rows, which poisoned training rows can
 *   hardly move. Both are judged by the history of the row's host (`HostCalibration`). The distance is heard on hosts that
 *   training knew, since on others it finds everything far, and has half the say of the network;
 * - the named detectors, which state absolute amounts, are judged by the network as a whole, and are held to a part of the
 *   rate that their p-values promise (`RollingShares`).
 *
 * The smallest p-value counts, and is calibrated once more, so that several voters raise no more alarms than one.
 */
export class Judge implements RowJudge {
  readonly #calibration: JudgeCalibration;
  readonly #combined: Calibration;
  readonly #drift: number;
  readonly #memory: JudgeMemory;
  readonly #thresholds: Float64Array;

  /** @param leastPValue rows that a detector finds rarer than this get evidence */
  constructor(calibration: JudgeCalibration, memory: JudgeMemory, leastPValue: number) {
    assert(calibration.combined !== undefined, "several voters need a calibration of their own");
    this.#calibration = calibration;
    this.#combined = calibration.combined;
    this.#drift = calibration.drift ?? 1;
    this.#memory = memory;
    this.#thresholds = Float64Array.from(memory.bank.detectors, ({ id }) => {
      const known = calibration.detectors[id];
      const nats = -Math.log(leastPValue);
      return known === undefined ? Infinity : Math.max(nats, scoreAt(known, leastPValue));
    });
  }

  judge(batch: Batch, scores: RowScores): Verdict {
    const { bank } = this.#memory;
    const statistics = new Float32Array(batch.rows * bank.width);
    const evidence = bank.fill(statistics, batch, this.#thresholds);
    const { least, history } = hear(batch, { ...scores, statistics }, this.#calibration, this.#memory);
    const score = new Float64Array(batch.rows);
    const pValue = new Float64Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) {
      score[row] = -Math.log10(least[row]!);
      pValue[row] = cautiousPValue(this.#combined, 1 / least[row]!, this.#drift);
    }
    return { score, pValue, history, evidence };
  }

  detectorPValue({ detector, statistic }: Evidence): number {
    const known = this.#calibration.detectors[detector];
    return known === undefined ? 1 : statisticPValue(known, statistic);
  }

  doubts(pValue: number): string[] {
    const rarest = cautiousPValue(this.#combined, 1 / this.#memory.shares.rarest(), this.#drift);
    const isHeard = rarest <= pValue;
    return [
      ...beyondCalibration(this.#combined, pValue),
      ...(isHeard
        ? []
        : [
            `at ${formatOneIn(pValue)} no named detector is heard yet: of the connections so far they can say no more than ${formatOneIn(rarest)}`,
          ]),
    ];
  }
}

/** The score from which rows are flagged at `pValue`, as `Verdict.score` counts: what `cautiousPValue` undoes. */
export function scoreThreshold({ network, combined, drift = 1 }: JudgeCalibration, pValue: number): number {
  if (combined === undefined) return scoreAt(network, pValue);
  const error = 1 / Math.sqrt(combined.count);
  const root = (Math.sqrt(error * error + 4 * drift * pValue) - error) / (2 * drift);
  return Math.log10(scoreAt(combined, root * root));
}

/** Everything that a judge remembers of the traffic. */
export interface JudgeMemory {
  /** Histories of hosts as the network scores them, and as their distances are. */
  readonly network: HostCalibration;
  readonly distance: HostCalibration;
  readonly bank: DetectorBank;
  /** How much each detector has said lately. */
  readonly shares: RollingShares;
}

/** Opens an empty memory, or the one that `saveJudge` wrote. */
export function openJudge(key: HashKey, known: KnownTraffic, saved?: Uint8Array): JudgeMemory {
  const network = new HostCalibration(key);
  const distance = new HostCalibration(key, { onlyNatives: true });
  const input = saved === undefined ? undefined : new ByteReader(saved, "the judge's memory");
  if (input) network.read(input);
  if (input) distance.read(input);
  const bank = openDetectors(key, known, input?.view());
  const shares = new RollingShares(bank.width);
  if (input) shares.read(input);
  input?.end();
  return { network, distance, bank, shares };
}

/**
 * The same detectors, without what the voters' calibration made of the traffic.
 *
 * @param rowsBefore rows that were learned from, and so hold nothing that a detector could speak of
 */
export function withoutHistory({ bank }: JudgeMemory, key: HashKey, rowsBefore = 0): JudgeMemory {
  return {
    network: new HostCalibration(key),
    distance: new HostCalibration(key, { onlyNatives: true }),
    bank,
    shares: new RollingShares(bank.width, rowsBefore),
  };
}

export function saveJudge({ network, distance, bank, shares }: JudgeMemory): Uint8Array {
  const out = new ByteWriter();
  network.write(out);
  distance.write(out);
  out.bytes(bank.save());
  shares.write(out);
  return out.finish();
}

/** What all voters say of the rows of one batch; `statistics` is as wide as there are detectors. */
interface Voices extends RowScores {
  readonly statistics: Float32Array;
}

/**
 * Learns the calibration from rows that the network was not trained on, in the stream's order. The detectors' statistics
 * were taken when the stream went by; the hosts' histories are built here, and stay in `memory`.
 */
export class JudgeLearner {
  readonly #calibration: Omit<JudgeCalibration, "combined">;
  readonly #memory: JudgeMemory;
  readonly #inverse: number[] = [];

  /** @param heldBack what the voters say of all rows that count */
  constructor(
    heldBack: RowScores & { readonly statistics: Readonly<Record<string, Float32Array>> },
    memory: JudgeMemory,
  ) {
    this.#calibration = {
      network: learnCalibration(heldBack.network),
      distance: learnCalibration(heldBack.distance),
      detectors: Object.fromEntries(
        Object.entries(heldBack.statistics).map(([id, values]) => [id, learnCalibration(values)]),
      ),
    };
    this.#memory = memory;
  }

  /**
   * Takes held-back rows. Rows with `count[row] === 0` only add to the histories; rows with `include[row] === 0` are passed
   * over.
   */
  add(batch: Batch, voices: Voices, include: Uint8Array, count: Uint8Array): void {
    const { least } = hear(batch, voices, this.#calibration, this.#memory, include);
    for (let row = 0; row < batch.rows; row++) if (count[row] === 1) this.#inverse.push(1 / least[row]!);
  }

  /** p-values of the rows that counted, in order, by what `finish` gave. */
  pValues({ combined, drift = 1 }: JudgeCalibration): Float64Array {
    assert(combined !== undefined, "several voters need a calibration of their own");
    return Float64Array.from(this.#inverse, (inverse) => cautiousPValue(combined, inverse, drift));
  }

  /** Ends the learning: hosts that are not known by now are strangers. */
  finish(): JudgeCalibration {
    this.#memory.network.settle();
    this.#memory.distance.settle();
    const inverse = Float64Array.from(this.#inverse);
    return { ...this.#calibration, combined: learnCalibration(inverse), drift: driftOf(inverse) };
  }
}

/** The smallest p-value of each row over all voters, each corrected by what it remembers. */
function hear(
  batch: Batch,
  { network, distance, statistics }: Voices,
  calibration: Omit<JudgeCalibration, "combined">,
  memory: JudgeMemory,
  include?: Uint8Array,
): { readonly least: Float64Array; readonly history: Uint16Array } {
  assert(calibration.distance !== undefined, "the distance needs a calibration");
  const { network: scores, distance: distances } = calibration;
  const { rows } = batch;
  const history = new Uint16Array(rows);
  const { detectors, width } = memory.bank;
  const known = detectors.map(({ id }) => calibration.detectors[id]);
  const named = namedRows(statistics, rows, known);
  const least = pValuesOf(scores, network, 1);
  memory.network.specialise(batch, least, history, { include, named });
  const second = pValuesOf(distances, distance, DISTANCE_DOUBT);
  memory.distance.specialise(batch, second, history, { include, named });
  for (let row = 0; row < rows; row++) if (second[row]! < least[row]!) least[row] = second[row]!;

  const said = new Float64Array(width);
  for (let row = 0; row < rows; row++) {
    if (include !== undefined && include[row] === 0) continue;
    for (let column = 0; column < width; column++) {
      const statistic = statistics[row * width + column]!;
      const levels = statistic > leastStatistic ? known[column] : undefined;
      said[column] = levels === undefined ? 1 : statisticPValue(levels, statistic);
    }
    memory.shares.correct(said, least[row]!, least[row]! > RARE);
    for (let column = 0; column < width; column++)
      if (said[column]! < least[row]!) least[row] = said[column]!;
  }
  return { least, history };
}

/** 1 for rows that a detector by itself finds at most as common as `NAMED`. */
function namedRows(
  statistics: Float32Array,
  rows: number,
  known: readonly (Calibration | undefined)[],
): Uint8Array {
  const width = known.length;
  const named = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const statistic = statistics[row * width + column]!;
      const levels = statistic > leastNamed ? known[column] : undefined;
      if (levels !== undefined && pValueOf(levels, statistic) <= NAMED) named[row] = 1;
    }
  }
  return named;
}

/** p-values, so many `times` as large. A loop, since `Float64Array.from` puts all of them on the heap first. */
function pValuesOf(calibration: Calibration, values: Float32Array, times: number): Float64Array {
  const pValues = new Float64Array(values.length);
  for (let row = 0; row < values.length; row++)
    pValues[row] = Math.min(1, times * pValueOf(calibration, values[row]!));
  return pValues;
}

/** The distance has learned nothing, so it has less say: its p-values are made so many times larger (a weighted Bonferroni). */
const DISTANCE_DOUBT = 2;

/** Rows that network or distance find rarer than this are not what a detector's share is taken of. */
const RARE = 0.02;

/** What a detector finds so rare is behaviour that has a name, and not merely new. */
const NAMED = 0.001;
/** The statistic of which that is true at the least, see `statisticPValue`. */
const leastNamed = -Math.log(NAMED);

/** Statistics up to this have a p-value above 0.1, and no part in any alarm. */
const leastStatistic = 2.3;

/**
 * p-value of a detector's statistic, which is in nats: what the calibration saw, but no less than e^-statistic. The rows of
 * one pair or host are far from independent, so that a calibration in which nothing happened knows little of what can.
 */
function statisticPValue(calibration: Calibration, statistic: number): number {
  return Math.max(pValueOf(calibration, statistic), Math.exp(-statistic));
}
