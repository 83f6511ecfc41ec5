import { ExpectedError } from "../../base/errors.ts";
import { formatOneIn } from "../../base/units.ts";
import { countOf } from "../../output/figures.ts";
import { whatIfLines } from "../../output/what-if-lines.ts";
import type { WhatIf } from "../../store/index.ts";
import { budgetOption, parseBudget } from "../budget-option.ts";
import { defineCommand } from "../command.ts";
import { listStyle, listTimezoneOption } from "../list-options.ts";
import { openStoreAccess } from "../store-access.ts";
import { filterOf, storeOption } from "../store-options.ts";
import { readSuppressionFile } from "../suppression-file.ts";

export const whatIf = defineCommand({
  description: [
    "Says which incidents would remain with other settings, day by day, from the scores that are stored: with a budget of incidents a day, with another p-value, with further suppressions, or with several of these. Nothing is changed.",
    "Incidents that are suppressed now are not counted. What a looser setting than the watch's own would bring is estimated, and said to be.",
  ],
  arguments: {},
  options: {
    store: storeOption,
    budget: { ...budgetOption, doc: "at most some N incidents a day", details: "Also N/week." },
    pValue: {
      kind: "number",
      placeholder: "P",
      above: 0,
      max: 1,
      doc: "flag only what normal traffic does at most this often",
    },
    suppressions: {
      kind: "text",
      placeholder: "FILE",
      doc: "suppressions to try: a list in JSON or YAML, as suppress list --json prints it",
    },
    since: {
      kind: "text",
      placeholder: "TIME",
      doc: "only incidents that began then or later: 30d, 2024-04-19",
    },
    until: { kind: "text", placeholder: "TIME", doc: "only incidents that began before" },
    timezone: listTimezoneOption,
    json: { kind: "flag", doc: "print one JSON object" },
  },
  examples: [
    {
      command: "strayflow what-if --budget 5/day --store office.store",
      doc: "how five a day would have looked",
    },
    {
      command: "strayflow what-if --p-value 1e-5 --since 30d --store office.store",
      doc: "the last month with a stricter threshold",
    },
    {
      command: "strayflow what-if --suppressions ideas.yaml --store office.store",
      doc: "what some suppressions would take away",
    },
  ],

  async run({ store: file, budget, pValue, suppressions, since, until, timezone, json }, context) {
    const perDay = parseBudget(budget);
    if (perDay !== undefined && pValue !== undefined)
      throw new ExpectedError("usage", "give --budget or --p-value, not both: a budget stands for a p-value");
    if (perDay === undefined && pValue === undefined && suppressions === undefined)
      throw new ExpectedError("usage", "expected --budget N, --p-value P or --suppressions FILE");
    const now = Date.now() / 1000;
    const limits = [
      since === undefined ? [] : `since:${since}`,
      until === undefined ? [] : `until:${until}`,
    ].flat();
    const { from, to } = filterOf(limits, "incidents", now);
    const tried = suppressions === undefined ? undefined : await readSuppressionFile(suppressions);
    const style = listStyle(context, timezone, now);
    await using access = await openStoreAccess(file, { signal: context.io.signal });
    const answer = await access.store.whatIf({
      ...(pValue !== undefined && { pValue }),
      ...(perDay !== undefined && { perDay }),
      ...(tried !== undefined && { suppressions: tried }),
      ...(from !== undefined && { from }),
      ...(to !== undefined && { to }),
    });
    if (json) {
      await context.print(JSON.stringify(whatIfJson(answer)));
      return 0;
    }
    const cut = answer.pValue === undefined ? "" : `a p-value of ${formatOneIn(answer.pValue)}`;
    const asked = [
      ...(perDay === undefined
        ? [cut]
        : [`a budget of ${countOf(perDay, "incident")} a day${cut && ` (${cut})`}`]),
      ...(tried === undefined ? [] : [countOf(tried.length, "more suppression")]),
    ];
    const settings = asked.filter((text) => text !== "").join(" and ");
    for (const line of whatIfLines(answer, settings, style)) await context.print(line);
    for (const doubt of answer.doubts) context.remark(`Note: ${doubt}.`);
    return 0;
  },
});

function whatIfJson({ pValue, days, incidents, remaining, doubts }: WhatIf) {
  return {
    ...(pValue !== undefined && { p_value: pValue }),
    incidents,
    remaining: remaining.map(({ firstSeen, rarest, ...one }) => ({
      ...one,
      first_seen: firstSeen,
      rarest_p_value: rarest,
    })),
    days,
    doubts,
  };
}
