import { ExpectedError } from "../../base/errors.ts";
import { truncateText } from "../../output/display-width.ts";
import { countOf } from "../../output/figures.ts";
import { escapeText } from "../../output/escape.ts";
import { incidentLines } from "../../output/incident-list.ts";
import { incidentPage, type IncidentDossier } from "../../output/incident-page.ts";
import { storedAlertJson, storedIncidentJson } from "../../output/stored-json.ts";
import { shortId } from "../../output/stored.ts";
import { suppressionJson } from "../../output/suppression-text.ts";
import type { IncidentFilter } from "../../store/index.ts";
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
import {
  authorOf,
  authorOption,
  filterHelp,
  filterOf,
  needWords,
  nextCommand,
  storeOption,
} from "../store-options.ts";

const actions = ["list", "show", "close", "reopen", "confirm", "note"] as const;
/** Alerts that the page of an incident explains. */
const shownAlerts = 5;

const options = {
  store: storeOption,
  all: { kind: "flag", doc: "list closed and suppressed ones too" },
  order: {
    kind: "choice",
    choices: ["worst", "latest", "first"],
    default: "worst",
    doc: "list them by severity, by when they were last seen, or by when they began",
  },
  limit: { kind: "integer", placeholder: "N", min: 1, max: 1_000_000, doc: limitDoc },
  note: { kind: "text", placeholder: "TEXT", doc: "why; kept in the incident's history" },
  author: authorOption,
  timezone: listTimezoneOption,
  json: { kind: "flag", doc: "print one JSON object" },
} as const;

const argumentTable = {
  action: { placeholder: "ACTION", choices: actions, doc: actions.join(", ") },
  words: {
    placeholder: "QUERY|ID",
    many: true,
    optional: true,
    doc: "for list what to choose by, for the others ids of incidents, or beginnings of them",
  },
} as const;

type Args = ParsedArguments<typeof options, typeof argumentTable>;

export const incidents = defineCommand({
  description: [
    "`list` shows what is open or confirmed, worst first. `show` prints the page of an incident: what happened in order of time, the strongest alerts with their reasons, who did what about it, and the commands that go on from there.",
    "`close` says that it is dealt with: it comes back by itself only where it becomes worse or doubles. `confirm` says that it is what it looks like: what is confirmed is kept, and left out of later training. `reopen` takes either back. `note` adds a remark.",
    filterHelp("incidents"),
  ],
  arguments: argumentTable,
  options,
  examples: [
    { command: "strayflow incidents list --store office.store", doc: "what is to be looked at, worst first" },
    {
      command: "strayflow incidents list severity:high..critical since:2d --store office.store",
      doc: "the grave ones of the last two days",
    },
    { command: "strayflow incidents show 3f0c5a1b --store office.store", doc: "all about one" },
    {
      command: 'strayflow incidents close 3f0c5a1b --note "the new backup" --store office.store',
      doc: "dealt with",
    },
  ],

  async run(args, context) {
    const { action } = args;
    const isReading = action === "list" || action === "show";
    if (!isReading) needWords(args.words, "the id of an incident");
    if (action === "note" && args.note === undefined)
      throw new ExpectedError("usage", "--note TEXT is needed");
    if (isReading && args.note !== undefined)
      throw new ExpectedError(
        "usage",
        `--note goes with close, reopen, confirm and note, not with ${action}`,
      );
    const where = action === "list" ? chosen(args) : undefined;
    await using access = await openStoreAccess(args.store, {
      forWriting: !isReading,
      signal: context.io.signal,
    });
    if (action === "list") return await list(args, where!, access.store, context);
    if (action === "show") return await show(args, access.store, context);
    return await change({ ...args, action }, access.store, context);
  },
});

function chosen({ words, all }: Args): IncidentFilter {
  const where: IncidentFilter = filterOf(words, "incidents", Date.now() / 1000);
  const saysStatus = where.status !== undefined || where.not?.status !== undefined;
  return all || saysStatus ? where : { ...where, status: ["open", "confirmed"] };
}

