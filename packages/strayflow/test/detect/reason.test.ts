import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { learnBaseline, openExtractor } from "../../src/features/index.ts";
import { Reasons, type ReasonMatrices } from "../../src/detect/reason.ts";
import { RarityLearner } from "../../src/detect/reason-rarity.ts";
import { seededRandom } from "../../src/base/random.ts";
import { makeBatch } from "../features/make-batch.ts";

const learner = learnBaseline("behavior");
learner.learn(
  makeBatch(Array.from({ length: 20 }, () => ({ proto: "tcp", service: "http", conn_state: "SF" }))),
);
const { columns, families, width } = openExtractor("behavior", learner.finish());
const at = (id: string) => {
  const column = columns.findIndex((known) => known.id === id);
  expect(column, id).toBeGreaterThanOrEqual(0);
  return column;
};

/** One row: [feature, value, usual, error], all else as expected. */
function matricesOf(cells: readonly (readonly [string, number, number, number])[]): ReasonMatrices {
  const [values, usual, errors] = [new Float32Array(width), new Float32Array(width), new Float32Array(width)];
  for (const [id, value, expected, error] of cells) {
    values[at(id)] = value;
    usual[at(id)] = expected;
    errors[at(id)] = error;
  }
  return { values, usual, errors };
}

const reasons = new Reasons(columns, { families });
const { topics } = reasons.words;
const textsOf = (cells: Parameters<typeof matricesOf>[0]) =>
  reasons.of(0, matricesOf(cells)).map(({ text }) => text);

describe("what is said", () => {
  test("value, then what is usual, strongest first", () => {
    expect(
      textsOf([
        ["duration", Math.log1p(3_600_000), Math.log1p(2000), 2],
        ["sent_bytes", Math.log1p(1.4e9), Math.log1p(40_000), 5],
      ]),
    ).toEqual(["sent 1.4 GB; usually 40 kB", "lasted 1 h; usually 2 s"]);
  });

  test("alternatives are one statement", () => {
    const [reason, ...others] = reasons.of(
      0,
      matricesOf([
        ["state_no_reply", 1, 0.1, 3],
        ["state_normal", 0, 0.9, 3],
        ["sent_bytes", Math.log1p(1e6), Math.log1p(10), 2],
      ]),
    );
    expect(reason).toMatchObject({
      feature: "state_no_reply",
      value: 1,
      share: 0.75,
      text: "state S0 (no reply); usually SF (opened and closed normally)",
    });
    expect(others.map(({ feature }) => feature)).toEqual(["sent_bytes"]);
  });

  test("services may be several", () => {
    expect(
      textsOf([
        ["service_http", 1, 0.9, 1],
        ["service_is_other", 1, 0.1, 3],
      ]),
    ).toEqual(["service http and one that was absent or rare in training; usually http"]);
  });

  test("windows of one quantity are one statement, told by the strongest", () => {
    expect(
      textsOf([
        ["orig_conns_1m", Math.log1p(300), Math.log1p(2), 3],
        ["orig_conns_5m", Math.log1p(900), Math.log1p(4), 4],
        ["orig_conns_1h", Math.log1p(900), Math.log1p(30), 1],
      ]),
    ).toEqual(["opened 900 connections in 5 min; usually 4"]);
  });

  test("a value that reads like the usual one is no reason, unless there is no other", () => {
    const same = ["sent_bytes", Math.log1p(40_100), Math.log1p(40_000), 5] as const;
    expect(textsOf([same, ["port_same", 1, 0.8, 4], ["duration", 9, 2, 1]])).toEqual([
      "lasted 8.1 s; usually 6.4 ms",
    ]);
    expect(textsOf([same])).toEqual(["sent 40.1 kB; usually 40 kB"]);
  });

  test("what the network expected is brought back into what training saw", () => {
    const ranges = columns.map(() => ({ low: 0, high: Math.log1p(30_000) }));
    const bounded = new Reasons(columns, { families, ranges });
    const [reason] = bounded.of(0, matricesOf([["duration", Math.log1p(10_100), Math.log1p(1.7e8), 5]]));
    expect(reason!.text).toBe("lasted 10.1 s; usually 30 s");
  });

  test("a missing figure is said in words that make sense", () => {
    expect(textsOf([["duration_missing", 1, 0, 3]])).toEqual([
      "the log states no duration, which is unusual here",
    ]);
  });
});

