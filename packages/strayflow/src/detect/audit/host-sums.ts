import { formatBytes, formatCount, formatShare } from "../../base/units.ts";
import { slotDoubles, slotWords } from "../../features/behavior/slot-array.ts";
import { formatAddress, type Batch } from "../../zeek/index.ts";
import { FROM_INSIDE, type DetectorRows } from "../detectors/detector-rows.ts";
import type { AuditFinding } from "./finding.ts";
import { auditLimits } from "./limits.ts";
import { median, robustDeviations } from "./outliers.ts";

/** What a host can be odd in, and how that is said. */
const measures = [
  { say: (x: number) => `opens ${formatCount(x)} connections`, usual: formatCount },
  { say: (x: number) => `contacts ${formatCount(x)} hosts`, usual: formatCount },
  { say: (x: number) => `has ${formatCount(x)} connections in vain`, usual: formatCount },
  { say: (x: number) => `sends ${formatBytes(x)}`, usual: formatBytes },
] as const;
const CONNECTIONS = 0;
const PEERS = 1;
const VAIN = 2;
const SENT = 3;

/** Sums for each originator, and for each host at either end. */
export class HostSums {
  readonly #sums = slotDoubles("originator", measures.length);
  /** Address, then 1 where it is inside. */
  readonly #hosts = slotWords("originator", 5);
  readonly #answering = slotDoubles("responder", 1);
  readonly #answeringHosts = slotWords("responder", 4);
  #rows = 0;
  #originators = 0;
  #responders = 0;

  /** Takes the rows that `rows` was prepared with, which begin at row `from` of the batch. */
  add(rows: DetectorRows, batch: Batch, from: number): void {
    const { slots, sent } = rows.behavior;
    for (const store of [this.#sums, this.#hosts, this.#answering, this.#answeringHosts])
      store.ensure(rows.slotsOf(store.entity));
    this.#originators = rows.slotsOf("originator");
    this.#responders = rows.slotsOf("responder");
    this.#rows += rows.rows;
    const sums = this.#sums.data;
    for (let row = 0; row < rows.rows; row++) {
      const at = 4 * (from + row);
      let host = slots.originator[row]!;
      if (host < 0) {
        this.#sums.clear((host = ~host));
        this.#hosts.data.set(batch.orig_h.subarray(at, at + 4), 5 * host);
      }
      if ((rows.kind[row]! & FROM_INSIDE) !== 0) this.#hosts.data[5 * host + 4] = 1;
      const sum = measures.length * host;
      sums[sum + CONNECTIONS]!++;
      if (slots.pair[row]! < 0) sums[sum + PEERS]!++;
      if (rows.failed[row] === 1) sums[sum + VAIN]!++;
      if (sent[row]! > 0) sums[sum + SENT]! += sent[row]!;
      let responder = slots.responder[row]!;
      if (responder < 0) {
        this.#answering.clear((responder = ~responder));
        this.#answeringHosts.data.set(batch.resp_h.subarray(at, at + 4), 4 * responder);
      }
      this.#answering.data[responder]!++;
    }
  }

  /** A host at one end of most connections: what is learned here is about that host. */
  dominance(): AuditFinding[] {
    const found: AuditFinding[] = [];
    const one = (rows: number, words: Uint32Array, at: number, does: string) => {
      const share = rows / this.#rows;
      if (share < auditLimits.dominantShare) return;
      const host = formatAddress(words.subarray(at, at + 4), 0);
      const sentence = `${host} ${does} ${formatShare(share)} of all connections: what is learned here is mostly what it does`;
      found.push({ kind: "one-host", sentence, rows, share, evidence: "remark" });
    };
    for (let host = 0; host < this.#originators; host++)
      one(this.#sums.data[measures.length * host]!, this.#hosts.data, 5 * host, "opens");
    for (let host = 0; host < this.#responders; host++)
      one(this.#answering.data[host]!, this.#answeringHosts.data, 4 * host, "gets");
    return found;
  }

  /** Hosts that do far more of something than the other hosts of the same data and side; the oddest first. */
  oddHosts(limit: number, except: (host: string) => boolean): AuditFinding[] {
    const odd: { readonly deviation: number; readonly finding: AuditFinding }[] = [];
    for (const inside of [1, 0]) {
      const hosts = Array.from({ length: this.#originators }, (_, host) => host).filter(
        (host) =>
          this.#hosts.data[5 * host + 4] === inside &&
          this.#sums.data[measures.length * host]! >= auditLimits.hostConnections,
      );
      if (hosts.length < auditLimits.hostsToCompare) continue;
      const worst = new Map<number, { deviation: number; measure: number; usual: number }>();
      for (let measure = 0; measure < measures.length; measure++) {
        // Those that do none of it say nothing of how much is much.
        const doing = hosts.filter((host) => this.#sums.data[measures.length * host + measure]! > 0);
        if (doing.length < auditLimits.hostsToCompare) continue;
        const values = doing.map((host) => this.#sums.data[measures.length * host + measure]!);
        const deviations = robustDeviations(values.map(Math.log), LEAST_SPREAD);
        doing.forEach((host, i) => {
          const deviation = deviations[i]!;
          if (deviation >= auditLimits.oddHost && deviation > (worst.get(host)?.deviation ?? 0)) {
            worst.set(host, { deviation, measure, usual: median(values) });
          }
        });
      }
      for (const [host, { deviation, measure, usual }] of worst) {
        const name = formatAddress(this.#hosts.data.subarray(5 * host, 5 * host + 4), 0);
        if (except(name)) continue;
        const rows = this.#sums.data[measures.length * host]!;
        const { say, usual: unit } = measures[measure]!;
        const sentence = `${name} ${say(this.#sums.data[measures.length * host + measure]!)}; half of the other hosts here stay below ${unit(usual)}`;
        odd.push({
          deviation,
          finding: { kind: "odd-host", sentence, rows, share: rows / this.#rows, evidence: "remark" },
        });
      }
    }
    return odd
      .toSorted((a, b) => b.deviation - a.deviation)
      .slice(0, limit)
      .map(({ finding }) => finding);
  }
}

/** Among hosts that are all alike, it takes a factor of e^2.5, some 12, to be odd. */
const LEAST_SPREAD = 0.5;
