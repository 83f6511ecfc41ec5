import { assert } from "../base/errors.ts";
import { broadcastShape, sameShape } from "./graph.ts";
import type { Graph, Tensor } from "./graph.ts";
import type { OnnxAttribute } from "./onnx-proto.ts";
import { allAxes, floating, reduceSum, whole } from "./shape-operators.ts";

/** A tensor, or a number that broadcasts to whatever it meets; one operand at least is a tensor. */
export type Operand = Tensor | number;

// Operators that compute. Every operator states its gradient once, beside its node. A gradient may be of any shape that
// broadcasts to the shape of what it belongs to (the gradient of a mean is one number, however much was averaged), which
// saves filling whole matrices with one value; `whole` fills it up where that is not enough.

export function add(a: Operand, b: Operand): Tensor {
  return binary(
    "Add",
    a,
    b,
    (dy) => dy,
    (dy) => dy,
  );
}

export function subtract(a: Operand, b: Operand): Tensor {
  return binary("Sub", a, b, (dy) => dy, negate);
}

export function multiply(a: Operand, b: Operand): Tensor {
  return binary(
    "Mul",
    a,
    b,
    (dy, _x, y) => multiply(dy, y),
    (dy, x) => multiply(dy, x),
  );
}

export function divide(a: Operand, b: Operand): Tensor {
  return binary(
    "Div",
    a,
    b,
    (dy, _x, y) => divide(dy, y),
    (dy, x, y) => negate(divide(multiply(dy, x), square(y))),
  );
}

/** Of equal values the first counts as the smaller one. */
export function minimum(a: Operand, b: Operand): Tensor {
  return binary(
    "Min",
    a,
    b,
    (dy, x, y) => keepWhere("LessOrEqual", x, y, dy),
    (dy, x, y) => keepWhere("Greater", x, y, dy),
  );
}

/** Of equal values the first counts as the larger one. */
export function maximum(a: Operand, b: Operand): Tensor {
  return binary(
    "Max",
    a,
    b,
    (dy, x, y) => keepWhere("GreaterOrEqual", x, y, dy),
    (dy, x, y) => keepWhere("Less", x, y, dy),
  );
}

export function negate(x: Tensor): Tensor {
  return unary("Neg", x, negate);
}

export function square(x: Tensor): Tensor {
  // The factor first: `dy` is often one number, and then only one pass over the matrix is left.
  return binary("Mul", x, x, (dy) => multiply(multiply(dy, 2), x), undefined);
}

export function sqrt(x: Tensor): Tensor {
  return unary("Sqrt", x, (dy, y) => divide(multiply(dy, 0.5), y));
}

export function exp(x: Tensor): Tensor {
  return unary("Exp", x, (dy, y) => multiply(dy, y));
}

export function log(x: Tensor): Tensor {
  return unary("Log", x, (dy) => divide(dy, x));
}

export function abs(x: Tensor): Tensor {
  return unary("Abs", x, (dy) => multiply(dy, x.graph.node({ op: "Sign", inputs: [x], shape: x.shape })));
}

export function relu(x: Tensor): Tensor {
  // min(1, y * huge) is 1 where y > 0 and 0 where y = 0, in half the time that comparing and selecting take.
  const alpha: OnnxAttribute = { kind: "float", value: 3e38 };
  const beta: OnnxAttribute = { kind: "float", value: 0 };
  return unary("Relu", x, (dy, y) => {
    const passes = x.graph.node({
      op: "HardSigmoid",
      inputs: [y],
      shape: y.shape,
      attributes: { alpha, beta },
    });
    return multiply(dy, passes);
  });
}

export function leakyRelu(x: Tensor, slope = 0.01): Tensor {
  const gradient = (dy: Tensor) => select("Greater", x, 0, dy, multiply(dy, slope));
  return unary("LeakyRelu", x, gradient, { alpha: { kind: "float", value: slope } });
}

/**
 * Exponential linear unit with alpha 1: x above zero, e^x - 1 below. Put together from others, because the runtime's own
 * gives other last digits when several threads share the work.
 */
export function elu(x: Tensor): Tensor {
  return add(relu(x), subtract(exp(minimum(x, 0)), 1));
}

export function tanh(x: Tensor): Tensor {
  return unary("Tanh", x, (dy, y) => multiply(dy, subtract(1, square(y))));
}

export function sigmoid(x: Tensor): Tensor {
  return unary("Sigmoid", x, (dy, y) => multiply(dy, multiply(y, subtract(1, y))));
}

/** Values held between two numbers; nothing flows back through values outside. */
export function clip(x: Tensor, low: number, high: number): Tensor {
  const { graph } = x;
  const y = graph.node({
    op: "Clip",
    inputs: [x, graph.scalar(low, floating(x)), graph.scalar(high, floating(x))],
    shape: x.shape,
    gradients: [([dy]) => keepWhere("Equal", x, y, dy!)],
  });
  return y;
}

