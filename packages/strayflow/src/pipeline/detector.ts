import { ExpectedError } from "../base/errors.ts";
import { Scorer } from "../autoencoder/index.ts";
import type { Alert, Detection } from "../detect/alert.ts";
import { detectors } from "../detect/detectors/detectors.ts";
import { Judge, openJudge, plainJudge, type RowJudge, type Verdict } from "../detect/judge.ts";
import { reasonsOf, type Reason } from "../detect/reason.ts";
import { decodeBaseline, openExtractor, type Extractor } from "../features/index.ts";
import { behaviorKey } from "../features/behavior/index.ts";
import type { Bundle } from "../model/bundle.ts";
import { FitMonitor, type TrafficFit } from "../model/traffic-fit.ts";
import { formatAddress, type Batch } from "../zeek/index.ts";
import { decodeMemory, hearsHosts } from "./memory.ts";

/** Connections with what the model makes of them, one entry a row. Whoever receives a batch owns it. */
export interface ScoredBatch {
  readonly batch: Batch;
  readonly score: Float64Array;
  readonly pValue: Float64Array;
  /** 1 where the p-value is at or below the one asked for. */
  readonly flagged: Uint8Array;
  /** What carries the score of a row, strongest first; computed when asked for. */
  reasons(row: number): readonly Reason[];
  /** The row as an alert that can outlive its batch; computed when asked for. */
  alert(row: number): Alert;
}

/** A model at work: batches in the stream's order go in, scored batches come out. Whoever opens it closes it. */
export class Detector {
  readonly extractor: Extractor;
  readonly #scorer: Scorer;
  readonly #judge: RowJudge;
  readonly #fit: FitMonitor;
  readonly #pValue: number;

  private constructor(parts: { readonly extractor: Extractor; readonly scorer: Scorer; readonly judge: RowJudge; readonly fit: FitMonitor; readonly pValue: number }) {
    this.extractor = parts.extractor;
    this.#scorer = parts.scorer;
    this.#judge = parts.judge;
    this.#fit = parts.fit;
    this.#pValue = parts.pValue;
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
    const judge = hearsHosts(preset)
      ? new Judge(calibration, openJudge(baseline.get(behaviorKey), memory.known, memory.judge), pValue)
      : plainJudge(calibration);
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
      throw new ExpectedError("model-damaged", `network.onnx takes ${scorer.width} features, the manifest lists ${ids.length}`);
    }
    return new Detector({ extractor, scorer, judge, fit: new FitMonitor(manifest.features), pValue });
  }

  /** Scores the next batch of the stream. */
  async score(batch: Batch): Promise<ScoredBatch> {
    const { extractor } = this;
    const values = new Float32Array(batch.rows * extractor.width);
    extractor.fill(values, batch);
    this.#fit.add(values, batch.rows);
    const { reconstruction, errors, score: networkScore } = await this.#scorer.run(values, batch.rows);
    const verdict = this.#judge.judge(batch, networkScore);
    const { score, pValue } = verdict;
    const flagged = Uint8Array.from(pValue, (p) => (p <= this.#pValue ? 1 : 0));
    const reasons = (row: number) => reasonsOf(row, { values, usual: reconstruction, errors }, extractor.columns);
    return {
      batch,
      score,
      pValue,
      flagged,
      reasons,
      alert: (row) => this.#alert(batch, row, verdict, reasons(row)),
    };
  }

  /** Whether the model may judge what it has scored so far. */
  fit(): TrafficFit {
    return this.#fit.verdict();
  }

  close(): Promise<void> {
    return this.#scorer.close();
  }

  #alert(batch: Batch, row: number, verdict: Verdict, reasons: readonly Reason[]): Alert {
    const { ts, duration, proto, service, conn_state, uid, text } = batch;
    const originator = formatAddress(batch.orig_h, row);
    const responder = formatAddress(batch.resp_h, row);
    const parties = { originator, responder, port: portText(batch, row) };
    const history = verdict.history[row]!;
    return {
      end: ts[row]! + (duration[row]! > 0 ? duration[row]! : 0),
      ts: ts[row]!,
      uid: Buffer.from(text.subarray(uid.start[row], uid.end[row])).toString("utf8"),
      originator,
      responder,
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
        .map((evidence): Detection => {
          const detector = detectors.find(({ id }) => id === evidence.detector);
          return {
            detector: evidence.detector,
            pValue: this.#judge.detectorPValue(evidence),
            sentence: detector?.sentence(parties, evidence.figures) ?? "",
          };
        })
        .sort((a, b) => a.pValue - b.pValue),
      caveats: history > 0 && history < littleHistory ? [`this host has only ${history} connections of history`] : [],
    };
  }
}

/** With fewer connections of history, a host's alerts say so. */
const littleHistory = 50;

function portText(batch: Batch, row: number): string {
  const proto = batch.proto.values[batch.proto.codes[row]!]!;
  if (proto === "icmp") return `icmp type ${batch.orig_p[row]}`;
  return proto === "tcp" || proto === "" ? String(batch.resp_p[row]) : `${batch.resp_p[row]}/${proto}`;
}

