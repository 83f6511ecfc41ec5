import { availableParallelism } from "node:os";
import { assert, ExpectedError } from "../base/errors.ts";
import { formatCount } from "../base/units.ts";
import type { Alert, Detection } from "../detect/alert.ts";
import { scoreAt } from "../detect/calibration.ts";
import { Explainer } from "../detect/reason-explainer.ts";
import type { NormalExamples } from "../detect/reason-neighbours.ts";
import type { Evidence } from "../detect/detectors/detector.ts";
import { sentenceOf } from "../detect/detectors/parties.ts";
import type { KnownTraffic } from "../detect/detectors/known-pairs.ts";
import {
  Judge,
  openJudge,
  plainJudge,
  type JudgeCalibration,
  type JudgeMemory,
  type RowJudge,
  type RowScores,
  type Verdict,
} from "../detect/judge.ts";
import { SensorWatch, type SensorFinding, type SensorState } from "../detect/sensor.ts";
import { Reasons, type Reason } from "../detect/reason.ts";
import { decodeBaseline, openExtractor, type Extractor } from "../features/index.ts";
import { behaviorKey } from "../features/behavior/index.ts";
import type { Bundle } from "../model/bundle.ts";
import type { Manifest } from "../model/manifest.ts";
import { FitMonitor, type TrafficFit } from "../model/traffic-fit.ts";
import { formatAddress, type Batch } from "../zeek/index.ts";
import { MatrixVoters, type SharedMatrix } from "./matrix-voters.ts";
import { decodeMemory, encodeMemory, encodeMemoryAside, hearsHosts } from "./memory.ts";
import { oneAhead } from "./one-ahead.ts";
import { VotersThread } from "./voters-thread.ts";

/** Connections with what the model makes of them, one entry a row. Whoever receives a batch owns it. */
export interface ScoredBatch {
  readonly batch: Batch;
  readonly score: Float64Array;
  readonly pValue: Float64Array;
  /** 1 where the p-value is at or below the one asked for, unless trouble with the sensor explains the row. */
  readonly flagged: Uint8Array;
  /** 1 where trouble with the sensor explains a p-value at or below the one asked for. */
  readonly folded: Uint8Array;
  /** What carries the score of a row, strongest first; none where the row was not to be explained. */
  readonly reasons: (row: number) => readonly Reason[];
  /** The row as an alert that can outlive its batch; computed when asked for. */
  readonly alert: (row: number) => Alert;
}

export interface ScoringOptions {
  /** Reasons are found for flagged rows, or for all where that is asked for; other rows have none. */
  readonly explain?: "flagged" | "all" | undefined;
  /** Is given the feature matrix of the batch, row-major, and its flags, to be looked at before it returns. */
  readonly onValues?: ((values: Float32Array, flagged: Uint8Array) => void) | undefined;
}

/** A batch whose features are there, and of which the voters are being heard. */
export interface BegunBatch {
  readonly batch: Batch;
  readonly values: SharedMatrix;
  readonly heard: Promise<RowScores>;
}

/** What a detector keeps of the model's memory. */
interface DetectorMemory {
  readonly known: KnownTraffic;
  readonly examples: NormalExamples;
  readonly judge: JudgeMemory | undefined;
}

/** A model at work: batches in the stream's order go in, scored batches come out. Whoever opens it closes it. */
export class Detector {
  readonly extractor: Extractor;
  readonly #voters: MatrixVoters;
  /** Opens a thread for the voters. */
  readonly #openThread: () => VotersThread;
  #thread: VotersThread | undefined;
  readonly #judge: RowJudge;
  readonly #fit: FitMonitor;
  readonly #pValue: number;
  readonly #memory: DetectorMemory;
  readonly #calibration: JudgeCalibration;
  readonly #reasons: Reasons;
  readonly #sensor: SensorWatch;
  /** Memory for matrices that nobody needs any more. */
  readonly #spare: SharedMatrix[] = [];
  /** Rows whose features were computed, and batches of them that are not judged yet. */
  #begunRows = 0;
  #unfinished = 0;

