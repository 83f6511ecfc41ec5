import { expect, test } from "vitest";
import { gradients } from "../../src/autoencoder/gradients.ts";
import { Graph } from "../../src/autoencoder/graph.ts";
import type { Tensor } from "../../src/autoencoder/graph.ts";
import { losses } from "../../src/autoencoder/losses.ts";
import * as operators from "../../src/autoencoder/operators.ts";
import { Session } from "../../src/autoencoder/session.ts";
import * as shapes from "../../src/autoencoder/shape-operators.ts";
import { normals } from "./structured-data.ts";

type Rows = readonly number[][];

/** An expression built twice: as a graph, and plainly in double precision. Inputs are matrices, results any shape. */
interface Case {
  readonly inputs: readonly (readonly [rows: number, columns: number])[];
  readonly graph: (...inputs: Tensor[]) => Tensor;
  readonly plain: (...inputs: Rows[]) => number[];
  /** Changes drawn values where the operator needs it: positive ones for a root. */
  readonly domain?: (value: number) => number;
}

const each = (f: (value: number) => number) => (x: Rows) => x.flat().map(f);
const pairs = (f: (a: number, b: number) => number) => (a: Rows, b: Rows) =>
  a.flatMap((row, i) =>
    row.map((value, j) => f(value, b[b.length === 1 ? 0 : i]![b[0]!.length === 1 ? 0 : j]!)),
  );
const product = (a: Rows, b: Rows) =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));
const turned = (a: Rows) => a[0]!.map((_, j) => a.map((row) => row[j]!));
const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
const positive = (value: number) => Math.abs(value) + 0.3;
const away = (value: number) => value + Math.sign(value) * 0.2;
const one = (graph: Case["graph"], plain: Case["plain"], domain?: Case["domain"]): Case => ({
  inputs: [[3, 4]],
  graph,
  plain,
  ...(domain ? { domain } : {}),
});
const two = (
  graph: Case["graph"],
  plain: Case["plain"],
  second: readonly [number, number] = [3, 4],
  domain = away,
): Case => ({
  inputs: [[3, 4], second],
  graph,
  plain,
  domain,
});

