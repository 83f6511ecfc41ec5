import { expect, test } from "vitest";
import {
  describeFeatures,
  learnBaseline,
  openExtractor,
  presetNames,
  presets,
} from "../../src/features/index.ts";
import { zeekColumns } from "../../src/zeek/batch.ts";
import { makeBatch } from "./make-batch.ts";

test.each(presetNames)(
  "the description of preset %s covers every column that a trained model has",
  (preset) => {
    const learner = learnBaseline(preset);
    learner.learn(
      makeBatch(Array.from({ length: 9 }, (_, i) => ({ service: i % 2 ? "dns" : "ssl", proto: "udp" }))),
    );
    const described = describeFeatures(preset).map(({ id }) => id);
    expect(new Set(described).size).toBe(described.length);
    const patterns = described.filter((id) => id.includes("<")).map((id) => id.slice(0, id.indexOf("<")));
    const strangers = openExtractor(preset, learner.finish())
      .columns.map(({ id }) => id)
      .filter((id) => !described.includes(id) && !patterns.some((prefix) => id.startsWith(prefix)));
    expect(strangers).toEqual([]);
  },
);

test("families have unique names and name the Zeek columns that they read", () => {
  for (const preset of presetNames) {
    const { families } = presets[preset];
    expect(new Set(families.map(({ id }) => id)).size).toBe(families.length);
    for (const { reads } of families) {
      expect(reads.length).toBeGreaterThan(0);
      for (const column of reads) expect(zeekColumns).toContain(column);
    }
  }
});

test("preset behavior adds to preset connection and takes nothing away", () => {
  const [connection, behavior] = (["connection", "behavior"] as const).map((preset) =>
    describeFeatures(preset).map(({ id }) => id),
  );
  expect(behavior).toEqual(expect.arrayContaining(connection!));
  expect(behavior!.length).toBeGreaterThan(connection!.length + 30);
  const sides = new Set(describeFeatures("behavior").map(({ side }) => side));
  expect([...sides].sort()).toEqual(["connection", "originator", "pair", "responder"]);
});
