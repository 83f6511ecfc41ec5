import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { renderResults, standing } from "../support/results-page.ts";
import { formatResults, mergeSections, parseResults, type Section } from "../support/results.ts";
import { summarize } from "../support/samples.ts";

const page = readFileSync(fileURLToPath(new URL("../RESULTS.md", import.meta.url)), "utf8");

test("new figures take the place of old ones and of nothing else", () => {
  const known = [section("read", 3), section("demo", 40)];
  const merged = mergeSections(known, [section("read", 2)]);
  expect(merged.map(({ id, figures }) => [id, figures[0]!.value.median])).toEqual([
    ["read", 2],
    ["demo", 40],
  ]);
});

test("what was written down is read back", () => {
  const sections = [section("read", 2), section("demo", 40)];
  expect(parseResults(formatResults(sections))).toEqual(sections);
  expect(() => parseResults('{"read": 2}')).toThrow("expected sections with id");
});

test("every quality has a line, measured or not", () => {
  const { rows } = standing([section("read", 2)]);
  const line = rows.find(([name]) => name?.startsWith("read .gz"));
  expect(line).toEqual([
    "read .gz TSV, against zcat on the same file",
    "2.0x",
    "2.5x",
    "1.5x",
    "floor met",
    "2026-01-02",
  ]);
  expect(rows.filter((cells) => cells.includes("not measured"))).toHaveLength(rows.length - 1);
});

test("writing the page keeps the words around the figures, however often", () => {
  const once = renderResults(page, [section("read", 2)]);
  expect(once).toContain("| against zcat | 2.0x | once | 2.5x | 1.5x | floor met |");
  expect(once).toContain("1,000 rows, Some Processor, 2 cores, 8 GB memory");
  expect(once.slice(0, 200)).toBe(page.slice(0, 200));
  expect(renderResults(once, [section("read", 2)])).toBe(once);
  expect(() => renderResults("# Results", [])).toThrow("RESULTS.md: expected the lines");
});

test("figures of a busy machine say so", () => {
  const busy = { ...section("read", 2), load: 3.2 };
  expect(renderResults(page, [busy])).toContain(
    "The machine was busy (load 3.2 before the first measurement).",
  );
});

function section(id: string, times: number): Section {
  return {
    id,
    title: "Reading",
    date: "2026-01-02",
    rows: 1000,
    machine: { processor: "Some Processor", cores: 2, memoryBytes: 8e9, system: "Linux", node: "v26.0.0" },
    load: 0.1,
    figures: [
      {
        name: "against zcat",
        unit: "times as long",
        value: summarize([times]),
        ...(id === "read" ? { quality: "read-gzip" as const } : {}),
      },
    ],
  };
}
