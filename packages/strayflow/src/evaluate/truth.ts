import { ExpectedError } from "../base/errors.ts";
import type { Batch } from "../zeek/batch.ts";
import { readText } from "./read-text.ts";

/** What rows are, by `uid`. Rows that it does not name are normal. */
export interface Truth {
  /** Label of the attack by uid; "" for rows that are named as normal. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Marks rows of logs by their uids, and remembers which uids were met. */
export interface TruthMarks {
  /** `names[0]` is "", for normal rows. */
  readonly names: readonly string[];
  /** For each row 0 or the number of its attack's label. */
  mark(batch: Batch): Uint16Array;
  /** Uids that no row had so far. */
  missing(): number;
  /** Whether anything said of any row so far what it is. */
  isLabelled(): boolean;
}

export function openTruthMarks({ labels }: Truth): TruthMarks {
  const names = ["", ...new Set([...labels.values()].filter((label) => label !== ""))];
  const numbers = new Map(names.map((name, number) => [name, number]));
  const met = new Set<string>();
  const decoder = new TextDecoder();
  return {
    names,
    mark({ rows, text, uid }) {
      const marks = new Uint16Array(rows);
      for (let row = 0; row < rows; row++) {
        const name = decoder.decode(text.subarray(uid.start[row], uid.end[row]));
        const label = labels.get(name);
        if (label === undefined) continue;
        met.add(name);
        marks[row] = numbers.get(label)!;
      }
      return marks;
    },
    missing: () => labels.size - met.size,
    isLabelled: () => met.size > 0,
  };
}

/** Labels that mean a normal row, in any case. */
const normalLabels = new Set(["", "-", "benign", "normal", "background", "none"]);

export function isNormalLabel(label: string): boolean {
  return normalLabels.has(label.toLowerCase());
}

/**
 * Reads a CSV file of `uid,label` (RFC 4180; a head of these two names is optional, further columns are ignored, lines
 * that start with # are comments). Throws `input-missing`, `input-unreadable`, or `labels-format` with the line.
 */
export async function readTruth(file: string): Promise<Truth> {
  return parseTruth(await readText(file, "file of labels"), file);
}

/** `readTruth` for a text that was read already. */
export function parseTruth(text: string, file: string): Truth {
  const labels = new Map<string, string>();
  let uidAt = 0;
  let labelAt = 1;
  let first = true;
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  lines.forEach((line, index) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const fail = (message: string) => new ExpectedError("labels-format", message, { file, line: index + 1 });
    const fields = splitFields(line, fail);
    if (first) {
      first = false;
      const heads = fields.map((field) => field.toLowerCase());
      if (heads.includes("uid")) {
        uidAt = heads.indexOf("uid");
        labelAt = heads.findIndex((head) => labelHeads.includes(head));
        if (labelAt < 0)
          throw fail(`expected the columns uid and label (or attack), found ${shown(fields.join(","))}`);
        return;
      }
    }
    if (fields.length <= Math.max(uidAt, labelAt)) {
      throw fail(`expected uid,label, found ${shown(line)}`);
    }
    const uid = fields[uidAt]!.trim();
    if (!/^[\x21-\x7e]+$/.test(uid))
      throw fail(`expected a uid such as CHhAvVGS1DHFjwGM9, found ${shown(uid)}`);
    const written = fields[labelAt]!.trim();
    const label = isNormalLabel(written) ? "" : written;
    const known = labels.get(uid);
    if (known !== undefined && known !== label) {
      throw fail(
        `${uid} is labelled ${shown(label || "normal")} here and ${shown(known || "normal")} before`,
      );
    }
    labels.set(uid, label);
  });
  if (new Set(labels.values()).size > 65_535) {
    throw new ExpectedError(
      "labels-format",
      "more than 65,535 different labels; the label column holds something else",
      { file },
    );
  }
  if (labels.size === 0)
    throw new ExpectedError("labels-format", "expected lines of uid,label, found none", { file });
  return { labels };
}

/** Names of the column that says what a row is; `attack` is what `simulate` calls it. */
const labelHeads: readonly string[] = ["label", "attack"];

function splitFields(line: string, fail: (message: string) => Error): string[] {
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const match = /^"((?:[^"]|"")*)"\s*(?=,|$)/.exec(line.slice(at));
      if (match === null) throw fail(`a quote is not closed, or something follows it: ${shown(line)}`);
      fields.push(match[1]!.replaceAll('""', '"'));
      at += match[0].length;
    } else {
      const end = line.indexOf(",", at);
      fields.push(line.slice(at, end < 0 ? line.length : end));
      at = end < 0 ? line.length : end;
    }
    if (at >= line.length) return fields;
    at++;
  }
}

function shown(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
