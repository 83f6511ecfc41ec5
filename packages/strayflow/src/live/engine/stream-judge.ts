import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Alert } from "../../detect/alert.ts";
import { IncidentGrouper, type Incident, type JoinedIncident } from "../../detect/incidents/index.ts";
import { OpenConnections } from "../../detect/open-connections.ts";
import { StreamClock } from "../../features/behavior/stream-clock.ts";
import type { BegunBatch, Detector, ScoredBatch } from "../../pipeline/detector.ts";
import { checkColumns } from "../../pipeline/score.ts";
import type { Batch } from "../../zeek/index.ts";
import { DriftMonitor, type EndedDay } from "../drift/drift-monitor.ts";
import { IncidentNews, type News } from "./incident-news.ts";
import type { ReadyModel } from "./open-model.ts";
import type { EngineState } from "./state-file.ts";
import type { StageTimes } from "./stage-times.ts";

/** Hears, in the stream's order, what comes of scored rows. */
export interface Outcome {
  onAlert(alert: Alert, joined: JoinedIncident): void;
  onNews(news: News): void;
  /** Nothing more will join it; that is news too, with its own revision. */
  onClose(incident: Incident, revision: number): void;
  onFold(into: string, from: string): void;
  /** A day of the stream is over; told after all else that came of the rows. */
  onDay(day: EndedDay): void;
}

/** For what was heard before. */
export const unheard: Outcome = {
  onAlert: () => undefined,
  onNews: () => undefined,
  onClose: () => undefined,
  onFold: () => undefined,
  onDay: () => undefined,
};

/**
 * One stream of connections through the model and into incidents: all that a sensor remembers. What comes of a row depends on
 * the rows before it alone, not on how they were cut or when they came.
 */
export class StreamJudge {
  readonly model: ReadyModel;
  readonly pValue: number;
  readonly clock = new StreamClock();
  readonly #detector: Detector;
  readonly #grouper: IncidentGrouper;
  readonly #news = new IncidentNews();
  readonly #open: OpenConnections;
  readonly drift: DriftMonitor;
  readonly #times: StageTimes;
  readonly #checked = new Set<string>();
  #outcome: Outcome = unheard;
  #ahead: number | undefined;

