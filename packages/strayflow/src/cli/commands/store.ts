import { resolve } from "node:path";
import { ExpectedError } from "../../base/errors.ts";
import { formatBytes, formatCount } from "../../base/units.ts";
import { escapeText } from "../../output/escape.ts";
import { Page } from "../../output/page.ts";
import { textTable } from "../../output/text-table.ts";
import type { ParsedFilter } from "../../query/index.ts";
import { exportTables, vacuumStore, type ExportTable, type Filter } from "../../store/index.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import { listStyle, listTimezoneOption } from "../list-options.ts";
import type { ParsedArguments } from "../options.ts";
import { askWatch, needStoreFile, openStoreAccess } from "../store-access.ts";
import { filterHelp, filterOf, storeOption } from "../store-options.ts";
import { parseChoice } from "../values.ts";

const options = {
  store: storeOption,
  out: {
    kind: "text",
    placeholder: "DIR",
    doc: "export: directory for the Parquet files; made where there is none",
  },
  tables: {
    kind: "words",
    placeholder: "NAME,...",
    doc: `export: which of ${exportTables.join(", ")} (default: all; with a QUERY connections)`,
  },
  timezone: listTimezoneOption,
  json: { kind: "flag", doc: "print one JSON object" },
} as const;

const argumentTable = {
  action: { placeholder: "ACTION", choices: ["info", "vacuum", "export"], doc: "info, vacuum or export" },
  words: {
    placeholder: "QUERY",
    many: true,
    optional: true,
    doc: "export: which connections, as in since:7d port:445",
  },
} as const;

type Args = ParsedArguments<typeof options, typeof argumentTable>;

export const store = defineCommand({
  description: [
    "`info` says what a store holds and how large it is. `vacuum` writes it anew, as small as its content; nothing may have it open, and it needs room for a second copy. `export` writes connections, alerts and incidents as Parquet files, for DuckDB, pandas and whatever else reads them.",
    filterHelp("connections"),
  ],
  arguments: argumentTable,
  options,
  examples: [
    { command: "strayflow store info --store office.store", doc: "what is in it" },
    {
      command: "strayflow store export --out export --store office.store",
      doc: "everything, as three Parquet files",
    },
    {
      command: "strayflow store export since:7d dst:10.0.0.5 --out export --store office.store",
      doc: "a week's connections to one host",
    },
  ],

  async run(args, context) {
    if (args.action !== "export" && args.words.length > 0)
      throw new ExpectedError(
        "usage",
        `${args.action} takes no QUERY, found "${escapeText(args.words.join(" "))}"`,
      );
    if (args.action === "info") return await info(args, context);
    if (args.action === "vacuum") return await vacuum(args, context);
    return await exportTo(args, context);
  },
});

