import { ExpectedError } from "../../base/errors.ts";
import { formatCount, formatOneIn, formatShare } from "../../base/units.ts";
import { driftDays, type DriftDay } from "../../live/drift/drift-days.ts";
import { escapeText } from "../../output/escape.ts";
import { textTable } from "../../output/text-table.ts";
import { defineCommand } from "../command.ts";
import { openStoreAccess } from "../store-access.ts";
import { storeOption } from "../store-options.ts";

export const drift = defineCommand({
  description: [
    "Shows day by day what `watch` has measured of the traffic, held against what the model learned: how many connections and incidents there were and how many were to be expected, and which features have other values than in training. `retrain` is what helps where many have moved for good.",
  ],
  arguments: {},
  options: {
    store: storeOption,
    sensor: { kind: "text", placeholder: "NAME", doc: "only this sensor" },
    days: {
      kind: "integer",
      placeholder: "N",
      min: 1,
      max: 100_000,
      default: "30",
      doc: "the last N days that were measured",
    },
    json: { kind: "flag", doc: "print one JSON object, with every measure of every day" },
  },
  examples: [
    { command: "strayflow drift --store office.store", doc: "the last month" },
    { command: "strayflow drift --days 1 --json --store office.store", doc: "the last day, every feature" },
  ],

  async run({ store: file, sensor, days: most, json }, context) {
    await using access = await openStoreAccess(file, { signal: context.io.signal });
    const all = await access.store.drift(sensor === undefined ? {} : { sensor });
    const known = [...new Set(all.map(({ day }) => day))].toSorted();
    const from = known.at(-most) ?? known[0];
    const entries = all.filter(({ day }) => from === undefined || day >= from);
    if (json) {
      await context.print(JSON.stringify({ entries }));
      return 0;
    }
    if (entries.length === 0) {
      if (sensor !== undefined && !(await access.store.sensors()).some(({ name }) => name === sensor))
        throw new ExpectedError("usage", `the store knows no sensor "${escapeText(sensor)}"`, { file });
      context.remark(
        "No day was measured yet: that is done when the first connection of the next day comes.",
      );
      return 0;
    }
    for (const line of textTable(heads, driftDays(entries).map(cells))) await context.print(line);
    return 0;
  },
});

const heads = [
  { head: "day (UTC)" },
  { head: "sensor" },
  { head: "connections", align: "right" },
  { head: "usual", align: "right" },
  { head: "flagged", align: "right" },
  { head: "incidents", align: "right" },
  { head: "expected", align: "right" },
  { head: "rejects", align: "right" },
  { head: "moved" },
] as const;

function cells({
  day,
  sensor,
  connections,
  alertRate,
  incidents,
  rejects,
  moved,
  unknown,
}: DriftDay): string[] {
  return [
    day,
    escapeText(sensor),
    formatCount(connections.value),
    formatCount(Math.round(connections.usual)),
    formatOneIn(alertRate.value),
    formatCount(incidents.value),
    formatCount(Math.round(10 * incidents.usual) / 10),
    formatShare(rejects.value),
    movedText(moved, unknown),
  ];
}

function movedText(moved: DriftDay["moved"], unknown: DriftDay["unknown"]): string {
  if (moved === undefined) return "too few connections";
  const names = moved.slice(0, MOST_NAMED).map(({ feature }) => escapeText(feature));
  const more = moved.length - names.length;
  const words =
    unknown !== undefined && unknown.share >= NOTABLE_SHARE
      ? [`${formatShare(unknown.share)} of ${escapeText(unknown.column)} unknown`]
      : [];
  const features =
    names.length === 0 ? [] : [`${names.join(", ")}${more > 0 ? ` and ${formatCount(more)} more` : ""}`];
  return [...features, ...words].join("; ") || "–";
}

const MOST_NAMED = 2;
const NOTABLE_SHARE = 0.01;