  private constructor(parts: {
    readonly extractor: Extractor;
    readonly voters: MatrixVoters;
    readonly openThread: () => VotersThread;
    readonly judge: RowJudge;
    readonly fit: FitMonitor;
    readonly pValue: number;
    readonly memory: DetectorMemory;
    readonly manifest: Manifest;
  }) {
    this.extractor = parts.extractor;
    this.#voters = parts.voters;
    this.#openThread = parts.openThread;
    this.#judge = parts.judge;
    this.#fit = parts.fit;
    this.#pValue = parts.pValue;
    this.#memory = parts.memory;
    this.#calibration = parts.manifest.calibration;
    this.#reasons = new Reasons(parts.extractor.columns, {
      families: parts.extractor.families,
      ranges: parts.manifest.features,
      rarities: parts.manifest.rarities,
    });
    this.#sensor = new SensorWatch(parts.manifest.norms.capture);
  }

  /**
   * Opens a model as it was when its training ended. Throws `model-damaged` where its parts do not belong together.
   *
   * @param pValue rows that normal traffic equals at most this often are flagged
   */
  static async open(bundle: Bundle, pValue: number): Promise<Detector> {
    const { manifest } = bundle;
    const { preset, without, calibration } = manifest;
    const baseline = decodeBaseline(bundle.baseline);
    const memory = decodeMemory(bundle.memory);
    const extractor = openExtractor(preset, baseline, memory.extractor, { without });
    if (hearsHosts(preset) !== (memory.judge !== undefined)) {
      throw new ExpectedError(
        "model-damaged",
        `the model's memory ${memory.judge === undefined ? "lacks" : "has"} the judge's part, and preset ${preset} ${memory.judge === undefined ? "needs it" : "has none"}`,
      );
    }
    const judgeMemory = hearsHosts(preset)
      ? openJudge(baseline.get(behaviorKey), memory.known, memory.judge)
      : undefined;
    memory.release();
    const judge =
      judgeMemory === undefined ? plainJudge(calibration) : new Judge(calibration, judgeMemory, pValue);
    const ids = manifest.features.map(({ id }) => id);
    if (extractor.columns.map(({ id }) => id).join() !== ids.join()) {
      throw new ExpectedError(
        "model-version",
        `the model's ${ids.length} features are not the ${extractor.width} that this version of strayflow computes`,
      );
    }
    const { network } = bundle;
    const features = judgeMemory && manifest.features;
    const voters = await MatrixVoters.open(network, features);
    if (voters.width !== extractor.width) {
      await voters.close();
      throw new ExpectedError(
        "model-damaged",
        `network.onnx takes ${voters.width} features, the manifest lists ${ids.length}`,
      );
    }
    const openThread = () => new VotersThread({ network, features });
    const remembered = { known: memory.known, examples: memory.examples, judge: judgeMemory };
    const fit = new FitMonitor(manifest);
    return new Detector({
      extractor,
      voters,
      openThread,
      judge,
      fit,
      pValue,
      memory: remembered,
      manifest,
    });
  }

  /** Scores the next batch of the stream. */
  score(batch: Batch, options: ScoringOptions = {}): Promise<ScoredBatch> {
    return this.finish(this.#begin(batch), options);
  }

  /**
   * Scores a stream: the same as one `score` after the other, but that the features of a batch are computed while the
   * voters hear the batch before, on a thread of their own once the stream has shown to be long. `saveMemory` has to wait
   * until the stream has ended.
   */
  scoreAll(
    batches: AsyncIterable<Batch>,
    options: ScoringOptions = {},
  ): AsyncGenerator<ScoredBatch, void, undefined> {
    return oneAhead(
      batches,
      (batch) => this.begin(batch),
      (begun) => this.finish(begun, options),
    );
  }

  /**
   * Begins to score the next batch of a stream that may be long: computes its features, and has the voters hear it while the
   * caller finishes the batch before. Every batch is to be finished, in the same order.
   */
  begin(batch: Batch): BegunBatch {
    if (this.#begunRows >= WORTH_A_THREAD && availableParallelism() > 1) this.#thread ??= this.#openThread();
    return this.#begin(batch);
  }

  #begin(batch: Batch): BegunBatch {
    const values = this.#room(batch.rows);
    this.extractor.fill(values, batch);
    this.#begunRows += batch.rows;
    this.#unfinished++;
    const voters = this.#thread?.isOpen === true ? this.#thread : this.#voters;
    const heard = voters.hear(values, batch.rows);
    // Whoever leaves early does not wait for it.
    heard.catch(() => {});
    return { batch, values, heard };
  }

  /** Scores a batch that was begun. */
  async finish(
    { batch, values, heard }: BegunBatch,
    { explain = "flagged", onValues }: ScoringOptions = {},
  ): Promise<ScoredBatch> {
    const { extractor } = this;
    const verdict = this.#judge.judge(batch, await heard);
    this.#fit.add(batch, values);
    const { score, pValue } = verdict;
    const flagged = new Uint8Array(batch.rows);
    for (let row = 0; row < batch.rows; row++) if (pValue[row]! <= this.#pValue) flagged[row] = 1;
    const rare = flagged.slice();
    // What a named detector says stays, whatever the sensor does.
    this.#sensor.add(batch, flagged, new Set(verdict.evidence.map(({ row }) => row)));
    const folded = rare.map((one, row) => one - flagged[row]!);
    const explained = await this.#explain(values, explain === "all" ? flagged.map(() => 1) : flagged);
    onValues?.(values, flagged);
    this.#spare.push(values);
    this.#unfinished--;
    const reasons = (row: number): readonly Reason[] => {
      const at = explained.place.get(row);
      return at === undefined ? [] : this.#reasons.of(at, explained);
    };
    const { width } = extractor;
    const valuesOf = (row: number) => {
      const at = explained.place.get(row);
      return at === undefined ? undefined : explained.values.slice(at * width, (at + 1) * width);
    };
    const said = Map.groupBy(verdict.evidence, ({ row }) => row);
    // A named detector's sentence comes first: it says what happened, the features only how it differs.
    const allReasons = (row: number): readonly Reason[] => [
      ...(said.get(row) ?? []).map((evidence) => this.#reasonOf(evidence, batch)),
      ...reasons(row),
    ];
    const alert = (row: number) => ({
      ...this.#alert(batch, row, verdict, { reasons: reasons(row), said: said.get(row) ?? [] }),
      values: valuesOf(row),
    });
    return { batch, score, pValue, flagged, folded, reasons: allReasons, alert };
  }

  /** Values, expectations and errors of the chosen rows, one after another, and where each row stands among them. */
  async #explain(values: Float32Array, chosen: Uint8Array) {
    const { width } = this.extractor;
    const place = new Map<number, number>();
    chosen.forEach((one, row) => one === 1 && place.set(row, place.size));
    const gathered = new Float32Array(place.size * width);
    for (const [row, at] of place) gathered.set(values.subarray(row * width, (row + 1) * width), at * width);
    const { reconstruction, errors } = await this.#voters.explain(gathered, place.size);
    return { place, values: gathered, usual: reconstruction, errors };
  }

  /** Memory for the matrix of a batch. */
  #room(rows: number): SharedMatrix {
    const length = rows * this.extractor.width;
    const spare = this.#spare.pop();
    if (spare !== undefined && spare.length >= length) return spare;
    return new Float32Array(new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT));
  }

  /** Times and files in which the sensor did not see what it usually sees, of what was scored so far. */
  sensor(): SensorFinding[] {
    return this.#sensor.findings();
  }

  /** Whether the model may judge what it has scored so far. */
  fit(): TrafficFit {
    return this.#fit.verdict();
  }

  /**
   * Opens what explains single rows by what it takes to make them normal: slow, for those that somebody will read. A row's
   * score is that of the voter that is furthest above its own threshold, as a share of it.
   */
  openExplainer(): Promise<Explainer> {
    const network = scoreAt(this.#calibration.network, this.#pValue);
    const distance = this.#calibration.distance && scoreAt(this.#calibration.distance, this.#pValue);
    return Explainer.open({
      words: this.#reasons.words,
      families: this.extractor.families,
      examples: this.#memory.examples,
      threshold: 1,
      score: async (matrix, rows) => {
        const heard = await this.#voters.hear(matrix, rows);
        const scores = heard.network.map((score) => score / network);
        if (distance === undefined) return scores;
        const far = heard.distance;
        return scores.map((score, row) => Math.max(score, far[row]! / distance));
      },
    });
  }

  /** What the p-value promises beyond what the model counted; sentences without a full stop. */
  doubts(): string[] {
    return this.#judge.doubts(this.#pValue);
  }

  /** The family that computes a feature: alerts whose reasons are of one family belong together. */
  familyOf(feature: string): string | undefined {
    const column = this.extractor.columns.findIndex(({ id }) => id === feature);
    return this.extractor.families.find(({ at, width }) => column >= at && column < at + width)?.id;
  }

  /** What the watch over the sensor remembers, which no bundle has; to be serialized before the next batch comes. */
  saveSensor(): SensorState {
    return this.#sensor.save();
  }

  /** Takes over what `saveSensor` gave; before the first batch. */
  loadSensor(state: SensorState): void {
    this.#sensor.load(state);
  }

  /** What a bundle has to remember in order to go on from here. */
  saveMemory(): Uint8Array {
    assert(this.#unfinished === 0, "features are ahead of the judge: let the stream end first");
    return encodeMemory({ ...this.#memory, extractor: this.extractor.saveState() });
  }

  /** The same, taken down before it returns and encoded on other threads while the stream goes on. */
  saveMemoryAside(): Promise<Uint8Array> {
    assert(this.#unfinished === 0, "features are ahead of the judge: let the stream end first");
    return encodeMemoryAside({ ...this.#memory, extractor: this.extractor.saveState() });
  }

  async close(): Promise<void> {
    await this.#thread?.close();
    await this.#voters.close();
  }

  /** What a named detector says, in the form of a feature's reason: its statistic in nats, where 0 is usual. */
  #reasonOf(evidence: Evidence, batch: Batch): Reason {
    const { detector, statistic } = evidence;
    return { feature: detector, value: statistic, usual: 0, share: 1, text: sentenceOf(evidence, batch) };
  }

  #alert(
    batch: Batch,
    row: number,
    verdict: Verdict,
    { reasons, said }: { readonly reasons: readonly Reason[]; readonly said: readonly Evidence[] },
  ): Alert {
    const { ts, duration, proto, service, conn_state, uid, text } = batch;
    return {
      end: ts[row]! + (duration[row]! > 0 ? duration[row]! : 0),
      ts: ts[row]!,
      uid: Buffer.from(text.subarray(uid.start[row], uid.end[row])).toString("utf8"),
      originator: formatAddress(batch.orig_h, row),
      responder: formatAddress(batch.resp_h, row),
      responderPort: batch.resp_p[row]!,
      proto: proto.values[proto.codes[row]!]!,
      service: service.values[service.codes[row]!]!,
      state: conn_state.values[conn_state.codes[row]!]!,
      sentBytes: batch.orig_bytes[row]!,
      receivedBytes: batch.resp_bytes[row]!,
      score: verdict.score[row]!,
      pValue: verdict.pValue[row]!,
      reasons,
      detections: said
        .map((evidence): Detection => ({
          detector: evidence.detector,
          pValue: this.#judge.detectorPValue(evidence),
          sentence: sentenceOf(evidence, batch),
        }))
        .sort((a, b) => a.pValue - b.pValue),
      caveats: this.#memory.judge === undefined ? [] : caveatsOf(verdict.history[row]!),
    };
  }
}

/** At most ten connections of a host in ten minutes count as its history, so this is not how many it made. */
function caveatsOf(history: number): string[] {
  if (history >= littleHistory) return [];
  if (history === 0) return ["this host has no history yet"];
  return [
    `this host has only ${formatCount(history)} ${history === 1 ? "connection" : "connections"} of history that count`,
  ];
}

/** With fewer connections of history, a host's alerts say so. */
const littleHistory = 50;

/** Connections after which a thread has saved more time than it takes to start. */
const WORTH_A_THREAD = 16_384;
