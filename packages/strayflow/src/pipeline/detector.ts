import { ExpectedError } from "../base/errors.ts";
import { Scorer } from "../autoencoder/index.ts";
import type { Alert, Detection } from "../detect/alert.ts";
import { scoreAt } from "../detect/calibration.ts";
import { Distance } from "../detect/distance.ts";
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
  type Verdict,
} from "../detect/judge.ts";
import { SensorWatch, type SensorFinding } from "../detect/sensor.ts";
import { Reasons, type Reason } from "../detect/reason.ts";
import { decodeBaseline, openExtractor, type Extractor } from "../features/index.ts";
import { behaviorKey } from "../features/behavior/index.ts";
import type { Bundle } from "../model/bundle.ts";
import type { Manifest } from "../model/manifest.ts";
import { FitMonitor, type TrafficFit } from "../model/traffic-fit.ts";
import { formatAddress, type Batch } from "../zeek/index.ts";
import { decodeMemory, encodeMemory, hearsHosts } from "./memory.ts";

/** Connections with what the model makes of them, one entry a row. Whoever receives a batch owns it. */
export interface ScoredBatch {
  readonly batch: Batch;
  readonly score: Float64Array;
  readonly pValue: Float64Array;
  /** 1 where the p-value is at or below the one asked for, unless trouble with the sensor explains the row. */
  readonly flagged: Uint8Array;
  /** What carries the score of a row, strongest first; none where the row was not to be explained. */
  readonly reasons: (row: number) => readonly Reason[];
  /** The row as an alert that can outlive its batch; computed when asked for. */
  readonly alert: (row: number) => Alert;
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
  readonly #scorer: Scorer;
  readonly #judge: RowJudge;
  readonly #fit: FitMonitor;
  readonly #pValue: number;
  readonly #memory: DetectorMemory;
  readonly #calibration: JudgeCalibration;
  readonly #reasons: Reasons;
  /** Absent where the network alone votes. */
  readonly #distance: Distance | undefined;
  readonly #sensor: SensorWatch;
  #values = new Float32Array(0);

  private constructor(parts: {
    readonly extractor: Extractor;
    readonly scorer: Scorer;
    readonly judge: RowJudge;
    readonly fit: FitMonitor;
    readonly pValue: number;
    readonly memory: DetectorMemory;
    readonly manifest: Manifest;
  }) {
    this.extractor = parts.extractor;
    this.#scorer = parts.scorer;
    this.#judge = parts.judge;
    this.#fit = parts.fit;
    this.#pValue = parts.pValue;
    this.#memory = parts.memory;
    this.#distance = parts.memory.judge && new Distance(parts.manifest.features);
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
    const judgeMemory = hearsHosts(preset)
      ? openJudge(baseline.get(behaviorKey), memory.known, memory.judge)
      : undefined;
    const judge =
      judgeMemory === undefined ? plainJudge(calibration) : new Judge(calibration, judgeMemory, pValue);
    const ids = manifest.features.map(({ id }) => id);
    if (extractor.columns.map(({ id }) => id).join() !== ids.join()) {
      throw new ExpectedError(
        "model-version",
        `the model's ${ids.length} features are not the ${extractor.width} that this version of strayflow computes`,
      );
    }
    const scorer = await Scorer.open(bundle.network, { file: "network.onnx" });
    if (scorer.width !== extractor.width) {
      await scorer.close();
      throw new ExpectedError(
        "model-damaged",
        `network.onnx takes ${scorer.width} features, the manifest lists ${ids.length}`,
      );
    }
    const remembered = { known: memory.known, examples: memory.examples, judge: judgeMemory };
    const fit = new FitMonitor(manifest);
    return new Detector({ extractor, scorer, judge, fit, pValue, memory: remembered, manifest });
  }

