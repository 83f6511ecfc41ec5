import type { Severity } from "../../detect/incidents/index.ts";
import { statusMessage, type Message } from "../../sinks/index.ts";

/** Troubles that last, by their codes: since when, in seconds since 1970. Plain JSON. */
export type SavedStatus = Readonly<Record<string, number>>;

/** What is the matter, for `SensorStatus.set`. */
export interface Trouble {
  /** A sentence without a full stop. */
  readonly text: string;
  readonly severity: Severity;
  /** Since when, where that is known better than by now. */
  readonly since?: number | undefined;
}

/**
 * What is the matter with a sensor apart from incidents. Each trouble is told once when it begins and once when it is over,
 * also across restarts.
 */
export class SensorStatus {
  readonly #sensor: string;
  readonly #since: Map<string, number>;
  readonly #texts = new Map<string, string>();
  /** When a passing remark was made last. */
  readonly #remarked = new Map<string, number>();

  constructor(sensor: string, saved: SavedStatus = {}) {
    this.#sensor = sensor;
    this.#since = new Map(Object.entries(saved));
  }

  /** Says whether something is the matter now; gives what is to be told. */
  set(code: string, trouble: Trouble | undefined, now: number): Message[] {
    const since = this.#since.get(code);
    if (trouble !== undefined) this.#texts.set(code, trouble.text);
    if ((trouble === undefined) === (since === undefined)) return [];
    if (trouble !== undefined) {
      const began = trouble.since ?? now;
      this.#since.set(code, began);
      return [this.#message(code, trouble, now, began)];
    }
    this.#since.delete(code);
    const was = this.#texts.get(code) ?? code;
    const over = { text: `no longer so: ${was}`, severity: "low" } as const;
    return [this.#message(`${code}-over`, over, now, since!, now - since!)];
  }

  /** Something that happened and does not last; told once an hour for each subject. */
  remark(code: string, subject: string, { text, severity }: Trouble, now: number): Message[] {
    const key = `${code} ${subject}`;
    const last = this.#remarked.get(key);
    if (last !== undefined && now - last < REMARK_SECONDS) return [];
    if (this.#remarked.size >= MOST_REMARKED) this.#remarked.clear();
    this.#remarked.set(key, now);
    return [this.#message(code, { text, severity }, now, now)];
  }

  /** Codes of what is the matter now, with what is known of it. */
  current(): { readonly code: string; readonly since: number; readonly text: string }[] {
    return Array.from(this.#since, ([code, since]) => ({ code, since, text: this.#texts.get(code) ?? code }));
  }

  save(): SavedStatus {
    return Object.fromEntries(this.#since);
  }

  #message(code: string, { text, severity }: Trouble, now: number, since: number, seconds?: number): Message {
    return statusMessage({ code, text, seconds }, { time: now, sensor: this.#sensor, severity, since });
  }
}

const REMARK_SECONDS = 3600;
const MOST_REMARKED = 1000;
