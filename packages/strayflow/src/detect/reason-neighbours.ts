import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { assert } from "../base/errors.ts";
import type { Random } from "../base/random.ts";
import { formatAddress } from "../zeek/address.ts";
import type { Batch } from "../zeek/batch.ts";

/** A connection of the training data, as a person would look it up. Hostile text. */
export interface NormalConnection {
  /** Start, seconds since 1970. */
  readonly ts: number;
  readonly originator: string;
  readonly responder: string;
  readonly responderPort: number;
  readonly proto: string;
  readonly service: string;
  readonly state: string;
}

/** A few normal connections of every kind, with their features: what an unusual one can be held against. */
export interface NormalExamples {
  readonly width: number;
  /** Row-major. */
  readonly values: Float32Array;
  readonly connections: readonly NormalConnection[];
}

/** Services that have examples of their own, and examples of each; all other services share as many as four. */
const mostServices = 96;
const perService = 6;
const ofTheRest = 4 * perService;
/** Text of a log may be of any length. */
const longestText = 64;
/** No single column counts for more than this many standard deviations: the odd one must not decide what is near. */
const mostDeviations = 3;

interface Stratum {
  readonly slots: number[];
  readonly room: number;
  seen: number;
}

/**
 * Keeps some hundreds of the normal rows, drawn evenly within each service (protocol and port), so that the few
 * connections of a rare service have an example as well. Bounded whatever the traffic.
 */
export class ExampleLearner {
  readonly #width: number;
  readonly #random: Random;
  readonly #strata = new Map<string, Stratum>();
  readonly #rest: Stratum = { slots: [], room: ofTheRest, seen: 0 };
  readonly #values: Float32Array[] = [];
  readonly #connections: NormalConnection[] = [];

  constructor(width: number, random: Random) {
    this.#width = width;
    this.#random = random;
  }

  /** Takes the rows of a batch and their features. Rows with `include[row] === 0` are skipped. */
  add(batch: Batch, matrix: Float32Array, include?: Uint8Array): void {
    const width = this.#width;
    assert(matrix.length >= batch.rows * width, "the matrix does not belong to the batch");
    for (let row = 0; row < batch.rows; row++) {
      if (include !== undefined && include[row] === 0) continue;
      const stratum = this.#stratumOf(batch, row);
      stratum.seen++;
      let slot: number | undefined;
      if (stratum.slots.length < stratum.room) {
        slot = this.#values.length;
        stratum.slots.push(slot);
      } else {
        slot = stratum.slots[this.#random.integer(stratum.seen)];
        if (slot === undefined) continue;
      }
      this.#values[slot] = matrix.slice(row * width, (row + 1) * width);
      this.#connections[slot] = connectionOf(batch, row);
    }
  }

  finish(): NormalExamples {
    const values = new Float32Array(this.#values.length * this.#width);
    this.#values.forEach((row, i) => values.set(row, i * this.#width));
    return { width: this.#width, values, connections: this.#connections };
  }

  #stratumOf(batch: Batch, row: number): Stratum {
    const { codes, values } = batch.proto;
    const key = `${values[codes[row]!]!.slice(0, longestText)}/${batch.resp_p[row]}`;
    let stratum = this.#strata.get(key);
    if (stratum === undefined) {
      if (this.#strata.size >= mostServices) return this.#rest;
      stratum = { slots: [], room: perService, seen: 0 };
      this.#strata.set(key, stratum);
    }
    return stratum;
  }
}

function connectionOf(batch: Batch, row: number): NormalConnection {
  const text = ({ codes, values }: Batch["proto"]) => values[codes[row]!]!.slice(0, longestText);
  return {
    ts: batch.ts[row]!,
    originator: formatAddress(batch.orig_h, row),
    responder: formatAddress(batch.resp_h, row),
    responderPort: batch.resp_p[row]!,
    proto: text(batch.proto),
    service: text(batch.service),
    state: text(batch.conn_state),
  };
}

/** Finds the examples that resemble a row most. */
export class NormalNeighbours {
  readonly #examples: NormalExamples;
  /** For each column one over the standard deviation among the examples; 0 where all have the same value. */
  readonly scale: Float64Array;

  constructor(examples: NormalExamples) {
    this.#examples = examples;
    this.scale = scaleOf(examples);
  }

  /** Numbers of the nearest examples, nearest first; of equal ones the earlier. `values` holds one row. */
  indices(values: Float32Array, count: number): number[] {
    const { width, values: examples, connections } = this.#examples;
    assert(values.length === width, `a row of ${values.length} values among examples of ${width}`);
    const scale = this.scale;
    const distances = new Float64Array(connections.length);
    for (let i = 0; i < distances.length; i++) {
      const at = i * width;
      let sum = 0;
      for (let column = 0; column < width; column++) {
        const apart = Math.min(
          mostDeviations,
          Math.abs(values[column]! - examples[at + column]!) * scale[column]!,
        );
        sum += apart * apart;
      }
      distances[i] = sum;
    }
    return Array.from(distances.keys())
      .sort((a, b) => distances[a]! - distances[b]! || a - b)
      .slice(0, count);
  }
}

function scaleOf({ width, values, connections }: NormalExamples): Float64Array {
  const rows = connections.length;
  return Float64Array.from({ length: width }, (_, column) => {
    let sum = 0;
    let squares = 0;
    for (let at = column; at < rows * width; at += width) sum += values[at]!;
    const mean = rows > 0 ? sum / rows : 0;
    for (let at = column; at < rows * width; at += width) squares += (values[at]! - mean) ** 2;
    return squares > 0 ? 1 / Math.sqrt(squares / rows) : 0;
  });
}

export function encodeExamples({ width, values, connections }: NormalExamples): Uint8Array {
  const out = new ByteWriter();
  out.uint32(width);
  out.bytes(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  out.float64Array(Float64Array.from(connections, ({ ts }) => ts));
  out.uint32Array(Uint32Array.from(connections, ({ responderPort }) => responderPort));
  for (const name of textFields) out.texts(connections.map((connection) => connection[name]));
  return out.finish();
}

/** Throws `model-damaged` where the bytes are not what `encodeExamples` wrote. */
export function decodeExamples(bytes: Uint8Array): NormalExamples {
  const input = new ByteReader(bytes, "normal examples");
  const width = input.uint32();
  const values = input.bytes();
  const ts = input.float64Array();
  const ports = input.uint32Array();
  const [originators, responders, protos, services, states] = textFields.map(() => input.texts());
  input.expect(
    values.length === ts.length * width * 4,
    `${values.length} bytes are not ${ts.length} rows of ${width}`,
  );
  for (const list of [ports, originators, responders, protos, services, states]) {
    input.expect(list?.length === ts.length, `it has ${list?.length} descriptions of ${ts.length} rows`);
  }
  input.end();
  const connections = Array.from(ts, (start, i) => ({
    ts: start,
    originator: originators![i]!,
    responder: responders![i]!,
    responderPort: ports[i]!,
    proto: protos![i]!,
    service: services![i]!,
    state: states![i]!,
  }));
  return { width, values: new Float32Array(values.buffer), connections };
}

const textFields = ["originator", "responder", "proto", "service", "state"] as const;