  /**
   * Scores the next batch of the stream. Reasons are found for flagged rows, or for all where that is asked for; other rows
   * have none.
   */
  async score(
    batch: Batch,
    { explain = "flagged" }: { readonly explain?: "flagged" | "all" | undefined } = {},
  ): Promise<ScoredBatch> {
    const { extractor } = this;
    const values = this.#room(batch.rows);
    extractor.fill(values, batch);
    this.#fit.add(batch, values);
    const network = await this.#scorer.score(values, batch.rows);
    const verdict = this.#judge.judge(batch, {
      network,
      distance: this.#distance?.of(values, batch.rows) ?? noDistance,
    });
    const { score, pValue } = verdict;
    const flagged = Uint8Array.from(pValue, (p) => (p <= this.#pValue ? 1 : 0));
    // What a named detector says stays, whatever the sensor does.
    this.#sensor.add(batch, flagged, new Set(verdict.evidence.map(({ row }) => row)));
    const explained = await this.#explain(values, explain === "all" ? flagged.map(() => 1) : flagged);
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
      ...this.#alert(batch, row, verdict, reasons(row)),
      values: valuesOf(row),
    });
    return { batch, score, pValue, flagged, reasons: allReasons, alert };
  }

  /** Values, expectations and errors of the chosen rows, one after another, and where each row stands among them. */
  async #explain(values: Float32Array, chosen: Uint8Array) {
    const { width } = this.extractor;
    const place = new Map<number, number>();
    chosen.forEach((one, row) => one === 1 && place.set(row, place.size));
    const gathered = new Float32Array(place.size * width);
    for (const [row, at] of place) gathered.set(values.subarray(row * width, (row + 1) * width), at * width);
    const { reconstruction, errors } = await this.#scorer.run(gathered, place.size);
    return { place, values: gathered, usual: reconstruction, errors };
  }

  /** The matrix of a batch, in memory that the next batch uses again. */
  #room(rows: number): Float32Array {
    const length = rows * this.extractor.width;
    if (this.#values.length < length) this.#values = new Float32Array(length);
    return this.#values;
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
        const scores = (await this.#scorer.score(matrix, rows)).map((score) => score / network);
        if (distance === undefined || this.#distance === undefined) return scores;
        const far = this.#distance.of(matrix, rows);
        return scores.map((score, row) => Math.max(score, far[row]! / distance));
      },
    });
  }

  /** The family that computes a feature: alerts whose reasons are of one family belong together. */
  familyOf(feature: string): string | undefined {
    const column = this.extractor.columns.findIndex(({ id }) => id === feature);
    return this.extractor.families.find(({ at, width }) => column >= at && column < at + width)?.id;
  }

  /** What a bundle has to remember in order to go on from here. */
  saveMemory(): Uint8Array {
    return encodeMemory({ ...this.#memory, extractor: this.extractor.saveState() });
  }

  close(): Promise<void> {
    return this.#scorer.close();
  }

  /** What a named detector says, in the form of a feature's reason: its statistic in nats, where 0 is usual. */
  #reasonOf(evidence: Evidence, batch: Batch): Reason {
    const { detector, statistic } = evidence;
    return { feature: detector, value: statistic, usual: 0, share: 1, text: sentenceOf(evidence, batch) };
  }

  #alert(batch: Batch, row: number, verdict: Verdict, reasons: readonly Reason[]): Alert {
    const { ts, duration, proto, service, conn_state, uid, text } = batch;
    const history = verdict.history[row]!;
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
      detections: verdict.evidence
        .filter((evidence) => evidence.row === row)
        .map((evidence): Detection => ({
          detector: evidence.detector,
          pValue: this.#judge.detectorPValue(evidence),
          sentence: sentenceOf(evidence, batch),
        }))
        .sort((a, b) => a.pValue - b.pValue),
      caveats:
        history > 0 && history < littleHistory
          ? [`this host has only ${history} connections of history`]
          : [],
    };
  }
}

/** With fewer connections of history, a host's alerts say so. */
const littleHistory = 50;

const noDistance = new Float32Array(0);
