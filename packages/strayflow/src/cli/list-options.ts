import { formatCount } from "../base/units.ts";
import { escapeText } from "../output/escape.ts";
import type { ListStyle } from "../output/incident-list.ts";
import { textStyle } from "../output/text-style.ts";
import { timesIn } from "../output/times.ts";
import type { ParsedFilter } from "../query/index.ts";
import type { CommandContext } from "./command.ts";
import { usesColour } from "./io.ts";
import type { AskedStore } from "./store-access.ts";
import { parseTimezone, timezoneOption } from "./timezone-option.ts";

/** Times in a list, for a command's table. */
export const listTimezoneOption = {
  ...timezoneOption,
  doc: "time zone of the times that are shown, such as Europe/Berlin or UTC",
  details: "A name of the IANA time zone database. Default: the machine's. It is named above the times.",
} as const;

/** Entries of a list that nobody limited, for a person and for a program. */
export const usualLimit = 20;
export const mostInJson = 10_000;
export const limitDoc = `list at most N (default ${usualLimit}, with --json ${mostInJson})`;

/** How a command writes for this reader. @param now seconds since 1970 */
export function listStyle({ io }: CommandContext, timezone: string | undefined, now: number): ListStyle {
  return {
    columns: io.columns,
    style: textStyle(usesColour(io, "stdout")),
    times: timesIn(parseTimezone(timezone), now),
  };
}

/** Pages until there are as many as asked for, or no more. */
export async function gather<Item>(
  limit: number,
  ask: (
    limit: number,
    cursor: string | undefined,
  ) => Promise<{
    readonly items: readonly Item[];
    readonly next?: string | undefined;
    readonly total: number;
  }>,
): Promise<{ readonly items: readonly Item[]; readonly total: number }> {
  const items: Item[] = [];
  let cursor: string | undefined;
  for (;;) {
    const page = await ask(Math.min(1000, limit - items.length), cursor);
    items.push(...page.items);
    cursor = page.next;
    if (cursor === undefined || items.length >= limit) return { items, total: page.total };
  }
}

/** Why a list is empty, and what to ask instead. */
export async function emptyText(
  what: "incidents" | "alerts",
  store: AskedStore,
  where: ParsedFilter,
  { times }: ListStyle,
): Promise<string> {
  const info = await store.info();
  if (info[what] === 0) {
    const seen = `${formatCount(info.connections)} connections`;
    return info.connections === 0
      ? `No ${what}: the store is empty. Fill it: strayflow watch SOURCE --model DIR --store FILE`
      : `No ${what} in the store: nothing unusual among ${seen}.`;
  }
  if (where.from !== undefined && info.to !== undefined && where.from > info.to)
    return `No ${what} since ${times.time(where.from)} (${escapeText(times.zone)}): the last connection in the store is of ${times.time(info.to)}, ${times.age(info.to)}.`;
  return `No ${what} of that kind; the store holds ${formatCount(info[what])}. Ask for less, or add --all.`;
}