const cases: Readonly<Record<string, Case>> = {
  add: two(
    operators.add,
    pairs((a, b) => a + b),
  ),
  "add a row": two(
    operators.add,
    pairs((a, b) => a + b),
    [1, 4],
  ),
  "add a column": two(
    operators.add,
    pairs((a, b) => a + b),
    [3, 1],
  ),
  "add one value": two(
    operators.add,
    pairs((a, b) => a + b),
    [1, 1],
  ),
  "add a number": one(
    (x) => operators.add(x, 2),
    each((v) => v + 2),
  ),
  subtract: two(
    operators.subtract,
    pairs((a, b) => a - b),
  ),
  "subtract from a number": one(
    (x) => operators.subtract(1, x),
    each((v) => 1 - v),
  ),
  "subtract a row": two(
    operators.subtract,
    pairs((a, b) => a - b),
    [1, 4],
  ),
  multiply: two(
    operators.multiply,
    pairs((a, b) => a * b),
  ),
  "multiply by a column": two(
    operators.multiply,
    pairs((a, b) => a * b),
    [3, 1],
  ),
  "multiply by itself": one(
    (x) => operators.multiply(x, x),
    each((v) => v * v),
  ),
  divide: two(
    operators.divide,
    pairs((a, b) => a / b),
    [3, 4],
    positive,
  ),
  "divide by a row": two(
    operators.divide,
    pairs((a, b) => a / b),
    [1, 4],
    positive,
  ),
  minimum: two(operators.minimum, pairs(Math.min)),
  "minimum with a number": one(
    (x) => operators.minimum(x, 0.1),
    each((v) => Math.min(v, 0.1)),
    away,
  ),
  maximum: two(operators.maximum, pairs(Math.max)),
  negate: one(
    operators.negate,
    each((v) => -v),
  ),
  square: one(
    operators.square,
    each((v) => v * v),
  ),
  sqrt: one(operators.sqrt, each(Math.sqrt), positive),
  exp: one(operators.exp, each(Math.exp)),
  log: one(operators.log, each(Math.log), positive),
  abs: one(operators.abs, each(Math.abs), away),
  relu: one(
    operators.relu,
    each((v) => Math.max(0, v)),
    away,
  ),
  "leaky relu": one(
    (x) => operators.leakyRelu(x, 0.1),
    each((v) => (v > 0 ? v : v * 0.1)),
    away,
  ),
  elu: one(
    operators.elu,
    each((v) => (v > 0 ? v : Math.expm1(v))),
    away,
  ),
  tanh: one(operators.tanh, each(Math.tanh)),
  sigmoid: one(
    operators.sigmoid,
    each((v) => 1 / (1 + Math.exp(-v))),
  ),
  clip: one(
    (x) => operators.clip(x, -0.15, 0.9),
    each((v) => Math.min(0.9, Math.max(-0.15, v))),
    away,
  ),
  "matrix product": two(
    (a, b) => operators.matMul(a, b),
    (a, b) => product(a, b).flat(),
    [4, 2],
  ),
  "matrix product, first transposed": two(
    (a, b) => operators.matMul(a, b, { transposeA: true }),
    (a, b) => product(turned(a), b).flat(),
    [3, 2],
  ),
  "matrix product, second transposed": two(
    (a, b) => operators.matMul(a, b, { transposeB: true }),
    (a, b) => product(a, turned(b)).flat(),
    [2, 4],
  ),
  "matrix product, both transposed": two(
    (a, b) => operators.matMul(a, b, { transposeA: true, transposeB: true }),
    (a, b) => product(turned(a), turned(b)).flat(),
    [2, 3],
  ),
  linear: {
    inputs: [
      [3, 4],
      [4, 2],
      [1, 2],
    ],
    graph: (x, w, b) => operators.linear(x, w, shapes.reshape(b, [2])),
    plain: (x, w, b) => product(x, w).flatMap((row) => row.map((value, j) => value + b[0]![j]!)),
  },
  "sum of all": one(
    (x) => shapes.reduceSum(x),
    (x) => [sum(x.flat())],
  ),
  "sum over rows": one(
    (x) => shapes.reduceSum(x, [0]),
    (x) => turned(x).map(sum),
  ),
  "sum over columns, kept": one(
    (x) => shapes.reduceSum(x, [1], true),
    (x) => x.map(sum),
  ),
  "sum of squares": one(operators.sumOfSquares, (x) => [sum(x.flat().map((v) => v * v))]),
  "mean of all": one(
    (x) => shapes.reduceMean(x),
    (x) => [sum(x.flat()) / 12],
  ),
  "mean over columns": one(
    (x) => shapes.reduceMean(x, [1]),
    (x) => x.map((row) => sum(row) / 4),
  ),
  "squared row means": one(
    (x) => operators.square(shapes.reduceMean(x, [1])),
    (x) => x.map((row) => (sum(row) / 4) ** 2),
  ),
  reshape: one(
    (x) => shapes.reshape(x, [2, 6]),
    (x) => x.flat(),
  ),
  transpose: one(shapes.transpose, (x) => turned(x).flat()),
  concat: two(
    (a, b) => shapes.concat([a, b], 1),
    (a, b) => a.flatMap((row, i) => [...row, ...b[i]!]),
    [3, 2],
  ),
  slice: one(
    (x) => shapes.slice(x, 1, 2, 3),
    (x) => x.flatMap((row) => row.slice(2, 3)),
  ),
  "split, one piece unused": one(
    (x) => operators.square(shapes.split(shapes.reshape(x, [12]), [5, 4, 3])[1]!),
    (x) =>
      x
        .flat()
        .slice(5, 9)
        .map((v) => v * v),
  ),
  "a row repeated into a product": two(
    (a, b) => operators.matMul(operators.add(a, b), operators.add(a, b), { transposeA: true }),
    (a, b) => {
      const s = a.map((row) => row.map((value, j) => value + b[0]![j]!));
      return product(turned(s), s).flat();
    },
    [1, 4],
  ),
  "mean squared error": two(losses.mse, (a, b) => [sum(pairs((x, y) => (x - y) ** 2)(a, b)) / 12]),
  "mean absolute error": two(losses.mae, (a, b) => [sum(pairs((x, y) => Math.abs(x - y))(a, b)) / 12]),
  "Huber's loss": two(
    (a, b) => losses.huber(a, b),
    (a, b) => [
      sum(pairs((x, y) => (Math.abs(x - y) < 1 ? (x - y) ** 2 / 2 : Math.abs(x - y) - 0.5))(a, b)) / 12,
    ],
  ),
};

