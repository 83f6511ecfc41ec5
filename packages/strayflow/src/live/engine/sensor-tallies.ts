import type { ScoredBatch } from "../../pipeline/detector.ts";
import type { Reject } from "../../zeek/index.ts";

/** What a sensor has done since the process began. */
export class SensorTallies {
  rows = 0;
  flagged = 0;
  folded = 0;
  rejected = 0;
  readonly rejectedByReason = new Map<string, number>();
  /** Incidents opened, by their severity at that time. */
  readonly incidents = new Map<string, number>();
  /** Bytes of the last saved state. */
  snapshotBytes = 0;
  /** Milliseconds since 1970 of the last commit; undefined before the first. */
  committedAt: number | undefined;
  /** Seconds from the end of the latest connection to when it was scored. */
  lagSeconds: number | undefined;
  #latest = -Infinity;

  reject({ reason }: Reject): void {
    this.rejected++;
    this.rejectedByReason.set(reason, (this.rejectedByReason.get(reason) ?? 0) + 1);
  }

  open(severity: string): void {
    this.incidents.set(severity, (this.incidents.get(severity) ?? 0) + 1);
  }

  add({ batch, flagged, folded }: ScoredBatch): void {
    const { rows, ts, duration } = batch;
    this.rows += rows;
    this.#latest = -Infinity;
    for (let row = 0; row < rows; row++) {
      this.flagged += flagged[row]!;
      this.folded += folded[row]!;
      const end = ts[row]! + (duration[row]! > 0 ? duration[row]! : 0);
      if (end > this.#latest) this.#latest = end;
    }
  }

  committed(now: number): void {
    this.committedAt = now;
    if (this.#latest > -Infinity) this.lagSeconds = now / 1000 - this.#latest;
  }
}
