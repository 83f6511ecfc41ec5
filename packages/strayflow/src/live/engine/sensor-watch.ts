import { formatDuration } from "../../base/units.ts";
import type { Message } from "../../sinks/index.ts";
import { dataTroubles, trafficTroubles } from "./health.ts";
import type { Pace } from "./pace.ts";
import type { SensorStatus } from "./sensor-status.ts";
import type { StreamJudge } from "./stream-judge.ts";

/** Looks now and then whether data come, come in time, and are what they should be. */
export class SensorWatch {
  readonly #status: SensorStatus;
  readonly #pace: Pace;
  readonly #begunAt: number;
  #lookedAt: number;
  #trafficAt: number;
  #shift: number;

  /** @param now milliseconds since 1970 */
  constructor(status: SensorStatus, pace: Pace, judge: StreamJudge, now: number) {
    this.#status = status;
    this.#pace = pace;
    this.#begunAt = now;
    this.#lookedAt = now;
    this.#trafficAt = now;
    this.#shift = judge.clock.shift;
  }

  /** What there is to be told, where it is time to look. */
  look(
    judge: StreamJudge,
    {
      now,
      lastDataAt,
      isCaughtUp,
      lagSeconds,
    }: {
      readonly now: number;
      readonly lastDataAt: number | undefined;
      readonly isCaughtUp: boolean;
      readonly lagSeconds: number | undefined;
    },
  ): readonly Message[] {
    if (now - this.#lookedAt < this.#pace.statusMillis) return [];
    this.#lookedAt = now;
    const lastData = lastDataAt ?? this.#begunAt;
    const messages = dataTroubles(this.#status, { now, lastData, isCaughtUp, lagSeconds }, this.#pace);
    if (now - this.#trafficAt < TRAFFIC_MILLIS) return messages;
    this.#trafficAt = now;
    return [...messages, ...trafficTroubles(this.#status, judge, now / 1000)];
  }

  /** What there is to be told of the times in the log. */
  clock(judge: StreamJudge, now: number): readonly Message[] {
    const messages: Message[] = [];
    const ahead = judge.takeAhead();
    if (ahead !== undefined) {
      const text = `a connection in the log is dated more than a day after those before it (${dateOf(ahead)}): it is judged, and time goes on from the others`;
      messages.push(...this.#status.remark("clock-ahead", "", { text, severity: "low" }, now / 1000));
    }
    // The stream's clock counts on where the log's own goes back.
    const { shift } = judge.clock;
    const back = shift - this.#shift;
    this.#shift = shift;
    if (back >= LEAST_BACK_SECONDS) {
      const text = `the times in the log went back by ${formatDuration(Math.round(back))}: older logs after newer ones, or a clock that was set`;
      messages.push(...this.#status.remark("clock-back", "", { text, severity: "medium" }, now / 1000));
    }
    return messages;
  }
}

function dateOf(seconds: number): string {
  return Math.abs(seconds) < LAST_DATE ? new Date(seconds * 1000).toISOString().slice(0, 19) : "far away";
}

const TRAFFIC_MILLIS = 30_000;
const LEAST_BACK_SECONDS = 60;
/** What `Date` can write. */
const LAST_DATE = 8.64e12;
