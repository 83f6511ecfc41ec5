import type { Engine } from "../engine/engine.ts";
import { stages } from "../engine/stage-times.ts";

interface Metric {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge";
  readonly samples: readonly Sample[];
}

interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What Prometheus reads (text format 0.0.4). Names of sensors and sinks are the user's own. */
export function metricsText(engine: Engine, since: number): string {
  return metricsOf(engine, since).map(textOf).join("");
}

function metricsOf(engine: Engine, since: number): Metric[] {
  const { sensors } = engine;
  const sinks = engine.sinkMetrics();
  const ofSensors = (value: (sensor: (typeof sensors)[number]) => number | undefined): Sample[] =>
    sensors.flatMap((sensor) => {
      const found = value(sensor);
      return found === undefined ? [] : [{ labels: { sensor: sensor.name }, value: found }];
    });
  const ofSinks = (value: (sink: (typeof sinks)[number]) => number): Sample[] =>
    sinks.map((sink) => ({ labels: { sink: sink.sink }, value: value(sink) }));
  const memory = process.memoryUsage();
  return [
    counter(
      "rows_total",
      "Connections scored.",
      ofSensors(({ tallies }) => tallies.rows),
    ),
    counter(
      "rejected_total",
      "Lines that are no connections, by reason.",
      sensors.flatMap(({ name, tallies }) =>
        Array.from(tallies.rejectedByReason, ([reason, value]) => ({
          labels: { sensor: name, reason },
          value,
        })),
      ),
    ),
    counter(
      "alerts_total",
      "Connections flagged.",
      ofSensors(({ tallies }) => tallies.flagged),
    ),
    counter(
      "folded_total",
      "Connections not flagged because trouble with the sensor explains them.",
      ofSensors(({ tallies }) => tallies.folded),
    ),
    counter(
      "incidents_total",
      "Incidents opened, by severity at that time.",
      sensors.flatMap(({ name, tallies }) =>
        Array.from(tallies.incidents, ([severity, value]) => ({ labels: { sensor: name, severity }, value })),
      ),
    ),
    gauge(
      "lag_seconds",
      "From the end of a connection to its commit.",
      ofSensors(({ tallies }) => tallies.lagSeconds),
    ),
    gauge(
      "last_commit_seconds",
      "Time of the last commit, seconds since 1970.",
      ofSensors(({ tallies }) => tallies.committedAt && tallies.committedAt / 1000),
    ),
    gauge(
      "troubles",
      "Troubles that last.",
      ofSensors(({ status }) => status.current().length),
    ),
    gauge(
      "drift_columns",
      "Features with other values than in training on the last whole day.",
      ofSensors(({ movedColumns }) => movedColumns),
    ),
    gauge(
      "state_bytes",
      "Size of the last saved state.",
      ofSensors(({ tallies }) => tallies.snapshotBytes),
    ),
    gauge(
      "outbox_messages",
      "Messages that wait for a sink.",
      ofSinks(({ waiting }) => waiting),
    ),
    counter(
      "sink_sent_total",
      "Messages delivered.",
      ofSinks(({ sent }) => sent),
    ),
    counter(
      "sink_failures_total",
      "Calls of a sink that failed.",
      ofSinks(({ failed }) => failed),
    ),
    counter(
      "sink_given_up_total",
      "Messages that will never arrive.",
      ofSinks(({ givenUp }) => givenUp),
    ),
    counter(
      "stage_seconds_total",
      "Time spent in each stage.",
      stages.map((stage) => ({ labels: { stage }, value: engine.times.seconds[stage] })),
    ),
    gauge("store_failing", "1 while nothing can be stored.", [
      { value: engine.keeper.trouble === undefined ? 0 : 1 },
    ]),
    gauge("p_value", "Connections that normal traffic equals this often are flagged.", [
      { value: engine.model().pValue },
    ]),
    gauge("resident_bytes", "Memory of the process.", [{ value: memory.rss }]),
    gauge("heap_bytes", "Memory of JavaScript objects.", [{ value: memory.heapUsed }]),
    gauge("start_seconds", "Start of the process, seconds since 1970.", [{ value: since }]),
  ];
}

function counter(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `strayflow_${name}`, help, type: "counter", samples };
}

function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name: `strayflow_${name}`, help, type: "gauge", samples };
}

function textOf({ name, help, type, samples }: Metric): string {
  const lines = samples.map(({ labels = {}, value }) => {
    const pairs = Object.entries(labels).map(([key, label]) => `${key}="${escaped(label)}"`);
    return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}\n`;
  });
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function escaped(label: string): string {
  return label.replace(/[\\"\n]/g, (char) => (char === "\n" ? "\\n" : `\\${char}`));
}
