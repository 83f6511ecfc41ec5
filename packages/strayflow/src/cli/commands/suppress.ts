import { ExpectedError } from "../../base/errors.ts";
import { escapeText } from "../../output/escape.ts";
import { storedIncidentJson } from "../../output/stored-json.ts";
import {
  conditionsText,
  effectLines,
  suppressionJson,
  suppressionLines,
} from "../../output/suppression-text.ts";
import type { SuppressionEffect } from "../../store/index.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { listStyle, listTimezoneOption } from "../list-options.ts";
import type { ParsedArguments } from "../options.ts";
import { openStoreAccess, type AskedStore } from "../store-access.ts";
import { authorOf, authorOption, nextCommand, storeOption } from "../store-options.ts";
import { conditionOptions, conditionsOf, expiresOption, parseExpires } from "../suppression-options.ts";

const options = {
  store: storeOption,
  ...conditionOptions,
  note: {
    kind: "text",
    placeholder: "TEXT",
    doc: "why this is fine, for whoever reads it later (needed to add)",
  },
  expires: expiresOption,
  author: authorOption,
  dryRun: { kind: "flag", doc: "only say what it would cover" },
  all: { kind: "flag", doc: "list those that ended or were taken back too" },
  timezone: listTimezoneOption,
  json: { kind: "flag", doc: "print one JSON object" },
} as const;

const argumentTable = {
  words: {
    placeholder: "INCIDENT|list|remove",
    many: true,
    optional: true,
    doc: "ids of incidents to suppress, or list, or remove with the number of a suppression",
  },
} as const;

type Args = ParsedArguments<typeof options, typeof argumentTable>;

export const suppress = defineCommand({
  description: [
    "Says that something is fine: incidents by their id, or whatever the options describe together. All of them must hold; of a list one entry is enough. What is covered is still scored, counted and kept, but nobody is told of it, and lists leave it out. It holds for what is stored too, and says at once what of it is covered.",
    "`suppress` alone adds one, as `suppress add` does; `suppress list` shows what is suppressed until when and by whom, `suppress remove NUMBER` takes one back.",
  ],
  arguments: argumentTable,
  options,
  examples: [
    {
      command: "strayflow suppress --src 10.0.0.9 --kind port-scan --dry-run --store office.store",
      doc: "what would be covered",
    },
    {
      command: 'strayflow suppress 3f0c5a1b --note "moving the archive" --expires 7d --store office.store',
      doc: "one incident, for a week",
    },
    {
      command: "strayflow suppress --pair 10.0.0.9,10.1.0.0/16 --port 445 --note backup --store office.store",
      doc: "one service between a host and a network, for 30 days",
    },
    { command: "strayflow suppress remove 3 --store office.store", doc: "take it back" },
  ],

  async run(args, context) {
    const [first, ...rest] = args.words;
    if (first === "list") return await list(args, rest, context);
    if (first === "remove") return await remove(args, rest, context);
    return await add(args, first === "add" ? rest : args.words, context);
  },
});

async function add(args: Args, incidents: readonly string[], context: CommandContext): Promise<number> {
  const { note, dryRun } = args;
  const now = Date.now() / 1000;
  const conditions = conditionsOf(args, incidents);
  const days = parseExpires(args.expires, now);
  if (note === undefined && !dryRun)
    throw new ExpectedError(
      "usage",
      "--note TEXT is needed: say why this is fine; --dry-run only says what it would cover",
    );
  const style = listStyle(context, args.timezone, now);
  await using access = await openStoreAccess(args.store, { forWriting: !dryRun, signal: context.io.signal });
  const { store } = access;
  if (dryRun) {
    const effect = await store.previewSuppression(conditions);
    if (args.json) await context.print(JSON.stringify({ conditions, ...effectJson(effect) }));
    else {
      await context.print(conditionsText(conditions));
      for (const line of effectLines(effect, style, true)) await context.print(line);
      context.remark("Nothing was changed: --dry-run.");
    }
    return 0;
  }
  const author = authorOf(args.author, context);
  const { suppression, ...effect } = await store.suppress({ ...conditions, note: note!, author, days });
  if (args.json) {
    await context.print(
      JSON.stringify({ suppression: suppressionJson(suppression, now), ...effectJson(effect) }),
    );
    return 0;
  }
  for (const line of suppressionLines([suppression], now, style)) await context.print(line);
  for (const line of effectLines(effect, style, false)) await context.print(line);
  context.remark(`Undo: ${nextCommand(["suppress", "remove", String(suppression.id)], args.store)}`);
  return 0;
}

function effectJson({ incidents, alerts, open, past }: SuppressionEffect) {
  return {
    covers: {
      alerts,
      open,
      past,
      incidents: incidents.map(({ incident, alerts: covered, isCovered }) => ({
        covered_alerts: covered,
        wholly: isCovered,
        incident: storedIncidentJson(incident),
      })),
    },
  };
}

async function list(args: Args, rest: readonly string[], context: CommandContext): Promise<number> {
  needNothing(rest);
  await using access = await openStoreAccess(args.store, { signal: context.io.signal });
  const suppressions = await access.store.suppressions({ all: args.all });
  const now = Date.now() / 1000;
  if (args.json) {
    await context.print(
      JSON.stringify({ suppressions: suppressions.map((one) => suppressionJson(one, now)) }),
    );
    return 0;
  }
  if (suppressions.length === 0) await context.print(await noneText(access.store, args));
  else
    for (const line of suppressionLines(suppressions, now, listStyle(context, args.timezone, now)))
      await context.print(line);
  return 0;
}

async function noneText(store: AskedStore, { all }: Args): Promise<string> {
  const ended = all ? [] : await store.suppressions({ all: true });
  return ended.length === 0
    ? "Nothing is suppressed."
    : `Nothing is suppressed now; ${ended.length} ended or were taken back: --all.`;
}

async function remove(args: Args, rest: readonly string[], context: CommandContext): Promise<number> {
  const [word = "", ...more] = rest;
  needNothing(more);
  if (!/^\d{1,9}$/.test(word))
    throw new ExpectedError(
      "usage",
      `remove expects the number of a suppression, as suppress list shows it, found "${escapeText(word)}"`,
    );
  await using access = await openStoreAccess(args.store, { forWriting: true, signal: context.io.signal });
  const { note } = args;
  const author = authorOf(args.author, context);
  const removed = await access.store.unsuppress(Number(word), {
    author,
    ...(note !== undefined && { note }),
  });
  const now = Date.now() / 1000;
  if (args.json) await context.print(JSON.stringify({ suppression: suppressionJson(removed, now) }));
  else {
    await context.print(`taken back ${removed.id}  ${conditionsText(removed)}`);
    context.remark("What it covered counts again, in what is stored too.");
  }
  return 0;
}

function needNothing([word]: readonly string[]): void {
  if (word !== undefined)
    throw new ExpectedError("usage", `expected nothing more, found "${escapeText(word)}"`);
}
