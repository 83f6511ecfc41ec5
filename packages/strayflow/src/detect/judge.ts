import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import type { HashKey } from "../features/behavior/fingerprint.ts";
import type { Batch } from "../zeek/index.ts";
import { learnCalibration, pValueOf, scoreAt, type Calibration } from "./calibration.ts";
import { openDetectors, type DetectorBank } from "./detectors/open-detectors.ts";
import type { Evidence } from "./detectors/detector.ts";
import type { KnownTraffic } from "./detectors/known-pairs.ts";
import { HostCalibration } from "./host-calibration.ts";

/** What normal traffic gives on every scale that the judge uses. Plain data, as it stands in the manifest. */
export interface JudgeCalibration {
  /** Scores of the network. */
  readonly network: Calibration;
  /** Statistics of the named detectors, by id. */
  readonly detectors: Readonly<Record<string, Calibration>>;
  /** One over the smallest p-value of a row, over all of its voters; absent where the network alone votes. */
  readonly combined?: Calibration | undefined;
}

/** What the judge makes of one batch, one entry a row. */
export interface Verdict {
  /** The network's score where it alone votes; else -log10 of the smallest p-value of any voter: one in 10^score. */
  readonly score: Float64Array;
  /** How often normal traffic gets a score this high from any voter. */
  readonly pValue: Float64Array;
  /** p-value of the network's score for the row's host. */
  readonly rowPValue: Float64Array;
  /** Connections of history that the originator had, up to 65,535. */
  readonly history: Uint16Array;
  /** What the named detectors have to say of rows that they find as rare as was asked. */
  readonly evidence: readonly Evidence[];
}

/** Scores rows and gives their p-values. */
export interface RowJudge {
  /** Judges one batch and remembers it. Batches come in the stream's order. */
  judge(batch: Batch, networkScore: Float32Array): Verdict;
  /** p-value that a detector's statistic has by itself. */
  detectorPValue(evidence: Evidence): number;
}

/** The network alone, judged by the network as a whole: what presets without memory of hosts get. */
export function plainJudge(calibration: JudgeCalibration): RowJudge {
  return {
    judge(_batch, networkScore) {
      const score = Float64Array.from(networkScore);
      const pValue = score.map((value) => pValueOf(calibration.network, value));
      return { score, pValue, rowPValue: pValue, history: new Uint16Array(score.length), evidence: [] };
    },
    detectorPValue: () => 1,
  };
}

/**
 * Hears the network and the named detectors on every row and gives one p-value. The network's score is judged by the
 * history of the row's host (`HostCalibration`); the detectors state absolute amounts and are judged by the network as a
 * whole. The smallest p-value counts, and is calibrated once more, so that several voters raise no more alarms than one.
 */
export class Judge implements RowJudge {
  readonly #calibration: JudgeCalibration;
  readonly #combined: Calibration;
  readonly #hosts: HostCalibration;
  readonly #bank: DetectorBank;
  readonly #thresholds: Float64Array;