  private constructor(model: ReadyModel, pValue: number, detector: Detector, times: StageTimes) {
    this.model = model;
    this.pValue = pValue;
    this.#detector = detector;
    this.#times = times;
    const { manifest, budgetPerDay } = model;
    this.#open = new OpenConnections(pValue);
    this.drift = new DriftMonitor({ manifest, pValue, budgetPerDay });
    this.#grouper = new IncidentGrouper({
      familyOf: (feature) => detector.familyOf(feature),
      mostKept: 0,
      onClose: (incident) => this.#outcome.onClose(incident, this.#news.forget(incident.id)),
      onFold: (into, from) => {
        this.#news.forget(from);
        this.drift.incident(this.clock, -1);
        this.#outcome.onFold(into, from);
      },
    });
  }

  /**
   * Opens a model where `state` was saved. Of the state of another model, incidents go on, and what the model remembers of
   * the traffic is what its own training left.
   */
  static async open(
    model: ReadyModel,
    {
      pValue,
      state,
      times,
    }: { readonly pValue: number; readonly state?: EngineState | undefined; readonly times: StageTimes },
  ): Promise<StreamJudge> {
    const memory = state !== undefined && state.model === model.hash ? state.memory : undefined;
    const judge = new StreamJudge(model, pValue, await model.open(pValue, memory), times);
    if (state === undefined) return judge;
    if (memory !== undefined) {
      judge.#detector.loadSensor(state.sensor);
      judge.drift.load(state.drift);
    }
    judge.#grouper.load(state.grouper);
    judge.#news.load(state.news);
    judge.#open.load(state.open);
    judge.clock.read(new ByteReader(state.clock, "the stream's clock", "store-damaged"));
    return judge;
  }

  /** Begins with the next batch; each is to be finished, in the same order. */
  begin(batch: Batch): BegunBatch {
    checkColumns(this.model.manifest, batch, this.#checked);
    if (this.#checked.size > MOST_CHECKED) this.#checked.clear();
    return this.#times.time("features", () => this.#detector.begin(batch));
  }

  async finish(begun: BegunBatch, outcome: Outcome): Promise<ScoredBatch> {
    const onValues = (values: Float32Array, flagged: Uint8Array) =>
      this.drift.see(begun.batch, values, flagged, this.clock);
    const scored = await this.#times.time("judge", () => this.#detector.finish(begun, { onValues }));
    this.#outcome = outcome;
    this.#times.time("group", () => this.#group(scored, outcome));
    this.#outcome = unheard;
    for (const day of this.drift.takeEnded()) outcome.onDay(day);
    return scored;
  }

  /** Takes rows of connections that are still open; those that were begun are to be finished before. */
  takeOpen(batch: Batch, outcome: Outcome): void {
    this.#outcome = outcome;
    for (let row = 0; row < batch.rows; row++) {
      const alert = this.#open.judge(batch, row, this.clock.now);
      if (alert !== undefined) this.#join(alert, outcome);
    }
    this.#outcome = unheard;
  }

  /**
   * What it remembers at this moment: taken down before it returns, and compressed while the stream goes on. No batch may
   * be under way.
   */
  async save(): Promise<EngineState> {
    const clock = new ByteWriter();
    this.clock.write(clock);
    // A copy, as what is saved shares memory with what goes on.
    const rest = structuredClone({
      model: this.model.hash,
      pValue: this.pValue,
      sensor: this.#detector.saveSensor(),
      grouper: this.#grouper.save(),
      news: this.#news.save(),
      open: this.#open.save(),
      drift: this.drift.save(),
      clock: clock.finish(),
    });
    return { ...rest, memory: await this.#detector.saveMemoryAside() };
  }

  /** When a connection claims to have ended that is more than a day ahead of the stream; asked once for each. */
  takeAhead(): number | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead;
  }

  /** Since this judge was opened. */
  fit() {
    return this.#detector.fit();
  }

  sensorFindings() {
    return this.#detector.sensor();
  }

  doubts(): string[] {
    return this.#detector.doubts();
  }

  close(): Promise<void> {
    return this.#detector.close();
  }

  #group({ batch, flagged, alert }: ScoredBatch, outcome: Outcome): void {
    const { clock } = this;
    for (let row = 0; row < batch.rows; row++) {
      const before = clock.now;
      clock.advance(batch.ts[row]!, batch.duration[row]!);
      this.#open.ended(batch, row);
      const end = batch.ts[row]! + (batch.duration[row]! > 0 ? batch.duration[row]! : 0);
      if (end + clock.shift > clock.now + FAR_AHEAD_SECONDS) this.#ahead = end;
      // At fixed times, so that incidents end alike however the stream is cut.
      if (Math.floor(clock.now / SWEEP_SECONDS) !== Math.floor(before / SWEEP_SECONDS))
        this.#grouper.advance(clock.now);
      if (flagged[row] !== 1) continue;
      const { values: _values, ...told } = alert(row);
      this.#join(told, outcome);
    }
  }

  #join(told: Alert, outcome: Outcome): void {
    const { clock } = this;
    const joined = this.#grouper.add(told, clock.now);
    outcome.onAlert(told, joined);
    const news = this.#news.joined(joined, told);
    if (news === undefined) return;
    if (news.revision === 1) this.drift.incident(clock, 1);
    outcome.onNews(news);
  }
}

const SWEEP_SECONDS = 300;
/** What the stream's clock does not follow at once. */
const FAR_AHEAD_SECONDS = 86_400;
/** Files whose columns were looked at. */
const MOST_CHECKED = 10_000;
