import { assert } from "../base/errors.ts";
import { byEnd, endMicros, MINUTE, type Micros, type SimulatedConnection } from "./connection.ts";

/** Holds the connections that are still open, until the simulation has reached the minute in which they end. */
export interface Calendar {
  add(connection: SimulatedConnection): void;
  /** The connections that end in the minute that starts at `minute`, in the log's order. */
  take(minute: Micros): SimulatedConnection[];
  /** How many are open. */
  readonly open: number;
}

/** An empty calendar; nothing may be added that ends before `start`. */
export function openCalendar(start: Micros): Calendar {
  const minutes = new Map<number, SimulatedConnection[]>();
  let now = Math.floor(start / MINUTE);
  let open = 0;
  return {
    get open() {
      return open;
    },
    add(connection) {
      const minute = Math.floor(endMicros(connection) / MINUTE);
      assert(minute >= now, `a connection ended ${now - minute} minutes ago`);
      const there = minutes.get(minute);
      if (there === undefined) minutes.set(minute, [connection]);
      else there.push(connection);
      open++;
    },
    take(minute) {
      const index = Math.floor(minute / MINUTE);
      now = index + 1;
      const ending = minutes.get(index) ?? [];
      minutes.delete(index);
      open -= ending.length;
      return ending.sort(byEnd);
    },
  };
}
