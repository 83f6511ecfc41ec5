import { formatDuration } from "../base/units.ts";
import { changesForHost } from "./disguise.ts";
import type { AttackLabels } from "./attack-labels.ts";
import type { RowChanges } from "./piece.ts";
import type { RowSet } from "./row-set.ts";
import { moved, partOf, pickRows, shiftBy, slicePart, type StreamPart } from "./stream-part.ts";
import { shareFiles, tooFew } from "./row-set.ts";
import type { Scenario } from "./scenario.ts";

/** Attack rows where they are to be scored, and those that went into the training part. */
export interface PlacedAttack {
  readonly attack: StreamPart;
  readonly poison: StreamPart | undefined;
}

/** What an attack is placed into. */
export interface Surroundings {
  readonly train: StreamPart;
  readonly calibrate: StreamPart;
  readonly testNormal: StreamPart;
  /** What `test_normal` was moved by. */
  readonly shift: number;
  readonly other: RowSet | undefined;
  readonly normal: RowSet;
  readonly labels: AttackLabels;
  readonly notes: string[];
}

/**
 * Splits the attack rows into those that poison the training part (a run of them from the middle, shifted to the middle
 * of that part) and those that are tested, and moves each to its time. Throws `too-few-rows` where none is left to test.
 */
export function placeAttack(scenario: Scenario, set: RowSet, around: Surroundings): PlacedAttack {
  const { train, calibrate, testNormal, notes } = around;
  const start = calibrate.clock.at(-1)!;
  const { into, as_host } = scenario.attack!;
  const whole: StreamPart = { ...partOf(set), truth: around.labels.mark(set) };
  const disguise =
    into === undefined && as_host === undefined
      ? undefined
      : changesForHost(train, testNormal, whole, as_host, scenario, notes);
  const change = (seconds: number): RowChanges | undefined =>
    disguise === undefined ? shiftBy(seconds) : { ...disguise, shiftSeconds: seconds };

  const [poisoned, left] = takeMiddle(whole, scenario.contaminate ?? 0);
  const poison =
    poisoned.row.length === 0 ? undefined : moved(poisoned, change(centring(poisoned, train, -Infinity)));
  if (poison !== undefined) {
    notes.push(
      `${poison.row.length} attack rows in a row are moved into the ${train.row.length} training rows`,
    );
  }
  if (left.row.length === 0) throw tooFew(scenario, "contaminate leaves no attack row to test on");
  if (into === "test") return { poison, attack: moved(left, change(centring(left, testNormal, start))) };

  const ownLogs = around.other !== undefined && shareFiles(set, around.other);
  const shifted = moved(left, change(ownLogs ? around.shift : 0));
  const last = ownLogs ? undefined : lastCalibrated(around, set);
  const from = ownLogs ? 0 : firstAfter(shifted, start, last);
  if (from === shifted.row.length) {
    throw tooFew(
      scenario,
      `none of the ${from} attack rows falls into the test period; "into": "test" would move them there`,
    );
  }
  if (from > 0) notes.push(`${from} attack rows come before the test and are left out`);
  const after = shifted.clock[from]! - testNormal.clock.at(-1)!;
  if (after > 0) {
    notes.push(
      `the attack begins ${formatDuration(after)} after the last normal row; "into": "test" would move it among them`,
    );
  }
  return { poison, attack: slicePart(shifted, from, shifted.row.length) };
}

/** The place of the last calibration row, where the attack rows come from the same logs. */
function lastCalibrated({ calibrate, normal, other }: Surroundings, attack: RowSet): Place | undefined {
  if (other !== undefined || !shareFiles(attack, normal)) return undefined;
  const { batch } = calibrate.pieces[calibrate.piece.at(-1)!]!;
  return { file: batch.source.file, line: batch.lineNumber[calibrate.row.at(-1)!]! };
}

interface Place {
  readonly file: string;
  readonly line: number;
}

/** The first attack row that belongs into the test: behind the place in its own file, else later than `start`. */
function firstAfter(part: StreamPart, start: number, place: Place | undefined): number {
  return firstWhere(part.row.length, (i) => {
    const { batch } = part.pieces[part.piece[i]!]!;
    if (place !== undefined && batch.source.file === place.file)
      return batch.lineNumber[part.row[i]!]! > place.line;
    return part.clock[i]! > start;
  });
}

function firstWhere(count: number, holds: (i: number) => boolean): number {
  for (let i = 0; i < count; i++) if (holds(i)) return i;
  return count;
}

/** Seconds, whole ones, that put the middle of `part` on the middle of `into`, but its beginning not before `earliest`. */
function centring(part: StreamPart, into: StreamPart, earliest: number): number {
  const from = Math.max(into.clock[0]!, earliest);
  const to = into.clock.at(-1)!;
  const first = part.clock[0]!;
  const length = part.clock.at(-1)! - first;
  return Math.round(from + Math.max(0, (to - from - length) / 2) - first);
}

/** The rows that stand in the middle, and all others; each keeps its order. */
function takeMiddle(part: StreamPart, share: number): readonly [StreamPart, StreamPart] {
  const rows = part.row.length;
  const taken = share === 0 ? 0 : Math.max(1, Math.round(rows * share));
  const from = Math.floor((rows - taken) / 2);
  const inside = (i: number) => i >= from && i < from + taken;
  return [pickRows(part, inside), pickRows(part, (i) => !inside(i))];
}
