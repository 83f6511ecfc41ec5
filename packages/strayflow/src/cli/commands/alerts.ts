import { ExpectedError } from "../../base/errors.ts";
import { alertHead, alertLines } from "../../output/alert-list.ts";
import { alertPage } from "../../output/alert-page.ts";
import { escapeText } from "../../output/escape.ts";
import { countOf } from "../../output/figures.ts";
import { storedAlertJson, storedIncidentJson } from "../../output/stored-json.ts";
import { shortId } from "../../output/stored.ts";
import { suppressionJson } from "../../output/suppression-text.ts";
import type { AlertFilter } from "../../store/index.ts";
import { AlertTail } from "../alert-tail.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import {
  emptyText,
  gather,
  limitDoc,
  listStyle,
  listTimezoneOption,
  mostInJson,
  usualLimit,
} from "../list-options.ts";
import type { ParsedArguments } from "../options.ts";
import { openStoreAccess, type AskedStore } from "../store-access.ts";
import { filterHelp, filterOf, needWords, nextCommand, storeOption } from "../store-options.ts";

const actions = ["list", "show", "tail"] as const;
const tailLines = 10;

const options = {
  store: storeOption,
  all: { kind: "flag", doc: "those of closed incidents and suppressed ones too" },
  order: {
    kind: "choice",
    choices: ["latest", "strongest", "first"],
    default: "latest",
    doc: "list the last ones first, the rarest, or in order of time",
  },
  limit: {
    kind: "integer",
    placeholder: "N",
    min: 0,
    max: 1_000_000,
    doc: `${limitDoc}; tail begins with the last N (default ${tailLines})`,
  },
  timezone: listTimezoneOption,
  json: { kind: "flag", doc: "print one JSON object; tail: one a line" },
} as const;

const argumentTable = {
  action: { placeholder: "ACTION", choices: actions, doc: actions.join(", ") },
  words: {
    placeholder: "QUERY|ID",
    many: true,
    optional: true,
    doc: "for list and tail what to choose by, for show the id of an alert, or the beginning of one",
  },
} as const;

type Args = ParsedArguments<typeof options, typeof argumentTable>;

export const alerts = defineCommand({
  description: [
    "Alerts are the flagged connections that incidents are made of; of each incident the strongest 200 are kept. `list` shows them, latest first. `show` prints all about one. `tail` goes on showing new ones as they come, until interrupted.",
    filterHelp("alerts"),
  ],
  arguments: argumentTable,
  options,
  examples: [
    {
      command: "strayflow alerts list dst:10.0.0.5 port:445 --store office.store",
      doc: "who was flagged there",
    },
    {
      command: "strayflow alerts tail severity:high..critical --store office.store",
      doc: "the grave ones as they come",
    },
  ],

  async run(args, context) {
    const { signal } = context.io;
    if (args.action === "show") {
      needWords(args.words, "the id of an alert");
      await using access = await openStoreAccess(args.store, { signal });
      return await show(args, access.store, context);
    }
    const where = chosen(args);
    if (args.action === "list" && args.limit === 0)
      throw new ExpectedError("usage", "list takes a --limit of 1 or more");
    if (args.action === "tail") return await tail(args, where, context);
    await using access = await openStoreAccess(args.store, { signal });
    return await list(args, where, access.store, context);
  },
});

function chosen({ words, all }: Args): AlertFilter {
  const where: AlertFilter = filterOf(words, "alerts", Date.now() / 1000);
  if (all) return where;
  const saysStatus = where.status !== undefined || where.not?.status !== undefined;
  const saysSuppressed = where.suppressed !== undefined || saysStatus;
  return {
    ...where,
    ...(saysStatus || where.suppressed === true ? {} : { status: ["open", "confirmed"] }),
    ...(saysSuppressed ? {} : { suppressed: false }),
  };
}

async function list(
  args: Args,
  where: AlertFilter,
  store: AskedStore,
  context: CommandContext,
): Promise<number> {
  const { items, total } = await gather(
    args.limit ?? (args.json ? mostInJson : usualLimit),
    async (limit, cursor) => {
      const page = await store.alerts({
        where,
        order: args.order,
        limit,
        ...(cursor !== undefined && { cursor }),
      });
      return { ...page, items: page.alerts };
    },
  );
  if (args.json) {
    await context.print(JSON.stringify({ alerts: items.map(storedAlertJson), total }));
    return 0;
  }
  const style = listStyle(context, args.timezone, Date.now() / 1000);
  if (items.length === 0) {
    await context.print(await emptyText("alerts", store, where, style));
    return 0;
  }
  await context.print(alertHead(style));
  for (const one of items) for (const line of alertLines(one, style)) await context.print(line);
  context.remark("");
  if (total > items.length)
    context.remark(`${items.length} of ${countOf(total, "alert")}; --limit N shows more.`);
  context.remark(`All about one: ${nextCommand(["alerts", "show", shortId(items[0]!.id)], args.store)}`);
  return 0;
}

async function show(args: Args, store: AskedStore, context: CommandContext): Promise<number> {
  const [id, second] = args.words;
  if (second !== undefined)
    throw new ExpectedError("usage", `show takes one id, found "${escapeText(second)}" too`);
  const shown = await store.alert(id!);
  const { history: _history, ...incident } = await store.incident(shown.incident);
  const suppressions = (await store.suppressions({})).filter(({ id: one }) =>
    shown.suppressions.includes(one),
  );
  const now = Date.now() / 1000;
  const { alert } = shown;
  const { rows } = await store.rows({
    where: {
      uid: [alert.uid],
      from: alert.ts - 1,
      to: alert.ts + 1,
      orig: [alert.originator],
      resp: [alert.responder],
    },
    limit: 1,
  });
  const { row: _row, source: _source, ...logged } = rows[0] ?? { row: 0, source: 0 };
  const isLogged = rows.length > 0;
  if (args.json) {
    const document = {
      ...storedAlertJson(shown),
      of: storedIncidentJson(incident),
      suppressed_by: suppressions.map((one) => suppressionJson(one, now)),
      ...(isLogged && { connection: logged }),
    };
    await context.print(JSON.stringify(document));
    return 0;
  }
  const next = [
    nextCommand(["incidents", "show", shortId(shown.incident)], args.store),
    nextCommand(["alerts", "list", `pair:${alert.originator},${alert.responder}`], args.store),
  ];
  const dossier = { shown, incident, suppressions, row: isLogged ? logged : undefined, next };
  for (const line of alertPage(dossier, listStyle(context, args.timezone, now))) await context.print(line);
  return 0;
}

async function tail(args: Args, where: AlertFilter, context: CommandContext): Promise<number> {
  const { signal } = context.io;
  const following = new AlertTail(args.store, where, args.limit ?? tailLines, context);
  let isFirst = true;
  for await (const found of following.follow()) {
    const style = listStyle(context, args.timezone, Date.now() / 1000);
    if (args.json) for (const one of found) await context.print(JSON.stringify(storedAlertJson(one)));
    else {
      if (isFirst) await context.print(alertHead(style));
      for (const one of found) for (const line of alertLines(one, style)) await context.print(line);
    }
    isFirst = false;
    if (signal.aborted) break;
  }
  return 0;
}
