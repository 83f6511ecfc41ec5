import { assert, ExpectedError } from "../base/errors.ts";
import { decodeMetadata, keepOutputs } from "./onnx-proto.ts";
import type { OnnxMetadata } from "./onnx-proto.ts";
import { Session } from "./session.ts";
import type { SessionOptions } from "./session.ts";

/** Results for some rows; the caller owns the memory. */
export interface ScoredRows {
  /** Row-major, in raw units. */
  readonly reconstruction: Float32Array;
  /** Row-major; about 1 on normal traffic. */
  readonly errors: Float32Array;
  /** One a row. */
  readonly score: Float32Array;
}

/**
 * Rows go to the runtime in whole multiples of this many, the last ones of a batch padded with zeros. Its kernels take
 * several rows at a time and finish the odd ones differently, so that without this a row's last digits would hang on
 * where a batch was cut.
 */
const ROW_UNIT = 64;
/** Rows in one call: the intermediate results of so many stay in cache. */
const ROWS_PER_CALL = 512;

/** A loaded scoring model. Whoever opens it closes it. */
export class Scorer {
  /** Columns that the model takes and gives. */
  readonly width: number;
  readonly metadata: OnnxMetadata;
  /** Gives everything. */
  readonly #session: Session;
  /** Gives the score alone: most rows are ordinary, and nobody asks why. */
  readonly #scoring: Session;

  private constructor(session: Session, scoring: Session, width: number, metadata: OnnxMetadata) {
    this.#session = session;
    this.#scoring = scoring;
    this.width = width;
    this.metadata = metadata;
  }

  /** Throws `model-damaged` where the bytes are not a scoring model. `file` is only named in the message. */
  static async open(
    model: Uint8Array,
    { file = "the network", ...options }: SessionOptions & { readonly file?: string | undefined } = {},
  ): Promise<Scorer> {
    const damaged = (reason: string, cause?: unknown) =>
      new ExpectedError("model-damaged", `${file} is not a network that can score: ${reason}`, undefined, {
        cause,
      });
    const metadata = decodeMetadata(model);
    const scoringOnly = keepOutputs(model, ["score"]);
    if (!metadata || !scoringOnly)
      throw damaged(`expected an ONNX file, found ${model.length} bytes of something else or a part of one`);
    let session: Session;
    try {
      session = await Session.open(model, options);
    } catch (cause) {
      throw damaged(String(cause instanceof Error ? cause.message : cause).slice(0, 300), cause);
    }
    const width = scoringWidth(session);
    if (width === undefined) {
      await session.close();
      throw damaged("expected features in; reconstruction, errors and score out");
    }
    return new Scorer(session, await Session.open(scoringOnly, options), width, metadata);
  }

  /**
   * Scores of the first `rows` rows of a row-major matrix of `width` columns, in new memory. A row's score is the same
   * bits whatever rows it is scored with.
   */
  async score(matrix: Float32Array, rows: number): Promise<Float32Array> {
    const score = new Float32Array(rows);
    await this.#inUnits(matrix, rows, async (features, start, count) => {
      const target =
        count === features.length / this.width ? score.subarray(start, start + count) : undefined;
      const data = target ?? new Float32Array(features.length / this.width);
      await this.#scoring.runInto(
        { features: { data: features, dims: [data.length, this.width] } },
        { score: { data, dims: [data.length] } },
      );
      if (!target) score.set(data.subarray(0, count), start);
    });
    return score;
  }

  /** Scores, errors and reconstruction of the first `rows` rows of a row-major matrix of `width` columns, in new memory. */
  async run(matrix: Float32Array, rows: number): Promise<ScoredRows> {
    const { width } = this;
    const result = emptyResult(rows, width);
    await this.#inUnits(matrix, rows, async (features, start, count) => {
      const part = emptyResult(features.length / width, width);
      const dims = [part.score.length, width];
      await this.#session.runInto(
        { features: { data: features, dims } },
        {
          reconstruction: { data: part.reconstruction, dims },
          errors: { data: part.errors, dims },
          score: { data: part.score, dims: [part.score.length] },
        },
      );
      result.reconstruction.set(part.reconstruction.subarray(0, count * width), start * width);
      result.errors.set(part.errors.subarray(0, count * width), start * width);
      result.score.set(part.score.subarray(0, count), start);
    });
    return result;
  }

  async close(): Promise<void> {
    await this.#session.close();
    await this.#scoring.close();
  }

  /** Visits the rows in runs whose length is a multiple of ROW_UNIT, the last of them padded; `count` are real. */
  async #inUnits(
    matrix: Float32Array,
    rows: number,
    visit: (features: Float32Array, start: number, count: number) => Promise<void>,
  ): Promise<void> {
    const { width } = this;
    assert(
      rows >= 0 && rows * width <= matrix.length,
      `${matrix.length} values are not ${rows} rows of ${width}`,
    );
    const whole = rows - (rows % ROW_UNIT);
    for (let start = 0; start < whole; start += ROWS_PER_CALL) {
      const end = Math.min(start + ROWS_PER_CALL, whole);
      await visit(matrix.subarray(start * width, end * width), start, end - start);
    }
    if (whole === rows) return;
    // Of this call alone: another may begin while this one waits.
    const padded = new Float32Array(ROW_UNIT * width);
    padded.set(matrix.subarray(whole * width, rows * width));
    await visit(padded, whole, rows - whole);
  }
}

function emptyResult(rows: number, width: number): ScoredRows {
  return {
    reconstruction: new Float32Array(rows * width),
    errors: new Float32Array(rows * width),
    score: new Float32Array(rows),
  };
}

function scoringWidth(session: Session): number | undefined {
  const input = session.inputs[0];
  const names = new Set(session.outputs.map((output) => output.name));
  if (
    session.inputs.length !== 1 ||
    input?.name !== "features" ||
    !input.isTensor ||
    input.type !== "float32"
  )
    return;
  if (!names.has("reconstruction") || !names.has("errors") || !names.has("score")) return;
  const width = input.shape[1];
  return input.shape.length === 2 && typeof width === "number" && width > 0 ? width : undefined;
}
