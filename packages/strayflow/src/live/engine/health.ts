import { formatDuration } from "../../base/units.ts";
import type { Message } from "../../sinks/index.ts";
import type { SourceNotice } from "../sources/index.ts";
import type { Pace } from "./pace.ts";
import type { SensorStatus, Trouble } from "./sensor-status.ts";
import type { StreamJudge } from "./stream-judge.ts";

/** What is known of a sensor's data at a moment. Times in milliseconds since 1970. */
export interface DataTimes {
  readonly now: number;
  /** When bytes last came, or when the run began. */
  readonly lastData: number;
  /** All there was has been read: what comes now is new. */
  readonly isCaughtUp: boolean;
  /** Seconds between the end of the latest connection and the moment it was read; undefined before the first. */
  readonly lagSeconds: number | undefined;
}

/** Whether data come, and come in time. */
export function dataTroubles(status: SensorStatus, times: DataTimes, pace: Pace): Message[] {
  const { now, lastData, isCaughtUp, lagSeconds } = times;
  const quietSeconds = (now - lastData) / 1000;
  const isQuiet = isCaughtUp && quietSeconds >= pace.quietMinutes * 60;
  const isLate = isCaughtUp && !isQuiet && lagSeconds !== undefined && lagSeconds >= pace.lateMinutes * 60;
  return [
    ...status.set(
      "no-data",
      isQuiet
        ? {
            text: `nothing has been written to the log for ${formatDuration(Math.floor(quietSeconds))}`,
            severity: "high",
            since: lastData / 1000,
          }
        : undefined,
      now / 1000,
    ),
    ...status.set(
      "late",
      isLate
        ? {
            text: `the log is ${formatDuration(Math.floor(lagSeconds))} behind the clock`,
            severity: "medium",
          }
        : undefined,
      now / 1000,
    ),
  ];
}

/** Whether the sensor sees what it usually sees, and whether the model knows this traffic. Takes some time. */
export function trafficTroubles(status: SensorStatus, judge: StreamJudge, now: number): Message[] {
  const fit = judge.fit();
  const foreign: Trouble | undefined =
    fit.verdict === "foreign" ? { text: withoutStop(fit.sentence), severity: "high" } : undefined;
  const messages = fit.rows < ENOUGH_ROWS ? [] : status.set("model-fit", foreign, now);
  const drift = judge.drift.standing();
  // That it has begun was told by a message of its own.
  const told = status.set("drift", drift && { ...drift, severity: "medium" }, now);
  messages.push(...told.filter((one) => one.kind === "status" && one.status.code !== "drift"));
  const lasting = judge.sensorFindings().filter(({ to }) => to >= judge.clock.now - LASTING_SECONDS);
  for (const fault of ["oneSided", "missed", "flipped", "midstream"] as const) {
    const found = lasting.find((finding) => finding.fault === fault && finding.file === undefined);
    const trouble = found && { text: found.sentence, severity: "high" as const, since: found.from };
    messages.push(...status.set(`sensor-${fault}`, trouble, now));
  }
  return messages;
}

/** What the source noticed. */
export function noticeTroubles(status: SensorStatus, notice: SourceNotice, now: number): Message[] {
  const { code, message: text, file } = notice;
  if (code === "vanished") return status.set("source-gone", { text, severity: "high" }, now);
  if (code === "returned") return status.set("source-gone", undefined, now);
  const isBad = code === "gone" || code === "damaged" || code === "unreadable" || code === "late";
  return status.remark(code, file, { text, severity: isBad ? "medium" : "low" }, now);
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, "");
}

/** Fewer rows are an hour's habit rather than another network. */
const ENOUGH_ROWS = 5000;
/** Two windows of the watch over the sensor. */
const LASTING_SECONDS = 1200;
