import { resolve } from "node:path";
import { loadBefore, thisMachine } from "./machine.ts";
import { sectionLines } from "./results-page.ts";
import { writeResults, type Section } from "./results.ts";
import { usualCache } from "./logs.ts";

/** Options that every benchmark takes, for `parseArgs`. */
export const commonOptions = {
  rows: { type: "string" },
  cache: { type: "string", default: usualCache },
  date: { type: "string" },
  write: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;

export const commonHelp = `  --rows N       connections to measure with
  --date DATE    what the results page says (default today)
  --write        put the figures into bench/RESULTS.md
  --json         print the sections as JSON
  --cache DIR    where logs are kept from run to run (default node_modules/.cache/strayflow-bench)`;

interface CommonValues {
  readonly rows?: string | undefined;
  readonly cache: string;
  readonly date?: string | undefined;
  readonly write: boolean;
  readonly json: boolean;
}

/** What one part measured. */
export type Measured = Pick<Section, "id" | "title" | "figures" | "table" | "notes">;

/** Runs the parts one after the other, shows what each measured, and writes it down where that was asked for. */
export async function report(
  values: CommonValues,
  rows: number,
  parts: readonly (() => Promise<Measured>)[],
): Promise<void> {
  const circumstances = {
    date: values.date ?? new Date().toISOString().slice(0, 10),
    rows,
    machine: thisMachine(),
    load: loadBefore(),
  };
  const sections: Section[] = [];
  for (const measure of parts) {
    const section: Section = { ...(await measure()), ...circumstances };
    sections.push(section);
    if (!values.json) process.stdout.write(`${sectionLines(section).join("\n")}\n\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify(sections)}\n`);
  if (values.write) writeResults(sections);
}

/** Catches what a person can put right and says it in a line; ends the process with status 1 then. */
export async function runScript(help: string, main: () => Promise<void>): Promise<void> {
  if (process.argv.includes("--help") || process.argv.includes("-h")) {
    process.stdout.write(`${help}\n`);
    return;
  }
  try {
    await main();
  } catch (error) {
    process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

/** An option that is a number of things, at least one. */
export function wholeNumber(name: string, text: string): number {
  const value = Number(text.replaceAll("_", ""));
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new Error(`--${name}: expected a whole number of at least 1, found ${text}`);
}

/** Says on standard error what is being done. */
export function remark(text: string): void {
  process.stderr.write(`bench: ${text}\n`);
}

export function cacheDirectory({ cache }: CommonValues): string {
  return resolve(cache);
}