async function info(args: Args, context: CommandContext): Promise<number> {
  await using access = await openStoreAccess(args.store, { signal: context.io.signal });
  const asked = access.store;
  const [known, sensors, sinks] = [await asked.info(), await asked.sensors(), await asked.outboxCounts()];
  if (args.json) {
    const { usedBytes, ...rest } = known;
    const document = {
      file: args.store,
      ...rest,
      used_bytes: usedBytes,
      watched: access.isWatched,
      by_sensor: sensors.map(({ name, rows, alerts, committed }) => ({
        name,
        rows,
        alerts,
        committed: committed / 1000,
      })),
      outbox: sinks.map(({ sink, waiting, delivered, givenUp, lastError }) => ({
        sink,
        waiting,
        delivered,
        given_up: givenUp,
        ...(lastError !== undefined && { last_error: lastError }),
      })),
    };
    await context.print(JSON.stringify(document));
    return 0;
  }
  const style = listStyle(context, args.timezone, Date.now() / 1000);
  const { times } = style;
  const page = new Page(style.columns, style.style);
  page.fact(
    "store",
    `${escapeText(args.store)}, version ${known.version}${access.isWatched ? ", a watch runs on it" : ""}`,
  );
  page.fact("size", `${formatBytes(known.bytes)}, ${formatBytes(known.usedBytes)} of it in use`);
  page.fact("connections", formatCount(known.connections));
  if (known.from !== undefined && known.to !== undefined)
    page.fact(
      "from",
      `${times.span(known.from, known.to)} (${escapeText(times.zone)}), the last ${times.age(known.to)}`,
    );
  page.fact("alerts", `${formatCount(known.alerts)} kept`);
  page.fact("incidents", formatCount(known.incidents));
  page.fact("suppressions", formatCount(known.suppressions));
  page.fact("sources", formatCount(known.sources));
  page.section("Sensors", () => {
    if (sensors.length === 0) return;
    const rows = sensors.map(({ name, rows: count, alerts, committed }) => [
      escapeText(name),
      formatCount(count),
      formatCount(alerts),
      times.time(committed / 1000),
      times.age(committed / 1000),
    ]);
    const heads = [
      { head: "sensor" },
      { head: "connections", align: "right" },
      { head: "alerts", align: "right" },
      { head: "last stored" },
      { head: "age", align: "right" },
    ] as const;
    for (const line of textTable(heads, rows)) page.verbatim(line);
  });
  page.section("Messages", () => {
    for (const { sink, waiting, delivered, givenUp, lastError } of sinks) {
      const failed = lastError === undefined ? "" : `; last failure: ${escapeText(lastError)}`;
      page.text(
        `${escapeText(sink)}: ${formatCount(waiting)} waiting, ${formatCount(delivered)} delivered, ${formatCount(givenUp)} given up${failed}`,
      );
    }
  });
  for (const line of page.lines) await context.print(line);
  return 0;
}

async function vacuum(args: Args, context: CommandContext): Promise<number> {
  await needStoreFile(args.store);
  if ((await askWatch(args.store)) !== undefined)
    throw new ExpectedError("store-busy", "a watch runs on the store; stop it for the time of the vacuum", {
      file: args.store,
    });
  const { before, after } = await vacuumStore(args.store);
  if (args.json)
    await context.print(JSON.stringify({ file: args.store, bytes_before: before, bytes: after }));
  else await context.print(`${formatBytes(before)} before, ${formatBytes(after)} now`);
  return 0;
}

async function exportTo(args: Args, context: CommandContext): Promise<number> {
  const { out, words } = args;
  const { signal } = context.io;
  if (out === undefined) throw new ExpectedError("usage", "--out DIR is needed for export");
  const tables = args.tables?.map((name) => parseChoice("--tables", exportTables, name) as ExportTable);
  const isChosen = words.length > 0;
  if (isChosen && tables?.some((table) => table !== "connections"))
    throw new ExpectedError("usage", "a QUERY chooses connections; give --tables connections with it");
  const where = isChosen ? connectionFilter(filterOf(words, "connections", Date.now() / 1000)) : undefined;
  await using access = await openStoreAccess(args.store, { signal });
  // A watch has another working directory.
  const paths = await access.store.exportParquet(
    resolve(out),
    {
      ...(isChosen ? { tables: ["connections"] as const } : tables !== undefined && { tables }),
      ...(where !== undefined && { where }),
    },
    { signal },
  );
  if (args.json) {
    await context.print(JSON.stringify({ files: paths }));
    return 0;
  }
  for (const path of paths) await context.print(escapeText(path));
  const [first = ""] = paths;
  if (/^[\w/.-]+$/.test(first)) context.remark(`Look into it: duckdb -c "FROM '${first}' LIMIT 10"`);
  return 0;
}

/** A filter of the query language as one of connections. */
function connectionFilter({ from, to, not, ...conditions }: ParsedFilter): Filter {
  return {
    ...connectionConditions(conditions),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(not !== undefined && { not: connectionConditions(not) }),
  };
}

function connectionConditions({
  host,
  orig,
  resp,
  pair,
  port,
  proto,
  service,
  pValue,
}: ParsedFilter): Filter {
  return {
    ...(host && { host }),
    ...(orig && { orig }),
    ...(resp && { resp }),
    ...(pair && { pair }),
    ...(port && { respPort: port }),
    ...(proto && { proto }),
    ...(service && { service: service.map((text) => (text === "" ? null : text)) }),
    ...(pValue && { numbers: [{ column: "p_value", ...pValue }] }),
  };
}
