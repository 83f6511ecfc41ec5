import { severities, type Severity } from "../../detect/incidents/index.ts";
import { finishHash, hashAddress } from "../../features/behavior/fingerprint.ts";
import type { StoredIncident, WatchStore } from "../../store/index.ts";
import { parseAddress, type Batch } from "../../zeek/index.ts";

/** Which incidents' hosts are not learned from: those that somebody confirmed, or also open ones from a severity on. */
export const leftOutChoices = ["confirmed", "critical", "high", "medium", "low"] as const;
export type LeftOutChoice = (typeof leftOutChoices)[number];

/** A host for as long as it was part of an incident; seconds since 1970. */
export interface LeftOutSpan {
  readonly host: string;
  readonly from: number;
  readonly to: number;
}

/**
 * The incidents whose hosts a training should not learn from. What was closed or is suppressed is learned: somebody has said that
 * it is fine.
 */
export async function suspectIncidents(
  store: Pick<WatchStore, "incidents">,
  choice: LeftOutChoice,
): Promise<readonly StoredIncident[]> {
  const least = choice === "confirmed" ? severities.length : severities.indexOf(choice satisfies Severity);
  const found: StoredIncident[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.incidents({
      where: { status: ["open", "confirmed"] },
      order: "first",
      limit: 1000,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const one of page.incidents) {
      const isSuspect = one.status === "confirmed" || severities.indexOf(one.incident.severity) >= least;
      if (isSuspect && !one.isSuppressed) found.push(one);
    }
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

/** Some time before and after belongs to it: what led to it, and what came of it. */
export function spansOf(incidents: readonly StoredIncident[]): LeftOutSpan[] {
  return incidents.map(({ incident: { host, firstSeen, lastSeen } }) => ({
    host,
    from: firstSeen - MARGIN_SECONDS,
    to: lastSeen + MARGIN_SECONDS,
  }));
}

/** Knows the connections of hosts at certain times. */
export class LeftOutHosts {
  readonly #spans = new Map<number, LeftOutSpan[]>();

  constructor(spans: readonly LeftOutSpan[]) {
    for (const span of spans) {
      const words = parseAddress(span.host);
      if (words === undefined) continue;
      const key = keyOf(words, 0);
      const known = this.#spans.get(key);
      if (known === undefined) this.#spans.set(key, [span]);
      else known.push(span);
    }
  }

  get hosts(): number {
    return this.#spans.size;
  }

  /** 1 for each row that is learned from. */
  keep(batch: Batch): Uint8Array {
    const keep = new Uint8Array(batch.rows).fill(1);
    if (this.#spans.size === 0) return keep;
    const { ts, duration, orig_h, resp_h } = batch;
    for (let row = 0; row < batch.rows; row++) {
      const from = ts[row]!;
      const to = from + (duration[row]! > 0 ? duration[row]! : 0);
      if (this.#covers(orig_h, row, from, to) || this.#covers(resp_h, row, from, to)) keep[row] = 0;
    }
    return keep;
  }

  #covers(words: Uint32Array, row: number, from: number, to: number): boolean {
    const spans = this.#spans.get(keyOf(words, 4 * row));
    return spans !== undefined && spans.some((span) => from <= span.to && to >= span.from);
  }
}

function keyOf(words: Uint32Array, at: number): number {
  return finishHash(hashAddress(0, words, at));
}

const MARGIN_SECONDS = 3600;
