import { countOf } from "../output/figures.ts";
import { shellWord } from "../output/escape.ts";
import type { ReadWarning } from "../zeek/index.ts";
import type { CommandContext } from "./command.ts";
import { warningText } from "./error-report.ts";

/** Says what was odd about logs that were read, and that lines were left out of them. */
export function remarkOnReading(
  { warnings, rejected }: { readonly warnings: readonly ReadWarning[]; readonly rejected: number },
  rejects: string | undefined,
  { remark }: CommandContext,
): void {
  for (const warning of warnings) remark(warningText(warning));
  for (const line of rejectedLines(rejected, rejects)) remark(line);
}

/** One line where something was rejected, else none. */
export function rejectedLines(rejected: number, rejects: string | undefined): string[] {
  if (rejected === 0) return [];
  const kept = rejects === undefined ? "--rejects FILE keeps them" : `they are in ${shellWord(rejects)}`;
  return [`${countOf(rejected, "line")} could not be read; ${kept}.`];
}