test("reasons are few, ordered, and their shares add up to at most 1", () => {
  const cell = fc.double({ min: -5, max: 5, noNaN: true });
  const row = fc.array(cell, { minLength: width, maxLength: width });
  fc.assert(
    fc.property(row, row, row, fc.integer({ min: 1, max: 4 }), (values, usual, errors, limit) => {
      const found = reasons.of(
        0,
        {
          values: Float32Array.from(values),
          usual: Float32Array.from(usual),
          errors: Float32Array.from(errors),
        },
        limit,
      );
      expect(found.length).toBeLessThanOrEqual(limit);
      expect(found.length > 0).toBe(errors.some((error) => Math.fround(error) > 0));
      expect(found).toEqual(found.toSorted((a, b) => b.share - a.share));
      expect(found.reduce((sum, { share }) => sum + share, 0)).toBeLessThanOrEqual(1 + 1e-6);
      expect(new Set(found.map(({ feature }) => topics.of[at(feature)])).size).toBe(found.length);
    }),
    { numRuns: 40 },
  );
});

test("rows of a batch are explained as they would be alone", () => {
  const rows = [
    matricesOf([["sent_bytes", 20, 5, 3]]),
    matricesOf([["duration", 20, 5, 3]]),
    matricesOf([
      ["state_no_reply", 1, 0, 3],
      ["state_normal", 0, 1, 3],
    ]),
  ];
  const joined = (part: keyof ReasonMatrices) => {
    const all = new Float32Array(width * rows.length);
    rows.forEach((matrices, i) => all.set(matrices[part], i * width));
    return all;
  };
  const batch = { values: joined("values"), usual: joined("usual"), errors: joined("errors") };
  rows.forEach((alone, row) => expect(reasons.of(row, batch)).toEqual(reasons.of(0, alone)));
});

describe("rarity", () => {
  const random = seededRandom("values");
  const normal = new RarityLearner(columns, seededRandom("sample"));
  const block = new Float32Array(width * 500);
  const seen: number[] = [];
  for (let part = 0; part < 20; part++) {
    block.fill(0);
    for (let row = 0; row < 500; row++) {
      const value = Math.fround(10 + random.normal());
      seen.push(value);
      block[row * width + at("sent_bytes")] = value;
      block[row * width + at("sent_header_share")] = 1;
      block[row * width + at("port_same")] = part === 0 && row < 20 ? 1 : 0;
    }
    normal.add(block, 500);
  }
  const rarities = normal.finish();
  const rare = new Reasons(columns, { families, rarities });
  const said = (feature: string, value: number, usual: number) =>
    rare.of(0, matricesOf([[feature, value, usual, 5]]))[0]!;

  test.each([12.5, 13, 13.2, 7.3, 6.9])(
    "of a value of %d is the share of normal rows that go as far",
    (value) => {
      const share =
        seen.filter((other) => (value > 10 ? other >= value : other <= value)).length / seen.length;
      const { rarity } = said("sent_bytes", value, 10);
      expect(rarity).toBeGreaterThanOrEqual(share);
      expect(rarity).toBeLessThanOrEqual(2.2 * share + 2 / seen.length);
    },
  );

  test("beyond all normal rows it is a bound, and what is common is not told", () => {
    expect(said("sent_bytes", 20, 5).text).toBe("sent 485 MB; usually 147 bytes; 1 in 10,000 or rarer");
    expect(said("sent_bytes", 10.5, 10).text).toBe("sent 36.3 kB; usually 22 kB");
  });

  test("a value that most rows share is not rare for being the highest", () => {
    expect(said("sent_header_share", 1, 0.2).text).toBe(
      "100 % of the IP bytes sent are headers; usually 20 %",
    );
  });

  test("of a flag it is the share of rows on its side", () => {
    expect(said("port_same", 1, 0).text).toBe("both ends use the same port, which is unusual here; 1 in 480");
    expect(said("port_same", 0, 1).text).toBe("the ends use different ports, which is unusual here");
  });

  test("it survives being written and read", () => {
    expect(JSON.parse(JSON.stringify(rarities))).toEqual(rarities);
  });

  test("what is further from the usual value is never less rare, wherever batches are cut", () => {
    const value = fc.double({ min: 6, max: 14, noNaN: true });
    const whole = new RarityLearner(columns, seededRandom("sample"));
    whole.add(block, 500);
    const pieces = new RarityLearner(columns, seededRandom("sample"));
    for (let row = 0; row < 500; row += 50) pieces.add(block.subarray(row * width, (row + 50) * width), 50);
    expect(pieces.finish()).toEqual(whole.finish());
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [near, far] = Math.abs(a - 10) < Math.abs(b - 10) ? [a, b] : [b, a];
        fc.pre(near > 10 === far > 10);
        expect(said("sent_bytes", far, 10).rarity ?? 1).toBeLessThanOrEqual(
          said("sent_bytes", near, 10).rarity ?? 1,
        );
      }),
    );
  });
});