  /** @param leastPValue rows that a detector finds rarer than this get evidence */
  constructor(calibration: JudgeCalibration, memory: JudgeMemory, leastPValue: number) {
    assert(calibration.combined !== undefined, "several voters need a calibration of their own");
    this.#calibration = calibration;
    this.#combined = calibration.combined;
    this.#hosts = memory.hosts;
    this.#bank = memory.bank;
    this.#thresholds = Float64Array.from(memory.bank.detectors, ({ id }) => {
      const known = calibration.detectors[id];
      return known === undefined ? Infinity : Math.max(Number.MIN_VALUE, scoreAt(known, leastPValue));
    });
  }

  judge(batch: Batch, networkScore: Float32Array): Verdict {
    const { rows } = batch;
    const { detectors, width } = this.#bank;
    const rowPValue = Float64Array.from(networkScore, (score) => pValueOf(this.#calibration.network, score));
    const history = new Uint16Array(rows);
    this.#hosts.specialise(batch, rowPValue, history);
    const statistics = new Float32Array(rows * width);
    const evidence = this.#bank.fill(statistics, batch, this.#thresholds);
    const least = leastOf(rowPValue, statistics, detectors.map(({ id }) => this.#calibration.detectors[id]));
    return {
      score: least.map((p) => -Math.log10(p)),
      pValue: least.map((p) => pValueOf(this.#combined, 1 / p)),
      rowPValue,
      history,
      evidence,
    };
  }

  detectorPValue({ detector, statistic }: Evidence): number {
    const known = this.#calibration.detectors[detector];
    return known === undefined ? 1 : pValueOf(known, statistic);
  }
}

/** Everything that a judge remembers of the traffic. */
export interface JudgeMemory {
  readonly hosts: HostCalibration;
  readonly bank: DetectorBank;
}

/** Opens an empty memory, or the one that `saveJudge` wrote. */
export function openJudge(key: HashKey, known: KnownTraffic, saved?: Uint8Array): JudgeMemory {
  if (saved === undefined) return { hosts: new HostCalibration(key), bank: openDetectors(key, known) };
  const input = new ByteReader(saved, "the judge's memory");
  const hosts = new HostCalibration(key);
  hosts.read(input);
  const bank = openDetectors(key, known, input.bytes());
  input.end();
  return { hosts, bank };
}

export function saveJudge({ hosts, bank }: JudgeMemory): Uint8Array {
  const out = new ByteWriter();
  hosts.write(out);
  out.bytes(bank.save());
  return out.finish();
}

/**
 * Learns the calibration from rows that the network was not trained on, in the stream's order. The detectors' statistics
 * were taken when the stream went by; the hosts' histories are built here, and stay in `memory`.
 */
export class JudgeLearner {
  readonly #network: Calibration;
  readonly #detectors: Readonly<Record<string, Calibration>>;
  readonly #memory: JudgeMemory;
  readonly #inverse: number[] = [];

  constructor(networkScores: Float32Array, statistics: { readonly [id: string]: Float32Array }, memory: JudgeMemory) {
    this.#network = learnCalibration(networkScores);
    this.#detectors = Object.fromEntries(
      Object.entries(statistics).map(([id, values]) => [id, learnCalibration(values)]),
    );
    this.#memory = memory;
  }

  /**
   * Takes held-back rows. Rows with `count[row] === 0` only add to their hosts' histories; rows with `hear[row] === 0` are
   * passed over.
   */
  add(batch: Batch, rows: { readonly score: Float32Array; readonly statistics: Float32Array; readonly hear: Uint8Array; readonly count: Uint8Array }): void {
    const rowPValue = Float64Array.from(rows.score, (score) => pValueOf(this.#network, score));
    this.#memory.hosts.specialise(batch, rowPValue, new Uint16Array(batch.rows), rows.hear);
    const { detectors } = this.#memory.bank;
    const least = leastOf(rowPValue, rows.statistics, detectors.map(({ id }) => this.#detectors[id]));
    for (let row = 0; row < batch.rows; row++) if (rows.count[row] === 1) this.#inverse.push(1 / least[row]!);
  }

  finish(): JudgeCalibration {
    return {
      network: this.#network,
      detectors: this.#detectors,
      combined: learnCalibration(Float64Array.from(this.#inverse)),
    };
  }
}

/** The smallest p-value of each row; a detector that has nothing to say (0) has no vote. */
function leastOf(rowPValue: Float64Array, statistics: Float32Array, calibrations: readonly (Calibration | undefined)[]): Float64Array {
  const width = calibrations.length;
  const least = Float64Array.from(rowPValue);
  for (let column = 0; column < width; column++) {
    const calibration = calibrations[column];
    if (calibration === undefined) continue;
    for (let row = 0; row < least.length; row++) {
      const statistic = statistics[row * width + column]!;
      if (statistic <= 0) continue;
      const p = pValueOf(calibration, statistic);
      if (p < least[row]!) least[row] = p;
    }
  }
  return least;
}
