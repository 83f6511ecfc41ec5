import { assert } from "../base/errors.ts";
import { sameShape } from "./graph.ts";
import type { Tensor } from "./graph.ts";
import type { ElementType, Shape } from "./onnx-proto.ts";

// Operators that move or add up values. As in `operators.ts`, a gradient need only broadcast to the shape of what it
// belongs to; `whole` fills it up where that is not enough. Gradients are not differentiated again.

/** Sum over the given axes (all where none are given), which disappear unless kept with size 1. */
export function reduceSum(x: Tensor, axes = allAxes(x), keep = false): Tensor {
  return reduce("ReduceSum", x, axes, keep, (dy) => dy);
}

/** Mean over the given axes (all where none are given), which disappear unless kept with size 1. */
export function reduceMean(x: Tensor, axes = allAxes(x), keep = false): Tensor {
  return reduce("ReduceMean", x, axes, keep, (dy) =>
    x.graph.node({ op: "Div", inputs: [dy, countOf(x, axes)], shape: dy.shape }),
  );
}

function reduce(
  op: string,
  x: Tensor,
  axes: readonly number[],
  keep: boolean,
  share: (dy: Tensor) => Tensor,
): Tensor {
  const { graph } = x;
  const y: Tensor = graph.node({
    op,
    inputs: [x, graph.integers(axes)],
    shape: keep
      ? x.shape.map((size, i) => (axes.includes(i) ? 1 : size))
      : x.shape.filter((_, i) => !axes.includes(i)),
    attributes: { keepdims: { kind: "int", value: keep ? 1 : 0 } },
    gradients: [
      ([d]) => {
        const dy = share(d!);
        if (keep || y.shape.length === 0) return dy;
        const shape = x.shape.map((size, i) => (axes.includes(i) ? 1 : size));
        const spread = whole(dy, y);
        return graph.node({ op: "Unsqueeze", inputs: [spread, graph.integers(axes)], shape });
      },
    ],
  });
  return y;
}

/** The same values in another shape; at most one size may be a name. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  const { graph } = x;
  const sizes = graph.integers(shape.map((size) => (typeof size === "number" ? size : -1)));
  const y: Tensor = graph.node({
    op: "Reshape",
    inputs: [x, sizes],
    shape,
    gradients: [([dy]) => reshape(whole(dy!, y), x.shape)],
  });
  return y;
}

export function transpose(x: Tensor): Tensor {
  assert(x.shape.length === 2, "only matrices are transposed");
  const y: Tensor = x.graph.node({
    op: "Transpose",
    inputs: [x],
    shape: [x.shape[1]!, x.shape[0]!],
    attributes: { perm: { kind: "ints", value: [1, 0] } },
    gradients: [([dy]) => transpose(whole(dy!, y))],
  });
  return y;
}

export function concat(parts: readonly Tensor[], axis: number): Tensor {
  const sizes = parts.map((part) => fixedSize(part, axis));
  const shape = parts[0]!.shape.with(
    axis,
    sizes.reduce((sum, size) => sum + size, 0),
  );
  const y: Tensor = parts[0]!.graph.node({
    op: "Concat",
    inputs: parts,
    shape,
    attributes: { axis: { kind: "int", value: axis } },
    gradients: parts.map((_, i) => ([dy]) => {
      const start = sizes.slice(0, i).reduce((sum, size) => sum + size, 0);
      return slice(whole(dy!, y), axis, start, start + sizes[i]!);
    }),
  });
  return y;
}

/** Positions `start` to `end` (not included) of one axis. */
export function slice(x: Tensor, axis: number, start: number, end: number): Tensor {
  const { graph } = x;
  const size = fixedSize(x, axis);
  const y: Tensor = graph.node({
    op: "Slice",
    inputs: [x, graph.integers([start]), graph.integers([end]), graph.integers([axis])],
    shape: x.shape.with(axis, end - start),
    gradients: [
      ([dy]) => {
        const before = x.shape.map((_, i) => (i === axis ? start : 0));
        const after = x.shape.map((_, i) => (i === axis ? size - end : 0));
        return graph.node({
          op: "Pad",
          inputs: [whole(dy!, y), graph.integers([...before, ...after]), graph.scalar(0, floating(x))],
          shape: x.shape,
        });
      },
    ],
  });
  return y;
}

/** Cuts a vector into consecutive pieces of the given lengths. */
export function split(x: Tensor, sizes: readonly number[]): readonly Tensor[] {
  const { graph } = x;
  const pieces = graph.nodes({
    op: "Split",
    inputs: [x, graph.integers(sizes)],
    shapes: sizes.map((size) => [size]),
    attributes: { axis: { kind: "int", value: 0 } },
    gradients: [
      (outputs) =>
        concat(
          outputs.map((dy, i) => whole(dy ?? graph.scalar(0, floating(x)), pieces[i]!)),
          0,
        ),
    ],
  });
  return pieces;
}

/** The same numbers in another floating-point type. Not differentiated. */
export function cast(x: Tensor, type: "float32" | "float64"): Tensor {
  const to = type === "float32" ? 1 : 11;
  return x.graph.node({
    op: "Cast",
    inputs: [x],
    shape: x.shape,
    type,
    attributes: { to: { kind: "int", value: to } },
  });
}

/** How many values go into each result when `axes` of `x` are reduced. */
export function countOf(x: Tensor, axes = allAxes(x)): Tensor {
  const reduced = product(x.shape.filter((_, i) => axes.includes(i)));
  if (!Number.isNaN(reduced)) return x.graph.scalar(reduced, floating(x));
  const rest = product(x.shape.filter((_, i) => !axes.includes(i)));
  assert(!Number.isNaN(rest), "a mean with unknown sizes both inside and outside is not differentiated");
  const size = x.graph.node({ op: "Size", inputs: [x], shape: [], type: "int64" });
  return x.graph.node({
    op: "Div",
    inputs: [cast(size, floating(x)), x.graph.scalar(rest, floating(x))],
    shape: [],
  });
}

/** `gradient` filled up to the shape of the output that it belongs to. */
export function whole(gradient: Tensor, output: Tensor): Tensor {
  if (sameShape(gradient.shape, output.shape)) return gradient;
  const { graph } = gradient;
  const sizes = graph.node({ op: "Shape", inputs: [output], shape: [output.shape.length], type: "int64" });
  return graph.node({ op: "Expand", inputs: [gradient, sizes], shape: output.shape, type: gradient.type });
}

function product(sizes: Shape): number {
  return sizes.reduce<number>((all, size) => all * Number(size), 1);
}

export function allAxes(x: Tensor): readonly number[] {
  return x.shape.map((_, i) => i);
}

function fixedSize(x: Tensor, axis: number): number {
  const size = x.shape[axis];
  assert(typeof size === "number", `axis ${axis} of [${x.shape.join(", ")}] has no fixed size`);
  return size;
}

export function floating(x: { readonly type: ElementType }): "float32" | "float64" {
  return x.type === "float64" ? "float64" : "float32";
}
