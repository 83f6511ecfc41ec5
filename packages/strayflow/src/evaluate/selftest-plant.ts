import { assert } from "../base/errors.ts";
import { seededRandom, type Random } from "../base/random.ts";
import {
  plantAttack,
  tsvHeader,
  tsvRow,
  type AttackKind,
  type SimulatedConnection,
  type StrengthLevel,
} from "../simulate/index.ts";
import { LogScanner, type Batch } from "../zeek/index.ts";
import { statedColumns } from "./disguise.ts";
import type { StrippableColumn } from "./piece.ts";
import type { HostSurvey } from "./selftest-hosts.ts";
import type { AttackPlace } from "./selftest-places.ts";
import type { StreamPart } from "./stream-part.ts";

/** What an attack is planted into. */
export interface Soil {
  readonly survey: HostSurvey;
  readonly test: StreamPart;
  /** Columns that the logs state at all, and values of `service` that they have. */
  readonly columns: ReadonlySet<StrippableColumn>;
  readonly services: ReadonlySet<string>;
  /** The logs, for messages. */
  readonly file: string;
  readonly notes: string[];
}

/**
 * The connections of an attack as the sensor of these logs would have logged them, in the order of writing: columns that
 * it never states are unset, services are named as it names them. None ends after the test does.
 */
export function plantInto(
  soil: Soil,
  kind: AttackKind,
  strength: StrengthLevel,
  { source, targets, start, seed }: AttackPlace & { readonly start: number; readonly seed: string },
): StreamPart | undefined {
  const { survey, test, columns, services, file, notes } = soil;
  const planted = plantAttack(kind, {
    seed,
    strength,
    source,
    targets,
    start: Math.round(start * 1e6),
    until: Math.floor(test.clock.at(-1)! * 1e6),
    isLocal: (address) => survey.isLocal(address),
    isOpen: (address, port) => survey.serves(address, port),
  });
  if (planted.length === 0) return undefined;
  const neighbours = openNeighbours(survey, source, seededRandom(`${seed}/spoofed`));
  const lines = planted.map((row) => ({
    ...row,
    orig_h: kind === "syn-flood" ? neighbours(row.orig_h) : row.orig_h,
    service: serviceAs(row.service, services),
  }));
  const part = partOfRows(lines, file);
  const strip = [...statedColumns(new Set(part.pieces.map(({ batch }) => batch)))].filter(
    (column) => !columns.has(column),
  );
  const note = `planted connections leave ${strip.join(", ")} unset, as these logs do`;
  if (strip.length > 0 && !notes.includes(note)) notes.push(note);
  const changes = strip.length === 0 ? undefined : { shiftSeconds: 0, strip };
  return { ...part, pieces: part.pieces.map(({ batch }) => ({ batch, changes })) };
}

/** Reads the rows as a log of them would be read, so that everything can be shown as it stands there. */
function partOfRows(rows: readonly SimulatedConnection[], file: string): StreamPart {
  const batches: Batch[] = [];
  const scanner = new LogScanner({ file: `(planted into ${file})`, onBatch: (batch) => batches.push(batch) });
  const encoder = new TextEncoder();
  scanner.push(encoder.encode(tsvHeader(rows[0]!.startMicros, false)));
  for (const row of rows) scanner.push(encoder.encode(tsvRow(row, false)));
  scanner.flush();
  const count = batches.reduce((sum, batch) => sum + batch.rows, 0);
  assert(count === rows.length, `${rows.length} rows were planted, ${count} were read`);
  const piece = new Uint32Array(count);
  const row = new Uint32Array(count);
  const clock = new Float64Array(count);
  let at = 0;
  let now = -Infinity;
  batches.forEach(({ rows: size, ts, duration }, index) => {
    for (let i = 0; i < size; i++, at++) {
      now = Math.max(now, ts[i]! + (duration[i]! > 0 ? duration[i]! : 0));
      piece[at] = index;
      row[at] = i;
      clock[at] = now;
    }
  });
  return {
    pieces: batches.map((batch) => ({ batch })),
    piece,
    row,
    clock,
    truth: new Uint16Array(count).fill(1),
  };
}

/** Zeek's versions differ in how many protocols they list: of a set that the log never shows, what of it the log knows. */
function serviceAs(service: string | undefined, known: ReadonlySet<string>): string | undefined {
  if (service === undefined || known.has(service)) return service;
  return service.split(",").find((part) => known.has(part)) ?? service;
}

/** Made-up sources come from where the traffic's own strangers come from, not from ranges that nobody owns. */
function openNeighbours(survey: HostSurvey, source: string, random: Random): (address: string) => string {
  const given = new Map([[source, source]]);
  return (address) => {
    let neighbour = given.get(address);
    if (neighbour === undefined) given.set(address, (neighbour = survey.unseenOutside(random)));
    return neighbour;
  };
}