/** A scalar in which every result counts differently, so that no part of a gradient can hide. */
function weighted(results: readonly number[]): number {
  return sum(results.map((value, i) => value * (1 + ((i * 7) % 5) / 3)));
}

test.each(Object.entries(cases))(
  "the gradient agrees with finite differences: %s",
  async (name, { inputs, graph, plain, domain }) => {
    const values = inputs.map(([rows, columns], n) => {
      const drawn = [...normals(rows * columns, `${name} ${n}`)].map((value) => domain?.(value) ?? value);
      return Array.from({ length: rows }, (_, i) => drawn.slice(i * columns, (i + 1) * columns));
    });
    const results = plain(...values);

    const built = new Graph("test");
    const tensors = inputs.map((shape, i) => built.input(`x${i}`, shape));
    const output = graph(...tensors);
    const weights = built.constant(
      Float32Array.from(results, (_, i) => 1 + ((i * 7) % 5) / 3),
      output.shape as number[],
    );
    const found = gradients(shapes.reduceSum(operators.multiply(output, weights)), tensors);
    built.output(output, "output");
    // A gradient need only broadcast to its input; adding it to zeros of that shape fills it up.
    found.forEach((gradient, i) => {
      built.output(operators.add(gradient, operators.multiply(tensors[i]!, 0)), `d${i}`);
    });
    const session = await Session.open(built.encode());
    const feeds = Object.fromEntries(
      values.map((rows, i) => [`x${i}`, { data: Float32Array.from(rows.flat()), dims: inputs[i]! }]),
    );
    const got = await session.run(feeds);
    await session.close();

    expect(
      [...got["output"]!].map((v, i) => v - results[i]!).every((difference) => Math.abs(difference) < 1e-4),
    ).toBe(true);
    const step = 1e-5;
    values.forEach((rows, n) =>
      rows.forEach((row, i) =>
        row.forEach((value, j) => {
          row[j] = value + step;
          const above = weighted(plain(...values));
          row[j] = value - step;
          const below = weighted(plain(...values));
          row[j] = value;
          const expected = (above - below) / (2 * step);
          const actual = got[`d${n}`]![i * row.length + j]!;
          expect(Math.abs(actual - expected), `d${n}[${i}, ${j}]: ${actual}, not ${expected}`).toBeLessThan(
            1e-3 * (1 + Math.abs(expected)),
          );
        }),
      ),
    );
  },
);

test("a mean over an unknown number of rows is differentiated by the number that comes", async () => {
  const graph = new Graph("test");
  const x = graph.input("x", ["rows", 2]);
  const [gradient] = gradients(shapes.reduceMean(operators.square(x)), [x]);
  graph.output(gradient!, "gradient");
  const session = await Session.open(graph.encode());
  for (const rows of [1, 3, 10]) {
    const data = normals(rows * 2, rows);
    const { gradient: got } = await session.run({ x: { data, dims: [rows, 2] } });
    data.forEach((value, i) => expect(got![i]).toBeCloseTo((2 * value) / (rows * 2), 5));
  }
  await session.close();
});

test("a loss that does not depend on a target is a bug and says so", () => {
  const graph = new Graph("test");
  const [x, y] = [graph.input("x", [2]), graph.input("y", [2])];
  expect(() => gradients(shapes.reduceSum(x), [y])).toThrow("does not depend on y");
});

test("shapes that do not go together are refused while the graph is built", () => {
  const graph = new Graph("test");
  const x = graph.input("x", ["rows", 3]);
  expect(() => operators.add(x, graph.input("y", ["rows", 4]))).toThrow("do not broadcast");
  expect(() => operators.matMul(x, graph.input("z", [4, 2]))).toThrow("no matrix product");
});
