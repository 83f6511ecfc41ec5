import { slotIntegers } from "../../features/behavior/slot-array.ts";
import type { Batch } from "../../zeek/batch.ts";
import { ICMP, NO_PROBE, TO_GROUP, type DetectorRows } from "../detectors/detector-rows.ts";
import { EpisodeTable, type Episode } from "./episode-table.ts";
import { FloodTable, type Flood } from "./flood-table.ts";
import { auditLimits, silenceSeconds } from "./limits.ts";

/** What was going on in the rows, before anything is made of it. */
export type Activity =
  | { readonly kind: "targets" | "ports" | "hosts" | "guesses"; readonly episode: Episode }
  | { readonly kind: "flood"; readonly flood: Flood };

/**
 * Looks for scans of ports, scans of hosts, guessing of passwords and floods in prepared rows, in the stream's order, and
 * hands out each when it is over. A scan counts what was tried for the first time since the last silence; what is
 * tried again and again is no scan.
 */
export class ActivityWatch {
  readonly #targets: EpisodeTable;
  readonly #ports: EpisodeTable;
  readonly #hosts: EpisodeTable;
  readonly #guesses: EpisodeTable;
  readonly #floods: FloodTable;
  /** In which episode of its originator a pair, a port of it and a target was counted; of a target also of the former two. */
  readonly #pairs = slotIntegers("pair", 1);
  readonly #services = slotIntegers("originatorService", 1);
  readonly #counted = slotIntegers("target", 3);
  /** For each target: mean size of its conversations in units of 1/1000 nat, and their number up to 16. */
  readonly #sizes = slotIntegers("target", 2);

  constructor(found: (activity: Activity) => void) {
    const hand = (kind: "targets" | "ports" | "hosts" | "guesses") => (episode: Episode) =>
      found({ kind, episode });
    this.#targets = new EpisodeTable(auditLimits.targetsInVain, silenceSeconds.host, hand("targets"));
    this.#ports = new EpisodeTable(auditLimits.portsInVain, silenceSeconds.group, hand("ports"));
    this.#hosts = new EpisodeTable(auditLimits.hostsInVain, silenceSeconds.group, hand("hosts"));
    this.#guesses = new EpisodeTable(auditLimits.guesses, silenceSeconds.group, hand("guesses"));
    this.#floods = new FloodTable((flood) => found({ kind: "flood", flood }));
  }

  /** Takes the rows that `rows` was prepared with, which begin at row `from` of the batch. */
  add(rows: DetectorRows, batch: Batch, from: number): void {
    const { slots, time, logSize } = rows.behavior;
    const { kind, failed, login } = rows;
    for (const store of [this.#pairs, this.#services, this.#counted, this.#sizes])
      store.ensure(rows.slotsOf(store.entity));
    const counted = this.#counted.data;
    const sizes = this.#sizes.data;
    const pairs = this.#pairs.data;
    const services = this.#services.data;
    for (let row = 0; row < rows.rows; row++) {
      const at = from + row;
      const now = time[row]!;
      const target = slots.target[row]!;
      const slot = target < 0 ? ~target : target;
      if (target < 0) {
        this.#counted.clear(slot);
        this.#sizes.clear(slot);
      }
      const flags = kind[row]!;
      // Every group has to be visited, or it would keep the counts of the slot's owner before.
      const host = this.#targets.visit(slots.originator[row]!, now);
      const pair = this.#ports.visit(slots.pair[row]!, now);
      const service = this.#hosts.visit(slots.originatorService[row]!, now);
      const guess = this.#guesses.visit(target, now);
      const port = (flags & ICMP) !== 0 ? batch.orig_p[at]! : batch.resp_p[at]!;
      const inVain = failed[row] === 1;
      this.#floods.add(slots.responderService[row]!, now, inVain, batch, at, port, flags);
      if ((flags & (TO_GROUP | NO_PROBE)) !== 0) continue;
      const run = this.#targets.serialOf(host);
      if (isNewIn(counted, 3 * slot, run)) this.#targets.add(host, inVain, now, batch, at, port, flags);
      if (inVain && isNewIn(pairs, pair, run)) this.#targets.addResponder(host);
      if (inVain && isNewIn(services, service, run)) this.#targets.addService(host);
      if (isNewIn(counted, 3 * slot + 1, this.#hosts.serialOf(service)))
        this.#hosts.add(service, inVain, now, batch, at, port, flags);
      if (
        (flags & ICMP) === 0 &&
        !isTraceroute(batch, at) &&
        isNewIn(counted, 3 * slot + 2, this.#ports.serialOf(pair))
      ) {
        this.#ports.add(pair, inVain, now, batch, at, port, flags);
      }
      // Who says nothing guesses no password: attempts in vain are a scan, or a flood, or a client without its server.
      if (login[row] === 1 && !inVain && logSize[row]! > 0) {
        const size = Math.round(logSize[row]! * 1000);
        const isSame = sizes[2 * slot + 1]! > 0 && Math.abs(size - sizes[2 * slot]!) < SAME_SIZE;
        sizes[2 * slot + 1] = Math.min(16, sizes[2 * slot + 1]! + 1);
        sizes[2 * slot]! += Math.round((size - sizes[2 * slot]!) / sizes[2 * slot + 1]!);
        this.#guesses.add(guess, isSame, now, batch, at, port, flags);
      }
    }
  }

  finish(): void {
    for (const table of [this.#targets, this.#ports, this.#hosts, this.#guesses, this.#floods])
      table.finish();
  }
}

/** Notes that something belongs to an episode; false where that was noted before. Serials differ between all owners of a slot. */
function isNewIn(noted: Int32Array, at: number, serial: number): boolean {
  if (noted[at] === serial) return false;
  noted[at] = serial;
  return true;
}

/** Half a nat: as the detector of brute force has it. */
const SAME_SIZE = 500;

/** Traceroute tries a new port with every packet, and means none of them to answer. */
function isTraceroute({ proto, resp_p }: Batch, row: number): boolean {
  return resp_p[row]! >= 33_434 && resp_p[row]! <= 33_534 && proto.values[proto.codes[row]!] === "udp";
}
