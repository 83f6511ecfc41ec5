import { assert } from "../base/errors.ts";
import { encodeModel } from "./onnx-proto.ts";
import type {
  Dimension,
  ElementType,
  OnnxAttribute,
  OnnxGraph,
  OnnxMetadata,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
  Shape,
} from "./onnx-proto.ts";

/** A value inside a graph under construction. */
export interface Tensor extends OnnxValue {
  readonly graph: Graph;
}

/**
 * The gradient of one input, written as further nodes, given the gradients of the operator's outputs. An output that the
 * loss does not depend on has none. What is returned need only broadcast to the shape of the input.
 */
export type InputGradient = (outputs: readonly (Tensor | undefined)[]) => Tensor;

/** One differentiable node, as it was added. */
export interface TapeEntry {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly gradients: readonly (InputGradient | undefined)[];
}

/** What one node is: the ONNX operator, its result, and how a gradient flows back through it. */
export interface NodeSpec {
  readonly op: string;
  readonly inputs: readonly Tensor[];
  readonly shape: Shape;
  /** The type of the first input where it is not given. */
  readonly type?: ElementType;
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
  /** One for each input; absent for inputs through which nothing is differentiated. */
  readonly gradients?: readonly (InputGradient | undefined)[];
}

/**
 * Builds an ONNX graph node by node and remembers how to differentiate it. The functions in `operators.ts` are the
 * usual way to add nodes.
 */
export class Graph {
  readonly name: string;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #inputs: OnnxValue[] = [];
  readonly #outputs: OnnxValue[] = [];
  readonly #tape: TapeEntry[] = [];
  readonly #constants = new Map<string, Tensor>();
  /** Names that tensors get because they are results. */
  readonly #renamed = new Map<string, string>();
  #names = 0;

  constructor(name: string) {
    this.name = name;
  }

  input(name: string, shape: Shape, type: ElementType = "float32"): Tensor {
    this.#inputs.push({ name, type, shape });
    return { graph: this, name, type, shape };
  }

  /** Makes `tensor` a result of the graph, under its own name or under the given one. */
  output(tensor: Tensor, name = tensor.name): void {
    const { type, shape } = tensor;
    const computed = this.#nodes.some((node) => node.outputs.includes(tensor.name));
    if (computed && !this.#renamed.has(tensor.name)) this.#renamed.set(tensor.name, name);
    else this.#nodes.push({ op: "Identity", inputs: [tensor.name], outputs: [name], attributes: {} });
    this.#outputs.push({ name, type, shape });
  }

  /** A constant held in the file. */
  constant(data: Float32Array | Float64Array | BigInt64Array, dims: readonly number[]): Tensor {
    assert(
      dims.reduce((product, size) => product * size, 1) === data.length,
      `${data.length} values for a constant of shape [${dims.join(", ")}]`,
    );
    const type =
      data instanceof Float32Array ? "float32" : data instanceof Float64Array ? "float64" : "int64";
    const name = this.#name("constant");
    this.#initializers.push({ name, dims, data });
    return { graph: this, name, type, shape: dims };
  }

  /** A single number that broadcasts to any shape; equal numbers share one constant. */
  scalar(value: number, type: "float32" | "float64" = "float32"): Tensor {
    return this.#shared(`${type} ${value}`, () =>
      this.constant(type === "float32" ? Float32Array.of(value) : Float64Array.of(value), []),
    );
  }

  /** A list of whole numbers: axes, sizes, positions. */
  integers(values: readonly number[]): Tensor {
    return this.#shared(`int64 ${values.join(" ")}`, () =>
      this.constant(
        BigInt64Array.from(values, (value) => BigInt(value)),
        [values.length],
      ),
    );
  }

  node(spec: NodeSpec): Tensor {
    return this.nodes({ ...spec, shapes: [spec.shape] })[0]!;
  }

  /** A node with several results. */
  nodes(spec: Omit<NodeSpec, "shape"> & { readonly shapes: readonly Shape[] }): readonly Tensor[] {
    const type = spec.type ?? spec.inputs[0]?.type ?? "float32";
    const outputs = spec.shapes.map((shape): Tensor => ({
      graph: this,
      name: this.#name(spec.op),
      type,
      shape,
    }));
    this.#nodes.push({
      op: spec.op,
      inputs: spec.inputs.map((tensor) => tensor.name),
      outputs: outputs.map((tensor) => tensor.name),
      attributes: spec.attributes ?? {},
    });
    if (spec.gradients) this.#tape.push({ inputs: spec.inputs, outputs, gradients: spec.gradients });
    return outputs;
  }

  /** The differentiable nodes added so far, in order. */
  get tape(): readonly TapeEntry[] {
    return this.#tape;
  }

  /** The graph as it is written: without nodes and constants that no output needs. */
  toOnnx(): OnnxGraph {
    const finalName = (name: string) => this.#renamed.get(name) ?? name;
    const needed = new Set(this.#outputs.map((output) => output.name));
    const nodes: OnnxNode[] = [];
    for (const node of this.#nodes.toReversed()) {
      const outputs = node.outputs.map(finalName);
      if (!outputs.some((name) => needed.has(name))) continue;
      const inputs = node.inputs.map(finalName);
      nodes.push({ ...node, inputs, outputs });
      for (const name of [...inputs, ...namesFromOutside(node)]) needed.add(name);
    }
    return {
      name: this.name,
      nodes: nodes.reverse(),
      initializers: this.#initializers.filter((tensor) => needed.has(tensor.name)),
      inputs: this.#inputs,
      outputs: this.#outputs,
    };
  }

  /** Bytes of an `.onnx` file with this graph. */
  encode(metadata: OnnxMetadata = {}): Uint8Array {
    return encodeModel(this.toOnnx(), metadata);
  }

  #shared(key: string, make: () => Tensor): Tensor {
    const known = this.#constants.get(key);
    if (known) return known;
    const made = make();
    this.#constants.set(key, made);
    return made;
  }

  #name(stem: string): string {
    // The graph's name keeps apart the names of a loop's body and of the graph around it, which the body can see.
    return `${this.name}_${stem.toLowerCase()}_${this.#names++}`;
  }
}

/** The shape that NumPy's broadcasting gives two operands; a name and a number other than 1 do not go together. */
export function broadcastShape(a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const result: Dimension[] = [];
  for (let i = 0; i < rank; i++) {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    assert(
      left === right || left === 1 || right === 1,
      `shapes [${a.join(", ")}] and [${b.join(", ")}] do not broadcast`,
    );
    result.push(left === 1 ? right : left);
  }
  return result;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i]);
}

/** Names that the body of a loop uses, among them those that it finds in the graph around it. */
function namesFromOutside(node: OnnxNode): readonly string[] {
  return Object.values(node.attributes).flatMap((attribute) =>
    attribute.kind === "graph" ? attribute.value.nodes.flatMap((inner) => inner.inputs) : [],
  );
}
