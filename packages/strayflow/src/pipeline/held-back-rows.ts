import { finishHash, hashAddress } from "../features/behavior/fingerprint.ts";
import { StreamClock } from "../features/behavior/stream-clock.ts";
import { learnIncidentRates, type IncidentRates } from "../detect/incident-rates.ts";
import type { Batch } from "../zeek/index.ts";

/** Who met whom when, in the rows that a model is calibrated on: what is needed to count the incidents among them. */
export class HeldBackRows {
  readonly #clock = new StreamClock();
  readonly #end: number[] = [];
  readonly #originator: number[] = [];
  readonly #responder: number[] = [];
  readonly #port: number[] = [];
  #rows = 0;

  /** Takes all rows of the stream; those with `count[row] === 1` are kept. */
  add(batch: Batch, count: Uint8Array): void {
    for (let row = 0; row < batch.rows; row++) {
      this.#clock.advance(batch.ts[row]!, batch.duration[row]!);
      if (this.#end.length > 0) this.#rows++;
      if (count[row] !== 1) continue;
      if (this.#end.length === 0) this.#rows++;
      this.#end.push(this.#clock.now);
      this.#originator.push(finishHash(hashAddress(0, batch.orig_h, 4 * row)) >>> 0);
      this.#responder.push(finishHash(hashAddress(0, batch.resp_h, 4 * row)) >>> 0);
      this.#port.push(batch.resp_p[row]!);
    }
  }

  /** @param pValue of the rows that were kept, in their order */
  incidentRates(pValue: Float64Array): IncidentRates {
    // Rows that were dealt out at random are only some of those of their time: a part of the days, as far as counting goes.
    const share = this.#end.length / Math.max(1, this.#rows);
    const days = ((this.#end.at(-1) ?? 0) - (this.#end[0] ?? 0)) / 86_400;
    return learnIncidentRates(
      {
        end: Float64Array.from(this.#end),
        originator: Uint32Array.from(this.#originator),
        responder: Uint32Array.from(this.#responder),
        port: Uint16Array.from(this.#port),
        pValue,
      },
      days * share,
    );
  }
}
