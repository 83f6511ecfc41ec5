import { inspect } from "node:util";
import { errorKinds, ExpectedError, type ErrorPlace } from "../base/errors.ts";
import { wrapText } from "../output/display-width.ts";
import type { ReadWarning } from "../zeek/scan-tally.ts";
import { escapeText } from "../output/escape.ts";

/** What the user reads when a run fails: what was found, where, and what to do next. Ends with a line end. */
export function errorReport(error: unknown, isDebug: boolean): string {
  const lines =
    error instanceof ExpectedError
      ? [
          `strayflow: ${escapeText(error.message)}${placeText(error.place)}`,
          ...advice(errorKinds[error.kind].help),
        ]
      : [`strayflow: internal error: ${escapeText(messageOf(error))}`, ...advice(errorKinds.internal.help)];
  // Line by line: the stack keeps its shape, and a message inside it cannot move the cursor.
  if (isDebug) lines.push(...inspect(error).split("\n").map(escapeText));
  return `${lines.join("\n")}\n`;
}

/** A remark on an input that did not stop the run. */
export function warningText({ message, ...place }: ReadWarning): string {
  return `${escapeText(message)}${placeText(place)}`;
}

export function exitStatus(error: unknown): number {
  return errorKinds[error instanceof ExpectedError ? error.kind : "internal"].exit;
}

function placeText(place: ErrorPlace | undefined): string {
  if (place === undefined) return "";
  const file = escapeText(place.file === "-" ? "standard input" : place.file);
  return place.line === undefined ? ` (${file})` : ` (${file}:${place.line})`;
}

function advice(help: string): string[] {
  return wrapText(help, 96).map((line) => `  ${line}`);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
