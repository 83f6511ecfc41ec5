import { formatCount, formatDuration } from "../base/units.ts";
import type { Watch } from "../live/watch.ts";
import { truncateText } from "../output/display-width.ts";
import { escapeText } from "../output/escape.ts";
import type { ChangedIncident } from "../store/index.ts";
import type { CommandContext } from "./command.ts";

/** What a person at a terminal sees of a watch: one line that says how things stand, and incidents as they open. */
export class WatchView {
  readonly #context: CommandContext;
  readonly #severalSensors: boolean;
  #timer: NodeJS.Timeout | undefined;
  #isShown = false;
  #incidents = 0;

  constructor(context: CommandContext, severalSensors: boolean) {
    this.#context = context;
    this.#severalSensors = severalSensors;
  }

  start(watch: Watch): void {
    this.#timer = setInterval(() => this.#show(watch), EVERY_MILLIS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  incident(sensor: string, { incident, news, isSuppressed, revision }: ChangedIncident): void {
    if (isSuppressed || news === undefined || news === "closed") return;
    if (news === "opened" || revision === 1) this.#incidents++;
    const when = new Date(incident.lastSeen * 1000).toISOString().slice(0, 19).replace("T", " ");
    const where = this.#severalSensors ? `${sensor}  ` : "";
    const what = news === "grew" ? "grew  " : "";
    const line = `${when}  ${incident.severity.padEnd(8)}  ${where}${what}${incident.headline}`;
    this.#clear();
    void this.#context.print(`${escapeText(line)}\n${" ".repeat(31)}${incident.id}`);
  }

  status(text: string): void {
    this.#clear();
    this.#context.report(escapeText(text));
  }

  #show(watch: Watch): void {
    const { io } = this.#context;
    const { sensors, storeTrouble } = watch.status();
    const rows = sensors.reduce((sum, sensor) => sum + sensor.rows, 0);
    const lag = Math.max(...sensors.map(({ lagSeconds }) => lagSeconds ?? -1));
    const parts = [
      `watching ${sensors.map(({ name }) => name).join(", ")}`,
      `${formatCount(rows)} connections`,
      lag < 0 ? "waiting for the first" : `${formatDuration(Math.max(0, Math.round(lag)))} behind`,
      this.#incidents === 1 ? "1 incident" : `${formatCount(this.#incidents)} incidents`,
      ...sensors.flatMap(({ troubles }) => troubles.map(({ text }) => text)),
      ...(storeTrouble === undefined ? [] : [`nothing can be stored: ${storeTrouble}`]),
    ];
    this.#isShown = true;
    io.stderr.write(`\r\x1b[2K${truncateText(escapeText(parts.join("  ")), io.columns - 1)}`);
  }

  #clear(): void {
    if (this.#isShown) this.#context.io.stderr.write("\r\x1b[2K");
    this.#isShown = false;
  }
}

const EVERY_MILLIS = 1000;
