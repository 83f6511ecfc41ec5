import { pino } from "pino";
import { ExpectedError } from "../../base/errors.ts";
import { emptyConfig, readWatchConfig, type WatchConfig } from "../../live/config/watch-config.ts";
import { parseSince } from "../../live/config/since.ts";
import type { EngineLog } from "../../live/engine/engine-log.ts";
import { parseSourceSpecs } from "../../live/sources/index.ts";
import { Watch } from "../../live/watch.ts";
import { openSink, type OpenedSink } from "../../sinks/index.ts";
import { budgetOption, parseBudget, pValueOption } from "../budget-option.ts";
import { defineCommand, type CommandContext } from "../command.ts";
import type { ParsedArguments } from "../options.ts";
import { WatchView } from "../watch-view.ts";

const options = {
  model: {
    kind: "text",
    placeholder: "DIR",
    doc: "directory of the model",
    env: "STRAYFLOW_MODEL",
  },
  store: {
    kind: "text",
    placeholder: "FILE",
    doc: "file that keeps connections, incidents and how far the logs were read; made where there is none",
    env: "STRAYFLOW_STORE",
  },
  config: {
    kind: "text",
    placeholder: "FILE",
    doc: "configuration in YAML: sources, sinks, retention, metrics",
    details:
      "What the command line says goes before what the file says. SIGHUP reads the file and the model again.",
    env: "STRAYFLOW_CONFIG",
  },
  fromStart: {
    kind: "flag",
    doc: "read a source that is new to the store from its first log on",
    details:
      "Without it, a new source begins with what is written from now on. A source that the store knows goes on where it was left, always.",
  },
  since: {
    kind: "text",
    placeholder: "TIME",
    doc: "read a source that is new to the store from this time on: 2d, 2024-04-19",
  },
  pValue: pValueOption,
  budget: budgetOption,
  once: {
    kind: "flag",
    doc: "read what is there, send what is to be sent, and end",
    details: "For a timer, and for trying things out.",
  },
  metrics: {
    kind: "integer",
    placeholder: "PORT",
    min: 0,
    max: 65_535,
    doc: "serve /metrics and /healthz on this port of 127.0.0.1",
  },
  logJson: { kind: "flag", doc: "log as JSON lines on standard error, as is done where that is no terminal" },
} as const;

const sourcesArgument = {
  placeholder: "SOURCE",
  many: true,
  optional: true,
  doc: "Zeek's log directory, a log that is being written, an archive that is being filled, or - for standard input; NAME=SOURCE names its sensor",
} as const;

type Args = ParsedArguments<typeof options, { readonly sources: typeof sourcesArgument }>;

