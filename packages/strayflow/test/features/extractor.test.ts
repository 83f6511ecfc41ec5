import { execFileSync } from "node:child_process";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExpectedError } from "../../src/base/errors.ts";
import { seededRandom } from "../../src/base/random.ts";
import {
  decodeBaseline,
  encodeBaseline,
  learnBaseline,
  openExtractor,
  presetNames,
} from "../../src/features/index.ts";
import type { Baseline, Preset } from "../../src/features/index.ts";
import { makeBatch } from "./make-batch.ts";
import type { SomeConnection } from "./make-batch.ts";
import { randomRows } from "./random-rows.ts";

const training = randomRows(seededRandom("training"), 400);
const rows = randomRows(seededRandom("rows"), 120);

function learn(preset: Preset, parts: readonly (readonly SomeConnection[])[]): Baseline {
  const learner = learnBaseline(preset);
  for (const part of parts) learner.learn(makeBatch(part));
  return learner.finish();
}

function fill(
  preset: Preset,
  baseline: Baseline,
  parts: readonly (readonly SomeConnection[])[],
): Float32Array {
  const extractor = openExtractor(preset, baseline);
  return Float32Array.from(
    parts.flatMap((part) => {
      const out = new Float32Array(part.length * extractor.width);
      extractor.fill(out, makeBatch(part));
      return [...out];
    }),
  );
}

/** The rows in pieces, cut after each of the given numbers of rows. */
function cut<T>(values: readonly T[], at: readonly number[]): T[][] {
  const places = [0, ...at.map((n) => n % (values.length + 1)).sort((a, b) => a - b), values.length];
  return places.slice(1).map((end, i) => values.slice(places[i], end));
}

describe.each(presetNames)("preset %s", (preset) => {
  const whole = learn(preset, [training]);

  test("has columns with unique names, units, and summaries of one sentence", () => {
    const { columns, width } = openExtractor(preset, whole);
    expect(width).toBe(columns.length);
    expect(new Set(columns.map((column) => column.id)).size).toBe(width);
    for (const { unit, summary } of columns) {
      expect(unit).toMatch(/^\S/);
      expect(summary).toMatch(/^\S.*[^.]\.$/);
    }
  });

  test("cutting the training rows anywhere gives the same baseline", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 5 }), (at) => {
        expect(encodeBaseline(learn(preset, cut(training, at)))).toEqual(encodeBaseline(whole));
      }),
      { numRuns: 10 },
    );
  });

  test("cutting the rows anywhere gives the same matrix", () => {
    const expected = fill(preset, whole, [rows]);
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 6 }), (at) => {
        expect(fill(preset, whole, cut(rows, at))).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });

  test("a state saved anywhere goes on as if the stream had never stopped", () => {
    const expected = fill(preset, whole, [rows]);
    const first = openExtractor(preset, whole);
    const { width } = first;
    const out = new Float32Array(rows.length * width);
    first.fill(out, makeBatch(rows.slice(0, 50)));
    const second = openExtractor(preset, whole, first.saveState());
    second.fill(out.subarray(50 * width), makeBatch(rows.slice(50)));
    expect(out).toEqual(expected);
  });

  test("only included rows are learned", () => {
    const include = Uint8Array.from(training, (_, row) => (row % 3) % 2);
    const masked = learnBaseline(preset);
    masked.learn(makeBatch(training), include);
    const chosen = learn(preset, [training.filter((_, row) => include[row] === 1)]);
    expect(encodeBaseline(masked.finish())).toEqual(encodeBaseline(chosen));
  });

  test("every value is finite, also for a model that saw nothing", () => {
    for (const baseline of [whole, learn(preset, [])]) {
      const matrix = fill(preset, baseline, [rows]);
      expect(matrix.findIndex((value) => !Number.isFinite(value))).toBe(-1);
    }
  });

  test("a baseline read back gives the same columns and numbers", () => {
    const bytes = encodeBaseline(whole);
    const back = decodeBaseline(bytes);
    expect(encodeBaseline(back)).toEqual(bytes);
    expect(openExtractor(preset, back).columns.map(({ id, summary }) => [id, summary])).toEqual(
      openExtractor(preset, whole).columns.map(({ id, summary }) => [id, summary]),
    );
    expect(fill(preset, back, [rows])).toEqual(fill(preset, whole, [rows]));
  });

  test("a damaged baseline is said to be damaged, whatever was done to it", () => {
    const bytes = encodeBaseline(whole);
    fc.assert(
      fc.property(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (at, flip, short) => {
          const damaged = short ? bytes.slice(0, at) : bytes.slice();
          if (!short) damaged[at]! ^= flip;
          const outcome = outcomeOf(() => openExtractor(preset, decodeBaseline(damaged)));
          // A changed count or name cannot be told from a true one here; the model's hashes tell.
          expect(short ? ["model-damaged"] : ["model-damaged", "model-version", "done"]).toContain(outcome);
        },
      ),
      { numRuns: 150 },
    );
  });

  test("explanations are clauses of plain words and numbers, for every column and any value", () => {
    const { columns } = openExtractor(preset, whole);
    for (const column of columns) {
      const { id } = column;
      for (const value of [0, 1, -1, 0.5, 3.7, 12.345, 80_000, 4e9]) {
        for (const usual of [0, 1, -0.4, 2.2, 1e6]) {
          const text = column.explain(value, usual);
          expect(`${id}: ${text}`).toMatch(/^[^:]+: \S.*[^.\s]$/);
          expect(`${id}: ${text}`).not.toMatch(/NaN|undefined|Infinity|\de[+-]?\d|\d{11,}/);
        }
      }
    }
  });
});

