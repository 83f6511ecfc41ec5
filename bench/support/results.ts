import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Figure } from "./figure.ts";
import type { Machine } from "./machine.ts";
import { renderResults } from "./results-page.ts";
import type { Table } from "./table.ts";

/** What one part of a benchmark measured, and where and when. */
export interface Section {
  readonly id: string;
  readonly title: string;
  /** YYYY-MM-DD. */
  readonly date: string;
  readonly rows: number;
  readonly machine: Machine;
  /** Load of the machine before the first measurement. */
  readonly load: number;
  readonly figures: readonly Figure[];
  /** Shown instead of the table of figures. */
  readonly table?: Table;
  /** What a reader must know to judge the figures. */
  readonly notes?: readonly string[];
}

const dataFile = fileURLToPath(new URL("../results.ndjson", import.meta.url));
const pageFile = fileURLToPath(new URL("../RESULTS.md", import.meta.url));

/** Puts newly measured sections in the place of older ones, and writes the page of results again. */
export function writeResults(measured: readonly Section[]): void {
  const known = existsSync(dataFile) ? parseResults(readFileSync(dataFile, "utf8")) : [];
  const sections = mergeSections(known, measured);
  writeFileSync(dataFile, formatResults(sections));
  writeFileSync(pageFile, renderResults(readFileSync(pageFile, "utf8"), sections));
}

/** Sections in the order in which the page shows them. */
const sectionIds = [
  "read",
  "features",
  "epoch",
  "train",
  "score",
  "simulate",
  "demo",
  "memory",
  "peers",
] as const;

export function mergeSections(known: readonly Section[], measured: readonly Section[]): Section[] {
  const all = new Map([...known, ...measured].map((section) => [section.id, section]));
  return sectionIds.flatMap((id) => all.get(id) ?? []);
}

/** A section a line, so that a change shows which one was measured again. */
export function formatResults(sections: readonly Section[]): string {
  return sections.map((section) => `${JSON.stringify(section)}\n`).join("");
}

/** Reads what `formatResults` wrote. Throws where it is something else. */
export function parseResults(text: string): Section[] {
  const lines = text.split("\n").filter((line) => line !== "");
  const found = lines.map((line): unknown => JSON.parse(line));
  if (found.every(isSection)) return found;
  throw new Error(
    "results.ndjson: expected sections with id, machine and figures; remove the file to start again",
  );
}

function isSection(value: unknown): value is Section {
  return (
    typeof value === "object" &&
    value !== null &&
    "id" in value &&
    typeof value.id === "string" &&
    "machine" in value &&
    "figures" in value &&
    Array.isArray(value.figures)
  );
}
