import type { StageOptions } from "../base/stage.ts";
import { openAttackLabels } from "./attack-labels.ts";
import { rateSupport } from "./metrics.ts";
import { placeAttack } from "./place-attack.ts";
import { readRowSet, tooFew, type RowSet } from "./row-set.ts";
import { streamOf, type RowStream } from "./row-stream.ts";
import { mergeParts, moved, partOf, pickRows, shiftBy, slicePart, type StreamPart } from "./stream-part.ts";
import type { Scenario } from "./scenario.ts";

/** A scenario's rows, ready to be run: three streams, one after the other in time. */
export interface AssembledScenario {
  readonly scenario: Scenario;
  /** What is learned from. Its truth marks poison; a detector may not look at it. */
  readonly train: RowStream;
  /** Normal rows that cuts are set on. */
  readonly calibrate: RowStream;
  readonly test: RowStream;
  /** `labels[truth]`; the first is "", for normal rows. */
  readonly labels: readonly string[];
  readonly rows: ScenarioRows;
  /** What was moved, left out or cannot be known, for the reader of the figures. */
  readonly notes: readonly string[];
}

export interface ScenarioRows {
  readonly train: number;
  readonly calibrate: number;
  readonly test_normal: number;
  readonly attack: number;
}

const DAY = 86_400;

/**
 * Reads the logs of a scenario and lays them out in order. The first shares of the normal rows are for training and
 * calibration; the rest of them, or `test_normal`, is the test's normal part. Attack rows are merged into the test in
 * the order of writing; those of another log or time are shifted there with `into`, their middle on the test's middle.
 * Attack rows before the test are left out.
 *
 * Throws `too-few-rows` where a part would be empty.
 */
export async function assembleScenario(
  scenario: Scenario,
  options: StageOptions = {},
): Promise<AssembledScenario> {
  const notes: string[] = [];
  const labels = openAttackLabels();
  const normal = await readPart("normal", scenario.normal, notes, options);
  const other =
    scenario.test_normal === undefined
      ? undefined
      : await readPart("test_normal", scenario.test_normal, notes, options);
  const attack =
    scenario.attack === undefined ? undefined : await readPart("attack", scenario.attack, notes, options);

  const attackLines = attack === undefined ? undefined : linesOf(attack);
  const kept = withoutLines(normal, attackLines, "normal", notes);
  const { train, calibrate, rest } = split(kept, scenario);
  const otherPart = other === undefined ? undefined : withoutLines(other, attackLines, "test_normal", notes);
  const shift = otherPart === undefined ? 0 : daysBehind(otherPart, calibrate) * DAY;
  if (shift > 0) {
    notes.push(`test_normal is moved by ${shift / DAY} days, so that it follows what was learned from`);
  }
  const testNormal = otherPart === undefined ? rest : moved(otherPart, shiftBy(shift));
  if (testNormal.row.length === 0) throw tooFew(scenario, "there is no normal row to test on");

  let trainPart = train;
  let test = testNormal;
  if (attack !== undefined) {
    const placed = placeAttack(scenario, attack, {
      train,
      calibrate,
      testNormal,
      shift,
      other,
      normal,
      labels,
      notes,
    });
    trainPart = placed.poison === undefined ? train : mergeParts(train, placed.poison, false);
    test = mergeParts(testNormal, placed.attack, scenario.attack?.into === undefined);
  }
  const rows = {
    train: trainPart.row.length,
    calibrate: calibrate.row.length,
    test_normal: testNormal.row.length,
    attack: test.row.length - testNormal.row.length,
  };
  noteRates(scenario, rows.calibrate, notes);
  return {
    scenario,
    train: streamOf(trainPart),
    calibrate: streamOf(calibrate),
    test: streamOf(test),
    labels: labels.names,
    rows,
    notes,
  };
}

async function readPart(name: string, selection: Scenario["normal"], notes: string[], options: StageOptions) {
  const set = await readRowSet(name, selection, options);
  if (set.rejected > 0) notes.push(`${name}: ${set.rejected} lines could not be read`);
  return set;
}

/** Whole days that the part has to move so that it follows the calibration: the time of day stays. */
function daysBehind(part: StreamPart, calibrate: StreamPart): number {
  return Math.max(0, Math.ceil((calibrate.clock.at(-1)! - part.clock[0]!) / DAY));
}

function split(normal: StreamPart, scenario: Scenario) {
  const rows = normal.row.length;
  const trainEnd = Math.floor(rows * scenario.split.train + 1e-9);
  const calibrateEnd = Math.min(
    rows,
    Math.floor(rows * (scenario.split.train + scenario.split.calibrate) + 1e-9),
  );
  if (trainEnd === 0 || calibrateEnd === trainEnd) {
    const empty = trainEnd === 0 ? "train" : "calibrate";
    throw tooFew(scenario, `${rows} normal rows leave none to ${empty}`);
  }
  return {
    train: slicePart(normal, 0, trainEnd),
    calibrate: slicePart(normal, trainEnd, calibrateEnd),
    rest: slicePart(normal, calibrateEnd, rows),
  };
}

type Lines = ReadonlyMap<string, ReadonlySet<number>>;

function linesOf(set: RowSet): Lines {
  const lines = new Map<string, Set<number>>();
  for (const { source, lineNumber } of set.batches) {
    let known = lines.get(source.file);
    if (known === undefined) lines.set(source.file, (known = new Set()));
    for (const line of lineNumber) known.add(line);
  }
  return lines;
}

/** A row that is both normal and attack is an attack. */
function withoutLines(set: RowSet, lines: Lines | undefined, name: string, notes: string[]): StreamPart {
  const part = partOf(set);
  if (lines === undefined || !set.batches.some(({ source }) => lines.has(source.file))) return part;
  const kept = pickRows(part, (i) => {
    const { source, lineNumber } = set.batches[set.batch[i]!]!;
    return lines.get(source.file)?.has(lineNumber[set.row[i]!]!) !== true;
  });
  const both = set.rows - kept.row.length;
  if (both > 0) notes.push(`${both} rows are selected by ${name} and by attack; they count as attack`);
  return kept;
}

function noteRates({ rates }: Scenario, calibrate: number, notes: string[]): void {
  for (const rate of rates) {
    const support = rateSupport(calibrate, rate);
    if (support === "none") {
      notes.push(
        `a rate of ${rate} cannot be estimated from ${calibrate} calibration rows; it takes ${Math.ceil(1 / rate)}`,
      );
    } else if (support === "rough") {
      notes.push(
        `a rate of ${rate} is rough: ${calibrate} calibration rows put ${Math.floor(calibrate * rate)} above the cut`,
      );
    }
  }
}
