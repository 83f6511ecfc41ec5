import { inspect } from "node:util";
import { errorKinds, ExpectedError, type ErrorPlace } from "../base/errors.ts";
import { wrapText } from "../output/display-width.ts";
import type { ReadWarning } from "../zeek/scan-tally.ts";
import { escapeText } from "../output/escape.ts";
import { QueryError } from "../query/index.ts";

/** What the user reads when a run fails: what was found, where, and what to do next. Ends with a line end. */
export function errorReport(error: unknown, isDebug: boolean): string {
  const lines =
    error instanceof ExpectedError
      ? [`strayflow: ${messageText(error)}${placeText(error.place)}`, ...advice(errorKinds[error.kind].help)]
      : [`strayflow: internal error: ${escapeText(messageOf(error))}`, ...advice(errorKinds.internal.help)];
  // Line by line: the stack keeps its shape, and a message inside it cannot move the cursor.
  if (isDebug) lines.push(...inspect(error).split("\n").map(escapeText));
  return `${lines.join("\n")}\n`;
}

/** A query that is not understood is shown below the message, with a mark under the place; all else is one line. */
function messageText(error: ExpectedError): string {
  if (!(error instanceof QueryError)) return escapeText(error.message);
  return error.message.split("\n").map(escapeText).join("\n");
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
