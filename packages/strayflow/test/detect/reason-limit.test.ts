import { expect, test } from "vitest";
import { limitText } from "../../src/detect/reason-limit.ts";
import { learnBaseline, openExtractor } from "../../src/features/index.ts";

const { columns } = openExtractor("behavior", learnBaseline("behavior").finish());

function limit(id: string, value: number, usual: number, isOneOfSeveral = false): string | undefined {
  const column = columns.find((known) => known.id === id)!;
  return limitText(column, { value, usual, part: 0.5, isOneOfSeveral });
}

test("a limit is told in the unit of the reason, on its side", () => {
  expect(limit("sent_bytes", Math.log1p(1e9), Math.log1p(1e3))).toBe("below 1 MB this would be normal");
  expect(limit("sent_bytes", Math.log1p(10), Math.log1p(1e5))).toBe("above 1 kB this would be normal");
  expect(limit("duration", Math.log1p(1e7), Math.log1p(1e3), true)).toBe(
    "below 1 min 40 s, the rest being as usual, this would be normal",
  );
  expect(limit("port_rarity", Math.log(10_000), 0)).toBe(
    "this port for this transport: 1 in 100 or commoner would be normal",
  );
});

test("a deviation below the mean is a limit by its size", () => {
  expect(limit("orig_sent_z", -4, 0)).toMatch(/2 standard deviations below .* or less would be normal$/);
  expect(limit("orig_sent_z", 4, 0)).toMatch(/2 standard deviations above .* or less would be normal$/);
});

test("yes and no have no limit, nor has what reads the same or changes sides", () => {
  expect(limit("port_same", 1, 0)).toBeUndefined();
  expect(limit("state_no_reply", 1, 0)).toBeUndefined();
  expect(limit("history_orig_rst", 1, 0.9)).toBeUndefined();
  expect(limit("orig_sent_z", -1, 3)).toBeUndefined();
});