test("the same vocabulary gives the same numbers in a new process", () => {
  const script = `
    import { createHash } from "node:crypto";
    import { seededRandom } from "./src/base/random.ts";
    import { learnBaseline, openExtractor } from "./src/features/index.ts";
    import { makeBatch } from "./test/features/make-batch.ts";
    import { randomRows } from "./test/features/random-rows.ts";
    const hash = createHash("sha256");
    for (const preset of ["seed", "connection"]) {
      const learner = learnBaseline(preset);
      learner.learn(makeBatch(randomRows(seededRandom("training"), 400)));
      const extractor = openExtractor(preset, learner.finish());
      const out = new Float32Array(120 * extractor.width);
      extractor.fill(out, makeBatch(randomRows(seededRandom("rows"), 120)));
      hash.update(out);
    }
    console.log(hash.digest("hex"));`;
  const root = new URL("../../", import.meta.url);
  const run = () =>
    execFileSync(process.execPath, ["--input-type=module-typescript", "-e", script], {
      cwd: root,
      encoding: "utf8",
    });
  const first = run();
  expect(first).toMatch(/^[0-9a-f]{64}\n$/);
  expect(run()).toBe(first);
});

test("families can be left out, and unknown ones are refused by name", () => {
  const baseline = learn("connection", [training]);
  const all = openExtractor("connection", baseline);
  const some = openExtractor("connection", baseline, undefined, { without: ["direction", "history"] });
  const gone = all.families.filter(({ id }) => id === "direction" || id === "history");
  expect(some.width).toBe(all.width - gone[0]!.width - gone[1]!.width);
  expect(some.columns.some(({ id }) => id.startsWith("direction_"))).toBe(false);
  const { at, width } = gone.find(({ id }) => id === "direction")!;
  expect(all.columns.slice(at, at + width).every((column) => column.id.startsWith("direction_"))).toBe(true);
  expect(() => openExtractor("connection", baseline, undefined, { without: ["weather"] })).toThrow(
    /weather.*direction/,
  );
});

test("a state that was cut short is said to be damaged", () => {
  const baseline = learn("connection", [training]);
  expect(() => openExtractor("connection", baseline, Uint8Array.of(9, 0, 0, 0))).toThrow(ExpectedError);
});

/** The kind of the expected error, or "done"; any other error is a bug and goes on. */
function outcomeOf(work: () => void): string {
  try {
    work();
    return "done";
  } catch (error) {
    if (error instanceof ExpectedError) return error.kind;
    throw error;
  }
}
