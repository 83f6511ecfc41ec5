import { basename, dirname, resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";

/** A source as the user named it. */
export interface SourceSpec {
  /** Names the sensor in the store, in messages and in metrics. */
  readonly name: string;
  /** A directory or a file; `-` for standard input. */
  readonly path: string;
}

export const STANDARD_INPUT = "-";

const NAME = /^[\w.-]{1,64}$/;

/**
 * Reads `office=/opt/zeek/logs`, `/opt/zeek/logs`, `conn.log` or `-`. Without a name, the last folder of the path that says
 * something gives it. Throws `ExpectedError` for an empty path and for a name that is none.
 */
export function parseSourceSpec(word: string): SourceSpec {
  const equals = word.indexOf("=");
  const before = word.slice(0, Math.max(equals, 0));
  // A path may hold "=" too; what stands before it is a name only where it is no path.
  const isNamed = equals >= 0 && !/[/\\]/.test(before) && !before.startsWith(".");
  const path = isNamed ? word.slice(equals + 1) : word;
  if (path === "") throw new ExpectedError("usage", `the source ${JSON.stringify(word)} names no path`);
  if (!isNamed) return { name: nameOf(path), path };
  if (!NAME.test(before)) {
    const expected = "expected up to 64 letters, digits, dots, dashes and underscores before the =";
    throw new ExpectedError("usage", `the source ${JSON.stringify(word)} has no usable name: ${expected}`);
  }
  return { name: before, path };
}

/** The same for several; throws `ExpectedError` where two have one name. */
export function parseSourceSpecs(words: readonly string[]): readonly SourceSpec[] {
  const specs = words.map(parseSourceSpec);
  for (const [index, spec] of specs.entries()) {
    const other = specs.findIndex(({ name }) => name === spec.name);
    if (other === index) continue;
    const both = `${words[other] ?? ""} and ${words[index] ?? ""}`;
    throw new ExpectedError("usage", `two sources are called ${spec.name} (${both}); name them: NAME=PATH`);
  }
  return specs;
}

/** Parts of a path that say nothing about whose logs these are. */
const ordinary: ReadonlySet<string> = new Set(["current", "log", "logs", "spool", "zeek", "bro", "archive"]);

function nameOf(path: string): string {
  if (path === STANDARD_INPUT) return "stdin";
  let part = resolve(path);
  const first = basename(part);
  let name = first.replace(/\.(log|json|jsonl|ndjson|tsv|gz|zst)/g, "");
  while (ordinary.has(name) && dirname(part) !== part) {
    part = dirname(part);
    name = basename(part);
  }
  const usable = (name === "" || name === "opt" || name === "var" ? first : name)
    .replace(/[^\w.-]+/g, "-")
    .slice(0, 64);
  return NAME.test(usable) ? usable : "source";
}
