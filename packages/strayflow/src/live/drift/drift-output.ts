import { driftMessage } from "../../sinks/index.ts";
import type { DriftMessage } from "../../sinks/message.ts";
import type { DriftEntry } from "../../store/index.ts";
import type { EndedDay } from "./drift-monitor.ts";
import { dayName } from "./measure-day.ts";

/** The figures of a day as the store keeps them. */
export function entriesOf(sensor: string, { figures }: EndedDay): DriftEntry[] {
  return figures.measures.map((one) => ({ sensor, day: figures.day, ...one }));
}

/** What is to be sent at the end of a day. A message has the same id whenever the day is gone through. */
export function messagesOf(sensor: string, { figures, news }: EndedDay): DriftMessage[] {
  const time = figures.from + 86_400;
  return news.warnings.map(({ report, severity, since }) =>
    driftMessage(report, { time, sensor, severity, period: dayName(since) }),
  );
}