async function list(
  args: Args,
  where: IncidentFilter,
  store: AskedStore,
  context: CommandContext,
): Promise<number> {
  const { order, json, limit = json ? mostInJson : usualLimit } = args;
  const { items, total } = await gather(limit, async (count, cursor) => {
    const page = await store.incidents({
      where,
      order,
      limit: count,
      ...(cursor !== undefined && { cursor }),
    });
    return { ...page, items: page.incidents };
  });
  if (json) {
    await context.print(JSON.stringify({ incidents: items.map(storedIncidentJson), total }));
    return 0;
  }
  const style = listStyle(context, args.timezone, Date.now() / 1000);
  const { total: others } = await store.incidents({
    where: { ...where, status: ["closed", "suppressed"] },
    limit: 1,
  });
  const isDefault = !args.all && where.status?.join() === "open,confirmed";
  const isAllDone = isDefault && args.words.length === 0 && others > 0;
  if (items.length === 0)
    await context.print(
      isAllDone ? "No incident is open." : await emptyText("incidents", store, where, style),
    );
  else for (const line of incidentLines(items, style)) await context.print(line);
  if (items.length > 0) context.remark("");
  if (total > items.length)
    context.remark(`${items.length} of ${countOf(total, "incident")}; --limit N shows more.`);
  if (isDefault && others > 0)
    context.remark(`${countOf(others, "closed or suppressed one")} not shown: --all.`);
  const [first] = items;
  if (first !== undefined)
    context.remark(
      `All about one: ${nextCommand(["incidents", "show", shortId(first.incident.id)], args.store)}`,
    );
  return 0;
}

async function show(args: Args, store: AskedStore, context: CommandContext): Promise<number> {
  const [id, second] = needWords(args.words, "the id of an incident");
  if (second !== undefined)
    throw new ExpectedError("usage", `show takes one id, found "${escapeText(second)}" too`);
  const { history, ...shown } = await store.incident(id!);
  const whole = shown.incident.id;
  const limit = args.json ? 200 : 24;
  const { alerts, total } = await store.alerts({ where: { incident: [whole] }, order: "strongest", limit });
  const covering = new Set(alerts.flatMap(({ suppressions }) => suppressions));
  const suppressions = (await store.suppressions({})).filter(({ id: one }) => covering.has(one));
  const now = Date.now() / 1000;
  if (args.json) {
    const document = {
      ...storedIncidentJson(shown),
      history,
      strongest: alerts.map(storedAlertJson),
      suppressions: suppressions.map((one) => suppressionJson(one, now)),
    };
    await context.print(JSON.stringify(document));
    return 0;
  }
  const dossier = {
    shown,
    history,
    alerts: alerts.slice(0, shownAlerts),
    uids: alerts.map(({ alert }) => alert.uid),
    kept: total,
    suppressions,
    next: nextSteps(shown, args.store),
  };
  const style = listStyle(context, args.timezone, now);
  for (const line of incidentPage(dossier, style)) await context.print(line);
  return 0;
}

function nextSteps({ incident, status }: IncidentDossier["shown"], store: string): string[] {
  const id = shortId(incident.id);
  const why = ["--note", "why this is fine"];
  const side = incident.role === "originator" ? "--src" : "--dst";
  return [
    nextCommand(["incidents", status === "closed" ? "reopen" : "close", id, "--note", "what it was"], store),
    ...(status === "confirmed"
      ? []
      : [nextCommand(["incidents", "confirm", id, "--note", "what it was"], store)]),
    nextCommand(["suppress", id, ...why, "--dry-run"], store),
    nextCommand(["suppress", side, incident.host, "--kind", incident.kind, ...why, "--dry-run"], store),
  ];
}

async function change(
  args: Args & { readonly action: "close" | "reopen" | "confirm" | "note" },
  store: AskedStore,
  context: CommandContext,
): Promise<number> {
  const { action, note, json } = args;
  const author = authorOf(args.author, context);
  // All or none where an id is mistyped.
  const ids = new Set<string>();
  for (const word of args.words) ids.add((await store.incident(word)).incident.id);
  const changed = [];
  for (const id of ids)
    changed.push(await store.changeIncident(id, { action, author, ...(note !== undefined && { note }) }));
  if (json) {
    await context.print(JSON.stringify({ incidents: changed.map(storedIncidentJson) }));
    return 0;
  }
  for (const { incident } of changed)
    await context.print(
      truncateText(
        `${deeds[action]} ${shortId(incident.id)}  ${escapeText(incident.headline)}`,
        context.io.columns,
      ),
    );
  const undo = { close: "reopen", confirm: "reopen", reopen: "close", note: undefined }[action];
  if (undo !== undefined)
    context.remark(`Undo: ${nextCommand(["incidents", undo, ...[...ids].map(shortId)], args.store)}`);
  return 0;
}

const deeds = { close: "closed", reopen: "reopened", confirm: "confirmed", note: "noted at" } as const;
