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
 * Rows go to the runtime in whole multiples of this many, the last ones of a batch padded with zeros. Its kernels take
 * several rows at a time and finish the odd ones differently, so that without this a row's last digits would hang on
 * where a batch was cut.
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
      throw damaged(String(cause instanceof Error ? cause.message : cause).slice(0, 300), cause);
    }
    const width = scoringWidth(session);
    if (width === undefined) {
      await session.close();
      throw damaged("expected features in; reconstruction, errors and score out");
    }
    return new Scorer(session, width, metadata);
  }

  /**
   * Scores the first `rows` rows of a row-major matrix of `width` columns. A row's results are the same bits whatever
   * rows it is scored with. The results are new memory, or the beginning of `memory`, where that is given and large
   * enough: a caller that is done with one batch before it scores the next saves the system the clearing of fresh pages.
   */
  async run(matrix: Float32Array, rows: number, memory?: ScoredRows): Promise<ScoredRows> {
    const { width } = this;
    assert(
      rows >= 0 && rows * width <= matrix.length,
      `${matrix.length} values are not ${rows} rows of ${width}`,
    );
    const result =
      memory && memory.score.length >= rows ? cutResult(memory, 0, rows, width) : emptyResult(rows, width);
    const whole = rows - (rows % ROW_UNIT);
    for (let start = 0; start < whole; start += ROWS_PER_CALL) {
      const end = Math.min(start + ROWS_PER_CALL, whole);
      const features = matrix.subarray(start * width, end * width);
      await this.#runInto(features, cutResult(result, start, end, width));
    }
    if (whole < rows) {
      const padded = new Float32Array(ROW_UNIT * width);
      padded.set(matrix.subarray(whole * width, rows * width));
      const rest = emptyResult(ROW_UNIT, width);
      await this.#runInto(padded, rest);
      result.reconstruction.set(rest.reconstruction.subarray(0, (rows - whole) * width), whole * width);
      result.errors.set(rest.errors.subarray(0, (rows - whole) * width), whole * width);
      result.score.set(rest.score.subarray(0, rows - whole), whole);
    }
    return result;
  }

  /** Scores rows whose number is a multiple of ROW_UNIT. */
  #runInto(features: Float32Array, { reconstruction, errors, score }: ScoredRows): Promise<void> {
    const matrix = [score.length, this.width];
    const results = {
      reconstruction: { data: reconstruction, dims: matrix },
      errors: { data: errors, dims: matrix },
      score: { data: score, dims: [score.length] },
    };
    return this.#session.runInto({ features: { data: features, dims: matrix } }, results);
  }

  close(): Promise<void> {
    return this.#session.close();
  }
}

function emptyResult(rows: number, width: number): ScoredRows {
  return {
    reconstruction: new Float32Array(rows * width),
    errors: new Float32Array(rows * width),
    score: new Float32Array(rows),
  };
}

function cutResult(result: ScoredRows, start: number, end: number, width: number): ScoredRows {
  return {
    reconstruction: result.reconstruction.subarray(start * width, end * width),
    errors: result.errors.subarray(start * width, end * width),
    score: result.score.subarray(start, end),
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
