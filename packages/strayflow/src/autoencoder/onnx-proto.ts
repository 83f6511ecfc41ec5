/**
 * Writes ONNX files: the part of onnx.proto3 (github.com/onnx/onnx, `onnx/onnx.proto3`) that our graphs need, in
 * protobuf's wire format. Numbers beside the calls are field numbers of that file.
 */

export type ElementType = "float32" | "float64" | "int64" | "bool";

/** A fixed size, or the name of one that is known only when the graph runs. */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export interface OnnxTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | Float64Array | BigInt64Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: Shape;
}

export type OnnxAttribute =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "graph"; readonly value: OnnxGraph };

export interface OnnxNode {
  readonly op: string;
  /** An empty name leaves out an optional input. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, OnnxAttribute>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

/** Strings kept in the file beside the graph; any ONNX runtime shows them. */
export type OnnxMetadata = Readonly<Record<string, string>>;

/** Operator set that the graphs are written for; onnxruntime 1.14 (2023) and later know it. */
const ONNX_OPSET = 18;
const IR_VERSION = 8;

const elementCodes: Readonly<Record<ElementType, number>> = { float32: 1, int64: 7, bool: 9, float64: 11 };

/** Bytes of an `.onnx` file. The same graph and metadata give the same bytes. */
export function encodeModel(graph: OnnxGraph, metadata: OnnxMetadata = {}): Uint8Array {
  const model = new ProtoWriter();
  model.int(1, IR_VERSION);
  model.text(2, "strayflow");
  model.message(7, graphMessage(graph));
  const opset = new ProtoWriter();
  opset.int(2, ONNX_OPSET);
  model.message(8, opset);
  for (const [key, value] of Object.entries(metadata)) {
    const entry = new ProtoWriter();
    entry.text(1, key);
    entry.text(2, value);
    model.message(14, entry);
  }
  return model.bytes();
}

/**
 * The metadata strings of an `.onnx` file, or undefined where the bytes are not a protobuf message. Reads the outermost
 * level only, so a graph that no runtime would take can still have readable metadata.
 */
export function decodeMetadata(bytes: Uint8Array): OnnxMetadata | undefined {
  const metadata: Record<string, string> = {};
  const decoder = new TextDecoder();
  const complete = eachField(bytes, (field, value) => {
    if (field !== 14) return;
    let key = "";
    let text = "";
    eachField(value, (part, content) => {
      if (part === 1) key = decoder.decode(content);
      else if (part === 2) text = decoder.decode(content);
    });
    metadata[key] = text;
  });
  return complete ? metadata : undefined;
}

function graphMessage(graph: OnnxGraph): ProtoWriter {
  const out = new ProtoWriter();
  for (const node of graph.nodes) out.message(1, nodeMessage(node));
  out.text(2, graph.name);
  for (const tensor of graph.initializers) out.message(5, tensorMessage(tensor));
  for (const value of graph.inputs) out.message(11, valueMessage(value));
  for (const value of graph.outputs) out.message(12, valueMessage(value));
  return out;
}

function nodeMessage(node: OnnxNode): ProtoWriter {
  const out = new ProtoWriter();
  for (const name of node.inputs) out.text(1, name);
  for (const name of node.outputs) out.text(2, name);
  out.text(4, node.op);
  for (const [name, attribute] of Object.entries(node.attributes))
    out.message(5, attributeMessage(name, attribute));
  return out;
}

function attributeMessage(name: string, attribute: OnnxAttribute): ProtoWriter {
  const out = new ProtoWriter();
  out.text(1, name);
  switch (attribute.kind) {
    case "float":
      out.float(2, attribute.value);
      out.int(20, 1);
      break;
    case "int":
      out.int(3, attribute.value);
      out.int(20, 2);
      break;
    case "graph":
      out.message(6, graphMessage(attribute.value));
      out.int(20, 5);
      break;
    case "ints":
      for (const value of attribute.value) out.int(8, value);
      out.int(20, 7);
      break;
  }
  return out;
}

function tensorMessage(tensor: OnnxTensor): ProtoWriter {
  const { data } = tensor;
  const type = data instanceof Float32Array ? "float32" : data instanceof Float64Array ? "float64" : "int64";
  const out = new ProtoWriter();
  for (const size of tensor.dims) out.int(1, size);
  out.int(2, elementCodes[type]);
  out.text(8, tensor.name);
  // Little-endian by the format's definition, and by every processor that the runtime supports.
  out.raw(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  return out;
}

function valueMessage(value: OnnxValue): ProtoWriter {
  const shape = new ProtoWriter();
  for (const size of value.shape) {
    const dimension = new ProtoWriter();
    if (typeof size === "number") dimension.int(1, size);
    else dimension.text(2, size);
    shape.message(1, dimension);
  }
  const tensor = new ProtoWriter();
  tensor.int(1, elementCodes[value.type]);
  tensor.message(2, shape);
  const type = new ProtoWriter();
  type.message(1, tensor);
  const out = new ProtoWriter();
  out.text(1, value.name);
  out.message(2, type);
  return out;
}

/** Appends protobuf fields to a growing buffer. */
class ProtoWriter {
  #buffer = new Uint8Array(64);
  #length = 0;

  int(field: number, value: number): void {
    this.#varint(field * 8);
    this.#varint(value);
  }

  float(field: number, value: number): void {
    this.#varint(field * 8 + 5);
    this.#room(4);
    new DataView(this.#buffer.buffer).setFloat32(this.#length, value, true);
    this.#length += 4;
  }

  text(field: number, value: string): void {
    this.raw(field, new TextEncoder().encode(value));
  }

  message(field: number, value: ProtoWriter): void {
    this.raw(field, value.bytes());
  }

  raw(field: number, value: Uint8Array): void {
    this.#varint(field * 8 + 2);
    this.#varint(value.length);
    this.#room(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  bytes(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  #varint(value: number): void {
    this.#room(10);
    // Negative numbers are written as 64-bit two's complement, which is what int64 fields expect.
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 127n) {
      this.#buffer[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
  }

  #room(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = new Uint8Array(Math.max(this.#buffer.length * 2, this.#length + bytes));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/**
 * The same model with only the named outputs, and without the nodes that nothing needs then. Undefined where the bytes are
 * not a whole model.
 */
export function keepOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array | undefined {
  const model = new ProtoWriter();
  let whole = true;
  const intact = copyFields(bytes, model, (field, value) => {
    if (field !== 7) return value;
    const graph = keepGraphOutputs(value, names);
    whole &&= graph !== undefined;
    return graph;
  });
  return intact && whole ? model.bytes() : undefined;
}

function keepGraphOutputs(bytes: Uint8Array, names: readonly string[]): Uint8Array | undefined {
  const nodes: { readonly bytes: Uint8Array; readonly inputs: string[]; readonly outputs: string[] }[] = [];
  if (!eachField(bytes, (field, value) => field === 1 && nodes.push(readNode(value)))) return undefined;
  const needed = new Set(names);
  const kept = new Set<Uint8Array>();
  // Nodes stand in the order of computation, so one walk from the end meets whatever a kept node needs.
  for (const node of nodes.reverse()) {
    if (!node.outputs.some((name) => needed.has(name))) continue;
    kept.add(node.bytes);
    for (const name of node.inputs) needed.add(name);
  }
  let at = nodes.length;
  const graph = new ProtoWriter();
  const intact = copyFields(bytes, graph, (field, value) => {
    if (field === 1) return kept.has(nodes[--at]!.bytes) ? value : undefined;
    if (field === 5) return needed.has(textField(value, 8)) ? value : undefined;
    if (field === 12) return names.includes(textField(value, 1)) ? value : undefined;
    return value;
  });
  return intact ? graph.bytes() : undefined;
}

function readNode(bytes: Uint8Array): { bytes: Uint8Array; inputs: string[]; outputs: string[] } {
  const inputs: string[] = [];
  const outputs: string[] = [];
  eachField(bytes, (field, value) => {
    if (field === 1) inputs.push(new TextDecoder().decode(value));
    if (field === 2) outputs.push(new TextDecoder().decode(value));
  });
  return { bytes, inputs, outputs };
}

function textField(bytes: Uint8Array, wanted: number): string {
  let text = "";
  eachField(bytes, (field, value) => {
    if (field === wanted) text = new TextDecoder().decode(value);
  });
  return text;
}

/** Copies a message; of its length-delimited fields, what `change` gives, or nothing. */
function copyFields(
  bytes: Uint8Array,
  out: ProtoWriter,
  change: (field: number, value: Uint8Array) => Uint8Array | undefined,
): boolean {
  return eachField(
    bytes,
    (field, value) => {
      const changed = change(field, value);
      if (changed !== undefined) out.raw(field, changed);
    },
    (field, value) => out.int(field, value),
  );
}

/** Calls back for every length-delimited field of one message; false where the bytes are not a whole message. */
function eachField(
  bytes: Uint8Array,
  visit: (field: number, value: Uint8Array) => void,
  visitInteger?: (field: number, value: number) => void,
): boolean {
  let at = 0;
  const varint = () => {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10 && at < bytes.length; i++) {
      const byte = bytes[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    return -1;
  };
  while (at < bytes.length) {
    const tag = varint();
    if (tag < 8) return false;
    const wire = tag % 8;
    if (wire === 0) {
      const value = varint();
      if (value < 0) return false;
      visitInteger?.(Math.floor(tag / 8), value);
    } else if (wire === 1) at += 8;
    else if (wire === 5) at += 4;
    else if (wire === 2) {
      const length = varint();
      if (length < 0 || at + length > bytes.length) return false;
      visit(Math.floor(tag / 8), bytes.subarray(at, at + length));
      at += length;
    } else return false;
  }
  return at === bytes.length;
}
