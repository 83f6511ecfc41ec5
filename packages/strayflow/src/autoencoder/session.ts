import { InferenceSession, Tensor } from "onnxruntime-node";

/** A tensor to feed: values in row-major order and their shape. The runtime reads them in place. */
export interface Feed {
  readonly data: Float32Array | Float64Array;
  readonly dims: readonly number[];
}

export type Results = Readonly<Record<string, Float32Array | Float64Array>>;

export interface SessionOptions {
  /** Threads inside one operator; default 1, which is fastest for networks of this size. */
  readonly threads?: number | undefined;
}

/** One graph loaded into ONNX Runtime. Whoever opens it closes it. */
export class Session {
  readonly #inner: InferenceSession;

  private constructor(inner: InferenceSession) {
    this.#inner = inner;
  }

  /** Throws the runtime's own error where the bytes are not a graph that it can run. */
  static async open(model: Uint8Array, { threads = 1 }: SessionOptions = {}): Promise<Session> {
    const inner = await InferenceSession.create(model, {
      executionProviders: ["cpu"],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      graphOptimizationLevel: "all",
      // Nothing may reach the terminal past the program; what matters comes as an error.
      logSeverityLevel: 4,
    });
    return new Session(inner);
  }

  get inputs(): readonly InferenceSession.ValueMetadata[] {
    return this.#inner.inputMetadata;
  }

  get outputs(): readonly InferenceSession.ValueMetadata[] {
    return this.#inner.outputMetadata;
  }

  /** Runs the graph once; other tasks get their turn before it starts. The caller owns the results. */
  async run(feeds: Readonly<Record<string, Feed>>): Promise<Results> {
    const values = await this.#inner.run(toTensors(feeds));
    const results: Record<string, Float32Array | Float64Array> = {};
    for (const [name, value] of Object.entries(values)) {
      if (
        value instanceof Tensor &&
        (value.data instanceof Float32Array || value.data instanceof Float64Array)
      ) {
        results[name] = value.data;
      }
    }
    return results;
  }

  /** Runs the graph once and writes the named results into memory that the caller gives, of exactly their shapes. */
  async runInto(
    feeds: Readonly<Record<string, Feed>>,
    results: Readonly<Record<string, Feed>>,
  ): Promise<void> {
    await this.#inner.run(toTensors(feeds), toTensors(results));
  }

  async close(): Promise<void> {
    await this.#inner.release();
  }
}

function toTensors(values: Readonly<Record<string, Feed>>): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const [name, { data, dims }] of Object.entries(values)) {
    tensors[name] =
      data instanceof Float32Array ? new Tensor("float32", data, dims) : new Tensor("float64", data, dims);
  }
  return tensors;
}
