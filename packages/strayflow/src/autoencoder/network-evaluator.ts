import type { StageOptions } from "../base/stage.ts";
import { Graph } from "./graph.ts";
import { losses } from "./losses.ts";
import type { LossName } from "./losses.ts";
import { eachBlock } from "./matrix-rows.ts";
import type { MatrixRows } from "./matrix-rows.ts";
import { parameterCount, reconstruct, unpackWeights } from "./network.ts";
import type { Network, NetworkShape, Weights } from "./network.ts";
import { subtract } from "./operators.ts";
import { gatherKept, scaleRows, scalerTensors } from "./scaler.ts";
import type { Scaler } from "./scaler.ts";
import { Session } from "./session.ts";
import type { Results, SessionOptions } from "./session.ts";

/** Runs networks of one shape, with weights given anew each time, over matrices. Whoever opens it closes it. */
export class NetworkEvaluator {
  readonly #session: Session;
  readonly #scaler: Scaler;

  private constructor(session: Session, scaler: Scaler) {
    this.#session = session;
    this.#scaler = scaler;
  }

  static async open(
    shape: NetworkShape,
    scaler: Scaler,
    loss: LossName,
    options: SessionOptions = {},
  ): Promise<NetworkEvaluator> {
    return new NetworkEvaluator(
      await Session.open(buildEvaluationGraph(shape, scaler, loss), options),
      scaler,
    );
  }

  /** Mean loss over all rows; NaN where there are none. */
  async loss(weights: Weights, matrix: MatrixRows, stage: StageOptions = {}): Promise<number> {
    let sum = 0;
    await this.#eachBlock(weights, matrix, stage, ({ loss }, rows) => {
      sum += loss![0]! * rows;
    });
    return sum / matrix.rows;
  }

  /** Visits the residuals (reconstruction minus scaled row) block by block, `kept.length` a row. */
  async residuals(
    weights: Weights,
    matrix: MatrixRows,
    visit: (residuals: Float32Array, rows: number, start: number) => void,
    stage: StageOptions = {},
  ): Promise<void> {
    await this.#eachBlock(weights, matrix, stage, ({ residuals }, rows, start) => {
      if (residuals instanceof Float32Array) visit(residuals, rows, start);
    });
  }

  close(): Promise<void> {
    return this.#session.close();
  }

  async #eachBlock(
    weights: Weights,
    matrix: MatrixRows,
    stage: StageOptions,
    visit: (results: Results, rows: number, start: number) => void,
  ): Promise<void> {
    const { kept } = this.#scaler;
    const inputs = kept.length;
    let chosen = new Float32Array(0);
    const run = async (block: Float32Array, rows: number, start: number) => {
      if (chosen.length !== rows * inputs) chosen = new Float32Array(rows * inputs);
      gatherKept(block, matrix.width, undefined, 0, rows, kept, chosen, 0);
      const results = await this.#session.run({
        weights: { data: weights, dims: [weights.length] },
        rows: { data: chosen, dims: [rows, inputs] },
      });
      visit(results, rows, start);
    };
    await eachBlock(matrix, run, stage, "compare");
  }
}

/** Mean loss of one network on each of several matrices. */
export async function networkLosses(
  network: Network,
  matrices: readonly MatrixRows[],
  loss: LossName,
  options: SessionOptions & StageOptions = {},
): Promise<readonly number[]> {
  const evaluator = await NetworkEvaluator.open(network.shape, network.scaler, loss, options);
  try {
    const results: number[] = [];
    for (const matrix of matrices) results.push(await evaluator.loss(network.weights, matrix, options));
    return results;
  } finally {
    await evaluator.close();
  }
}

function buildEvaluationGraph(shape: NetworkShape, scaler: Scaler, loss: LossName): Uint8Array {
  const graph = new Graph("evaluate");
  const weights = graph.input("weights", [parameterCount(shape)]);
  const raw = graph.input("rows", ["rows", shape.inputs]);
  const rows = scaleRows(raw, scalerTensors(graph, scaler, scaler.kept));
  const reconstruction = reconstruct(shape, unpackWeights(shape, weights), rows);
  graph.output(losses[loss](reconstruction, rows), "loss");
  graph.output(subtract(reconstruction, rows), "residuals");
  return graph.encode();
}
