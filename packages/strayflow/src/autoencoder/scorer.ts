import { assert, ExpectedError } from "../base/errors.ts";
import { decodeMetadata } from "./onnx-proto.ts";
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
 * Rows always go to the runtime in whole multiples of this many, padded with zeros. Its kernels take several rows at a
 * time and finish the odd ones differently, so that without this a row's last digits would hang on where a batch was cut.
 */
const ROW_UNIT = 64;
/** Rows in one call: the intermediate results of so many stay in cache. */
const ROWS_PER_CALL = 2048;

/** A loaded scoring model. Whoever opens it closes it. */
export class Scorer {
  /** Columns that the model takes and gives. */
  readonly width: number;
  readonly metadata: OnnxMetadata;
  readonly #session: Session;

  private constructor(session: Session, width: number, metadata: OnnxMetadata) {
    this.#session = session;
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
    if (!metadata)
      throw damaged(`expected an ONNX file, found ${model.length} bytes of something else or a part of one`);
    let session: Session;
    try {
      session = await Session.open(model, options);
    } catch (cause) {
      throw damaged(cause instanceof Error ? cause.message : String(cause), cause);
    }
    const width = scoringWidth(session);
    if (width === undefined) {
      await session.close();
      throw damaged("expected features in; reconstruction, errors and score out");
    }
    return new Scorer(session, width, metadata);
  }

  /**
   * Scores the first `rows` rows of a row-major matrix of `width` columns. A row's results are the same bits whatever rows
   * it is scored with.
   */
  async run(matrix: Float32Array, rows: number): Promise<ScoredRows> {
    const { width } = this;
    assert(
      rows >= 0 && rows * width <= matrix.length,
      `${matrix.length} values are not ${rows} rows of ${width}`,
    );
    const result = {
      reconstruction: new Float32Array(rows * width),
      errors: new Float32Array(rows * width),
      score: new Float32Array(rows),
    };
    for (let start = 0; start < rows; start += ROWS_PER_CALL) {
      const count = Math.min(ROWS_PER_CALL, rows - start);
      const padded = Math.ceil(count / ROW_UNIT) * ROW_UNIT;
      let data = matrix.subarray(start * width, (start + count) * width);
      if (padded > count) {
        const values = data;
        data = new Float32Array(padded * width);
        data.set(values);
      }
      const { reconstruction, errors, score } = await this.#session.run({
        features: { data, dims: [padded, width] },
      });
      result.reconstruction.set(reconstruction!.subarray(0, count * width), start * width);
      result.errors.set(errors!.subarray(0, count * width), start * width);
      result.score.set(score!.subarray(0, count), start);
    }
    return result;
  }

  close(): Promise<void> {
    return this.#session.close();
  }
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
