import { assert } from "../base/errors.ts";
import { seededRandom } from "../base/random.ts";
import { NoisePool } from "./noise-pool.ts";
import type { NetworkShape, Weights } from "./network.ts";
import type { MatrixRows } from "./matrix-rows.ts";
import type { Scaler } from "./scaler.ts";
import { Session } from "./session.ts";
import type { Feed } from "./session.ts";
import { ShuffledRows } from "./shuffled-rows.ts";
import { adamStepSize, buildTrainingGraph } from "./training-graph.ts";
import type { TrainingOptions } from "./training-options.ts";

/** Rows fed in one call: enough to hide the call's cost, few enough for the second-level cache. */
const ROWS_PER_CALL = 8192;
const MOST_STEPS_PER_CALL = 256;

/** What one network is fitted to; the matrices hold raw rows. */
export interface FitData {
  readonly train: MatrixRows;
  readonly validation: MatrixRows | undefined;
  readonly scaler: Scaler;
  readonly shape: NetworkShape;
}

interface Disturbance {
  readonly pool: NoisePool;
  readonly width: number;
  readonly data: Float32Array;
}

/** A network in the middle of its training: weights, moments, the stream of mini-batches. Whoever opens it closes it. */
export class StepRunner {
  readonly #session: Session;
  readonly #options: TrainingOptions;
  readonly #rows: ShuffledRows;
  readonly #batches: Float32Array;
  readonly #inputs: number;
  readonly #stepsPerCall: number;
  readonly #disturbances: Readonly<Record<string, Disturbance>>;
  #weights: Weights;
  #mean: Float32Array;
  #spread: Float32Array;
  #steps = 0;
  #rowsSeen = 0;

  private constructor(session: Session, data: FitData, initial: Weights, options: TrainingOptions) {
    const random = seededRandom(options.seed);
    this.#session = session;
    this.#options = options;
    this.#rows = new ShuffledRows(data.train, data.scaler.kept, random.fork("shuffle"));
    this.#inputs = data.shape.inputs;
    const steps = Math.max(1, Math.min(Math.floor(ROWS_PER_CALL / options.batch), MOST_STEPS_PER_CALL));
    const rowsPerCall = Math.min(steps * options.batch, data.train.rows);
    this.#stepsPerCall = steps;
    this.#batches = new Float32Array(rowsPerCall * this.#inputs);
    this.#weights = initial;
    this.#mean = new Float32Array(initial.length);
    this.#spread = new Float32Array(initial.length);

    const disturbances: Record<string, Disturbance> = {};
    const disturb = (name: string, width: number, draw: ConstructorParameters<typeof NoisePool>[2]) => {
      const pool = new NoisePool(width, random.fork(name), draw);
      disturbances[name] = { pool, width, data: new Float32Array(rowsPerCall * width) };
    };
    const { dropout, inputNoise } = options;
    if (inputNoise > 0) disturb("noise", this.#inputs, (source) => source.normal() * inputNoise);
    const hidden = data.shape.hidden.reduce((sum, size) => sum + size, 0);
    // What is left is scaled up, so that nothing changes on average and scoring needs no mask.
    if (dropout > 0)
      disturb("masks", hidden, (source) => (source.uniform() < dropout ? 0 : 1 / (1 - dropout)));
    this.#disturbances = disturbances;
  }

  static async open(data: FitData, initial: Weights, options: TrainingOptions): Promise<StepRunner> {
    const graph = buildTrainingGraph({
      ...options,
      shape: data.shape,
      scaler: data.scaler,
      decays: options.weightDecay > 0,
      noisy: options.inputNoise > 0,
      masked: options.dropout > 0,
    });
    return new StepRunner(await Session.open(graph, options), data, initial, options);
  }

  /** As they are now; later steps do not change this copy. */
  get weights(): Weights {
    return this.#weights;
  }

  /** Steps taken so far. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Takes one round over the training rows, or its first `limit` steps, and returns the mean loss of its rows. `rate`
   * gives the learning rate of a step, counted from 1 over all rounds. Reports and looks for an abort between calls.
   */
  async epoch(
    rate: (step: number) => number,
    limit: number,
    report: (now: { readonly loss: number; readonly rows: number }) => void,
    signal?: AbortSignal,
  ): Promise<number> {
    const { batch } = this.#options;
    this.#rows.restart();
    let sum = 0;
    let rows = 0;
    for (let left = limit; left > 0;) {
      signal?.throwIfAborted();
      const got = this.#rows.deal(this.#batches, Math.min(left, this.#stepsPerCall) * batch);
      if (got === 0) break;
      // The last mini-batch of a round is a smaller one and goes by itself.
      const full = Math.floor(got / batch);
      const rest = got - full * batch;
      if (full > 0) sum += (await this.#run(0, full, batch, rate)) * batch;
      if (rest > 0) sum += (await this.#run(full * batch, 1, rest, rate)) * rest;
      left -= full + (rest > 0 ? 1 : 0);
      rows += got;
      this.#rowsSeen += got;
      report({ loss: sum / rows, rows: this.#rowsSeen });
    }
    return sum / rows;
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  /** Takes `steps` steps of `rows` rows each, from row `from` of the prepared ones; returns the sum of their losses. */
  async #run(from: number, steps: number, rows: number, rate: (step: number) => number): Promise<number> {
    const first = this.#steps + 1;
    const perStep = (value: (step: number) => number): Feed => ({
      data: Float32Array.from({ length: steps }, (_, i) => value(first + i)),
      dims: [steps],
    });
    const inputs = this.#inputs;
    const feeds: Record<string, Feed> = {
      weights: flat(this.#weights),
      mean: flat(this.#mean),
      spread: flat(this.#spread),
      batches: {
        data: this.#batches.subarray(from * inputs, (from + steps * rows) * inputs),
        dims: [steps, rows, inputs],
      },
      sizes: perStep((step) => adamStepSize(rate(step), step, this.#options)),
    };
    const { weightDecay } = this.#options;
    if (weightDecay > 0) feeds["decays"] = perStep((step) => rate(step) * weightDecay);
    for (const [name, { pool, width, data }] of Object.entries(this.#disturbances)) {
      pool.fill(data, steps * rows);
      feeds[name] = { data: data.subarray(0, steps * rows * width), dims: [steps, rows, width] };
    }

    const results = await this.#session.run(feeds);
    const { next_weights: weights, next_mean: mean, next_spread: spread, losses } = results;
    assert(
      weights instanceof Float32Array &&
        mean instanceof Float32Array &&
        spread instanceof Float32Array &&
        losses !== undefined,
      "the training graph gives weights, moments and losses",
    );
    this.#weights = weights;
    this.#mean = mean;
    this.#spread = spread;
    this.#steps += steps;
    let sum = 0;
    for (const loss of losses) sum += loss;
    return sum;
  }
}

function flat(data: Float32Array): Feed {
  return { data, dims: [data.length] };
}
