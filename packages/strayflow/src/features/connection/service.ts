import type { FeatureFamily } from "../block.ts";
import { columnsOf } from "../define.ts";
import type { ColumnTexts } from "../define.ts";
import { flag, rarity } from "../explain.ts";
import { CountTable } from "../count-table.ts";
import { HIGHEST_RARITY } from "../rarity.ts";
import { ICMP, transportsOf } from "./protocol.ts";
import { placeAndSet, placeOf, placeOfKey, serviceCounts } from "./service-counts.ts";
import type { ServiceCounts } from "./service-counts.ts";
import { parseServices } from "./service-names.ts";

/** Rows that the overall share of a service is worth against the port's own rows (Dirichlet prior). */
const PRIOR_ROWS = 1;
const PLACES = 4 * 65_536;

/** The application protocols that Zeek recognised, in any order, and whether they belong on this port. */
export const service: FeatureFamily = {
  id: "service",
  side: "connection",
  reads: ["service", "proto"],
  parts: [serviceCounts],
  learnedColumns: [
    {
      id: "service_<name>",
      unit: "0 or 1",
      summary: "Zeek recognised this service; one column for each that is frequent in training.",
    },
  ],
  open(baseline) {
    const learned = baseline.get(serviceCounts);
    const known = learned.names.names;
    const columns = columnsOf(columnTexts(known));
    const OTHER = known.length;
    const NEGATED = OTHER + 1;
    const MISSING = OTHER + 2;
    const marks = OTHER + 3;
    const columnOf = new Map(known.map((name, i) => [name, i]));
    const setCodeOf = new Map(learned.sets.names.map((key, i) => [key, i]));
    const unseenSet = learned.sets.names.length;
    const rarities = raritiesOf(learned);
    return {
      columns,
      fill(out, width, at, batch) {
        const { codes, values } = batch.service;
        const table = new Uint8Array(values.length * marks);
        const setOf = new Uint16Array(values.length);
        for (let code = 0; code < values.length; code++) {
          const { names, negated, key } = parseServices(values[code]!);
          const from = code * marks;
          for (const name of names) table[from + (columnOf.get(name) ?? OTHER)] = 1;
          table[from + NEGATED] = negated.length > 0 ? 1 : 0;
          table[from + MISSING] = key === "" ? 1 : 0;
          setOf[code] = setCodeOf.get(key) ?? unseenSet;
        }
        const { ofPair, ofPlace, ofSet } = rarities;
        const transports = transportsOf(batch.proto);
        const protos = batch.proto.codes;
        const ports = batch.resp_p;
        for (let row = 0, to = at; row < batch.rows; row++, to += width) {
          const code = codes[row]!;
          const from = code * marks;
          for (let i = 0; i < marks; i++) out[to + i] = table[from + i]!;
          const transport = transports[protos[row]!]!;
          let unexpected = 0;
          if (transport !== ICMP) {
            const place = placeOf(transport, ports[row]!);
            const set = setOf[code]!;
            // A pair that training saw never has a rarity of 0, so 0 says that it was not seen.
            unexpected = ofPair.get(placeAndSet(place, set)) || ofPlace[place]! + ofSet[set]!;
            if (unexpected > HIGHEST_RARITY) unexpected = HIGHEST_RARITY;
          }
          out[to + marks] = unexpected;
        }
      },
    };
  },
};

function columnTexts(known: readonly string[]): Record<string, ColumnTexts> {
  const columns: Record<string, ColumnTexts> = {};
  for (const name of known) {
    columns[freeId(columns, name)] = oneOfServices(
      name,
      `Zeek recognised ${name}, alone or among others.`,
      `its service is ${name}`,
      `its service is not ${name}`,
    );
  }
  columns["service_is_other"] = oneOfServices(
    "one that was absent or rare in training",
    "Zeek recognised a service that was absent or rare in training.",
    "its service was absent or rare in training",
    "its service is a common one or none",
  );
  columns["service_is_negated"] = flag(
    "Zeek recognised a service and then took it back (-ssl).",
    "what looked like a known service turned out not to be",
    "no service was taken back",
  );
  columns["service_is_missing"] = oneOfServices(
    "none",
    "Zeek recognised no service.",
    "no service was recognised",
    "a service was recognised",
  );
  columns["service_rarity"] = rarity(
    "-ln p of the set of services given transport and responder port, as often as it was seen in training; 0 for ICMP.",
    "this service on this port",
  );
  return columns;
}

/** Zeek may recognise several services in one connection. */
function oneOfServices(is: string, ...texts: Parameters<typeof flag>): ColumnTexts {
  return { ...flag(...texts), choice: { of: "service", is, areSeveral: true } };
}

/** Names come from a log: they become plain lower-case ids, numbered where two become the same. */
function freeId(taken: Readonly<Record<string, unknown>>, name: string): string {
  const stem = `service_${name.replace(/[^a-z0-9]+/g, "_").slice(0, 40)}`;
  let id = stem;
  for (let n = 2; Object.hasOwn(taken, id) || reserved.has(id); n++) id = `${stem}_${n}`;
  return id;
}

const reserved: ReadonlySet<string> = new Set([
  "service_is_other",
  "service_is_negated",
  "service_is_missing",
  "service_rarity",
]);

interface Rarities {
  /** Of the pairs that training saw, at `placeAndSet(place, set)`. */
  readonly ofPair: CountTable;
  /** The rarity of any other pair is the sum of these two. */
  readonly ofPlace: Float64Array;
  readonly ofSet: Float64Array;
}

/** -ln of (rows of the pair + PRIOR_ROWS * share of the set) / (rows of the place + PRIOR_ROWS). */
function raritiesOf({ sets, joint }: ServiceCounts): Rarities {
  const prior = priorOf(sets);
  const { keys, counts } = joint.entries();
  const rowsOfPlace = new Float64Array(PLACES);
  keys.forEach((key, i) => (rowsOfPlace[placeOfKey(key)]! += counts[i]!));
  const ofPlace = rowsOfPlace.map((rows) => Math.log(rows + PRIOR_ROWS));
  const ofPair = new CountTable();
  keys.forEach((key, i) => {
    const place = placeOfKey(key);
    const expected = counts[i]! + PRIOR_ROWS * prior[key - placeAndSet(place, 0)]!;
    ofPair.add(key, ofPlace[place]! - Math.log(expected));
  });
  return { ofPair, ofPlace, ofSet: prior.map((share) => -Math.log(PRIOR_ROWS * share)) };
}

/** Share of all rows, by set code; the last is that of all sets without a code. Smoothed, so never 0. */
function priorOf({ names, counts, total }: ServiceCounts["sets"]): Float64Array {
  const codes = names.length + 1;
  const prior = new Float64Array(codes);
  let rest = total;
  counts.forEach((count, code) => {
    prior[code] = (count + 1) / (total + codes);
    rest -= count;
  });
  prior[codes - 1] = (Math.max(0, rest) + 1) / (total + codes);
  return prior;
}