export const watch = defineCommand({
  description: [
    "Follows Zeek's logs as they are written, through rotation and compression, judges every connection as score does, and puts what is unusual together into incidents. Connections, incidents and how far the logs were read go into the store in one piece, so that it can be stopped or killed at any moment: it goes on where it was, without losing or repeating a connection.",
    "Incidents are sent to the sinks of the configuration. What cannot be delivered waits in the store.",
  ],
  arguments: { sources: sourcesArgument },
  options,
  examples: [
    {
      command: "strayflow watch /opt/zeek/logs --model office.model --store office.store",
      doc: "from now on, incidents on the terminal",
    },
    {
      command: "strayflow watch --config /etc/strayflow.yaml --log-json",
      doc: "as a service, with sources and sinks from a file",
    },
    {
      command:
        "strayflow watch archive=/data/zeek --model office.model --store office.store --from-start --once",
      doc: "everything that is there, then end",
    },
  ],
  async run(args, context) {
    const { io } = context;
    const config = args.config === undefined ? emptyConfig : await readWatchConfig(args.config);
    const isTerminal = io.stderr.isTTY === true && !args.logJson;
    const sources = parseSourceSpecs(args.sources.length > 0 ? args.sources : (config.sources ?? []));
    if (sources.length === 0)
      throw new ExpectedError("usage", "expected a SOURCE, or sources in the configuration");
    const store = needed(args.store ?? config.store, "--store FILE");
    const view = isTerminal ? new WatchView(context, sources.length > 1) : undefined;
    const log = isTerminal ? quietLog(view!) : jsonLog(context, config);
    const since = args.since ?? config.since;
    const running = await Watch.open({
      ...modelOf(args, config),
      sources,
      store,
      sinks: openSinks(config, context, log),
      fromStart: args.fromStart || config.fromStart,
      since: since === undefined ? undefined : parseSince(since, Date.now() / 1000),
      once: args.once,
      stdin: io.stdin,
      log,
      metrics: args.metrics === undefined ? config.metrics : { host: "127.0.0.1", port: args.metrics },
      retention: config.retention,
      pace: paceOf(config),
      keeper:
        config.memoryMegabytes === undefined ? undefined : { memoryLimit: config.memoryMegabytes * 1e6 },
      onIncident: view === undefined ? undefined : (sensor, change) => view.incident(sensor, change),
      onStatus: (message) => {
        if (message.kind === "status") view?.status(`${message.sensor}: ${message.status.text}`);
        if (message.kind === "drift") view?.status(`${message.sensor}: ${message.drift.text}`);
      },
      reload: async () => {
        const next = args.config === undefined ? emptyConfig : await readWatchConfig(args.config);
        return { model: modelOf(args, next), sinks: openSinks(next, context, log) };
      },
    });
    const stop = () => running.stop();
    const hear = io.onHangup?.(() => void reload(running, log, view));
    io.signal.addEventListener("abort", stop, { once: true });
    if (io.signal.aborted) stop();
    view?.start(running);
    try {
      await running.run();
    } finally {
      hear?.();
      io.signal.removeEventListener("abort", stop);
      await running.close();
      view?.stop();
    }
    const { sensors } = running.status();
    for (const { name, rows, flagged } of sensors) log.info({ sensor: name, rows, flagged }, "ended");
    return 0;
  },
});

function modelOf(args: Args, config: WatchConfig) {
  const budget = args.budget ?? (config.budget === undefined ? undefined : String(config.budget));
  return {
    modelDir: needed(args.model ?? config.model, "--model DIR"),
    pValue: args.pValue ?? (args.budget === undefined ? config.pValue : undefined),
    budgetPerDay: args.pValue === undefined ? parseBudget(budget) : undefined,
  };
}

function needed(value: string | undefined, option: string): string {
  if (value === undefined)
    throw new ExpectedError("usage", `expected ${option}, here or in the configuration`);
  return value;
}

function openSinks(config: WatchConfig, { io }: CommandContext, log: EngineLog): readonly OpenedSink[] {
  const onWarning = (sink: string, text: string) => log.warn({ sink }, text);
  return config.sinks.map((sink) => openSink(sink, { environment: io.env, now: Date.now, onWarning }));
}

function paceOf({ quietMinutes, lateMinutes }: WatchConfig) {
  return {
    ...(quietMinutes === undefined ? {} : { quietMinutes }),
    ...(lateMinutes === undefined ? {} : { lateMinutes }),
  };
}

function jsonLog({ io }: CommandContext, { logLevel = "info" }: WatchConfig): EngineLog {
  return pino(
    { level: logLevel, base: { name: "strayflow" } },
    { write: (line: string) => void io.stderr.write(line) },
  );
}

/** On a terminal, the view shows what matters. */
function quietLog(view: WatchView): EngineLog {
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => "sink" in fields && view.status(`${String(fields.sink)}: ${message}`),
    error: (fields, message) =>
      view.status("error" in fields ? `${message}: ${String(fields.error)}` : message),
  };
}

async function reload(running: Watch, log: EngineLog, view: WatchView | undefined): Promise<void> {
  try {
    const message = await running.reload();
    log.info({}, message);
    view?.status(message);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    log.error({ error: reason }, "not loaded anew; model and configuration stay as they were");
  }
}
