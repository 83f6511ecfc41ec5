import { CountTable } from "../count-table.ts";
import type { BaselinePart } from "../block.ts";
import type { TextCounts } from "../counts.ts";
import { countCodes, decodeTextCounts, encodeTextCounts, isCount, TextCounter } from "../counts.ts";
import { ICMP, transportsOf } from "./protocol.ts";
import { parseServices } from "./service-names.ts";

/** What training saw of services. */
export interface ServiceCounts {
  /** Single services, those that get a column of their own. */
  readonly names: TextCounts;
  /** Whole sets by their key; set `i` has code `i`, all others share code `sets.names.length`. */
  readonly sets: TextCounts;
  /** Rows per `placeAndSet(place, code)`. */
  readonly joint: CountTable;
}

/** Services with columns of their own, and rows that a service needs for one: below, it would be next to constant. */
const MOST_COLUMNS = 24;
const LEAST_ROWS = 5;
const MOST_SETS = 255;
const SETS_WHILE_LEARNING = 4096;
const MOST_JOINT = 1_000_000;

/** Transport and responder port as one number below 2^18. */
export function placeOf(transport: number, port: number): number {
  return transport * 65_536 + port;
}

export function placeAndSet(place: number, code: number): number {
  return place * (MOST_SETS + 1) + code;
}

/** The place of a key that `placeAndSet` made. */
export function placeOfKey(key: number): number {
  return Math.floor(key / (MOST_SETS + 1));
}

export const serviceCounts: BaselinePart<ServiceCounts> = {
  id: "service",
  learner() {
    const names = new TextCounter();
    const sets = new TextCounter();
    const codeOfKey = new Map<string, number>();
    const joint = new CountTable(MOST_JOINT);
    return {
      learn(batch, include) {
        const { codes, values } = batch.service;
        const parsed = values.map(parseServices);
        const setOf = new Uint16Array(values.length);
        countCodes(batch.service, batch.rows, include, (code, rows) => {
          const { names: some, key } = parsed[code]!;
          for (const name of some) names.add(name, rows);
          sets.add(key, rows);
          if (!codeOfKey.has(key) && codeOfKey.size < SETS_WHILE_LEARNING - 1)
            codeOfKey.set(key, codeOfKey.size);
          setOf[code] = codeOfKey.get(key) ?? SETS_WHILE_LEARNING - 1;
        });
        const transports = transportsOf(batch.proto);
        const protos = batch.proto.codes;
        const ports = batch.resp_p;
        for (let row = 0; row < batch.rows; row++) {
          const transport = transports[protos[row]!]!;
          if (transport === ICMP || (include !== undefined && include[row] === 0)) continue;
          joint.add(placeOf(transport, ports[row]!) * SETS_WHILE_LEARNING + setOf[codes[row]!]!, 1);
        }
      },
      finish() {
        const kept = sets.finish(MOST_SETS);
        return {
          names: names.finish(MOST_COLUMNS, LEAST_ROWS),
          sets: kept,
          joint: foldRareSets(joint, codeOfKey, kept.names),
        };
      },
    };
  },
  encode({ names, sets, joint }, out) {
    encodeTextCounts(names, out);
    encodeTextCounts(sets, out);
    const { keys, counts } = joint.entries();
    out.uint32Array(keys);
    out.float64Array(counts);
  },
  decode(input) {
    const names = decodeTextCounts(input);
    const sets = decodeTextCounts(input);
    const keys = input.uint32Array();
    const counts = input.float64Array();
    input.expect(names.names.length <= MOST_COLUMNS, `it has ${names.names.length} services`);
    input.expect(sets.names.length <= MOST_SETS, `it has ${sets.names.length} sets of services`);
    input.expect(keys.length === counts.length, `${keys.length} keys have ${counts.length} counts`);
    input.expect(counts.every(isCount), "a count is not a whole number");
    const joint = new CountTable();
    keys.forEach((key, i) => {
      input.expect(key < placeAndSet(placeOf(4, 0), 0), `${key} is no port and service`);
      joint.add(key, counts[i]!);
    });
    return { names, sets, joint };
  },
};

function foldRareSets(
  learned: CountTable,
  codeOfKey: ReadonlyMap<string, number>,
  kept: readonly string[],
): CountTable {
  const finalCode = new Uint16Array(SETS_WHILE_LEARNING).fill(kept.length);
  kept.forEach((key, code) => {
    const early = codeOfKey.get(key);
    if (early !== undefined) finalCode[early] = code;
  });
  const folded = new CountTable();
  const { keys, counts } = learned.entries();
  keys.forEach((key, i) => {
    const early = key % SETS_WHILE_LEARNING;
    folded.add(placeAndSet((key - early) / SETS_WHILE_LEARNING, finalCode[early]!), counts[i]!);
  });
  return folded;
}