export interface Transposition {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** Product of two matrices, each transposed first where asked, which costs no copy. */
export function matMul(a: Tensor, b: Tensor, transposition: Transposition = {}): Tensor {
  return gemm(a, b, undefined, transposition);
}

/** `x` times `weights` plus a row of biases: one dense layer. */
export function linear(x: Tensor, weights: Tensor, bias: Tensor): Tensor {
  return gemm(x, weights, bias, {});
}

function gemm(
  a: Tensor,
  b: Tensor,
  bias: Tensor | undefined,
  { transposeA = false, transposeB = false }: Transposition,
): Tensor {
  assert(a.shape.length === 2 && b.shape.length === 2, "a matrix product takes two matrices");
  const inner = a.shape[transposeA ? 0 : 1];
  assert(
    inner === b.shape[transposeB ? 1 : 0],
    `[${a.shape.join(", ")}] by [${b.shape.join(", ")}] is no matrix product`,
  );
  const y: Tensor = a.graph.node({
    op: "Gemm",
    inputs: bias ? [a, b, bias] : [a, b],
    shape: [a.shape[transposeA ? 1 : 0]!, b.shape[transposeB ? 0 : 1]!],
    attributes: {
      ...(transposeA ? { transA: { kind: "int", value: 1 } } : {}),
      ...(transposeB ? { transB: { kind: "int", value: 1 } } : {}),
    },
    gradients: [
      ([d]) => {
        const dy = whole(d!, y);
        return transposeA
          ? matMul(b, dy, { transposeA: transposeB, transposeB: true })
          : matMul(dy, b, { transposeB: !transposeB });
      },
      ([d]) => {
        const dy = whole(d!, y);
        return transposeB
          ? matMul(dy, a, { transposeA: true, transposeB: transposeA })
          : matMul(a, dy, { transposeA: !transposeA });
      },
      ([dy]) => sumTo(dy!, y, bias!),
    ],
  });
  return y;
}

/** Sum of the squares of all values, in one pass. */
export function sumOfSquares(x: Tensor): Tensor {
  return x.graph.node({
    op: "ReduceSumSquare",
    inputs: [x, x.graph.integers(allAxes(x))],
    shape: [],
    attributes: { keepdims: { kind: "int", value: 0 } },
    gradients: [([dy]) => multiply(multiply(dy!, 2), x)],
  });
}

type Comparison = "Greater" | "GreaterOrEqual" | "Less" | "LessOrEqual" | "Equal";

/** `yes` where the comparison of `a` and `b` holds, `no` elsewhere. Not differentiated. */
function select(comparison: Comparison, a: Tensor, b: Operand, yes: Tensor, no: Operand): Tensor {
  const { graph } = a;
  const other = operand(graph, b, a);
  const shape = broadcastShape(a.shape, other.shape);
  const holds = graph.node({ op: comparison, inputs: [a, other], shape, type: "bool" });
  const result = broadcastShape(shape, yes.shape);
  return graph.node({
    op: "Where",
    inputs: [holds, yes, operand(graph, no, yes)],
    shape: result,
    type: yes.type,
  });
}

function keepWhere(comparison: Comparison, a: Tensor, b: Operand, value: Tensor): Tensor {
  return select(comparison, a, b, value, 0);
}

type BinaryGradient = (dy: Tensor, a: Tensor, b: Tensor) => Tensor;

function binary(
  op: string,
  a: Operand,
  b: Operand,
  forA: BinaryGradient,
  forB: BinaryGradient | undefined,
): Tensor {
  const like = typeof a === "number" ? b : a;
  assert(typeof like !== "number", `${op} of two numbers`);
  const { graph } = like;
  const left = operand(graph, a, like);
  const right = operand(graph, b, like);
  const y: Tensor = graph.node({
    op,
    inputs: [left, right],
    shape: broadcastShape(left.shape, right.shape),
    gradients: [
      ([dy]) => sumTo(forA(dy!, left, right), y, left),
      forB && (([dy]) => sumTo(forB(dy!, left, right), y, right)),
    ],
  });
  return y;
}

function unary(
  op: string,
  x: Tensor,
  gradient: (dy: Tensor, y: Tensor) => Tensor,
  attributes: Readonly<Record<string, OnnxAttribute>> = {},
): Tensor {
  const y: Tensor = x.graph.node({
    op,
    inputs: [x],
    shape: x.shape,
    attributes,
    gradients: [([dy]) => gradient(dy!, y)],
  });
  return y;
}

function operand(graph: Graph, value: Operand, like: Tensor): Tensor {
  return typeof value === "number" ? graph.scalar(value, floating(like)) : value;
}

/** Sums a gradient of an output over the axes along which the input had been repeated. */
function sumTo(gradient: Tensor, output: Tensor, input: Tensor): Tensor {
  if (sameShape(input.shape, output.shape)) return gradient;
  const missing = output.shape.length - input.shape.length;
  const lost = output.shape.flatMap((_, i) => (i < missing ? [i] : []));
  const repeated = output.shape.flatMap((size, i) =>
    i >= missing && input.shape[i - missing] === 1 && size !== 1 ? [i] : [],
  );
  let sum = whole(gradient, output);
  if (repeated.length > 0) sum = reduceSum(sum, repeated, true);
  return lost.length > 0 ? reduceSum(sum, lost) : sum;
}
