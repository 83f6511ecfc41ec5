import { DistinctCount } from "../detect/incidents/distinct-count.ts";
import { formatAddress } from "../zeek/address.ts";
import type { Batch } from "../zeek/batch.ts";

/** What one host ordinarily does, of the connections that were counted. */
export interface Habits {
  readonly asOriginator: number;
  readonly asResponder: number;
  /** Starts of the earliest and the latest, seconds since 1970; NaN where there are none. */
  readonly from: number;
  readonly to: number;
  /** Different hosts at the other end; exact up to some hundred. */
  readonly peers: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The most frequent services of the connections that it opens, such as "443 ssl" and "53/udp dns"; hostile text. */
  readonly services: readonly { readonly name: string; readonly connections: number }[];
}

/** Services that are followed, and those that are told. A service beyond the first so many is not counted by name. */
const FOLLOWED = 512;
const TOLD = 5;
const LONGEST_NAME = 40;

/** Counts the connections of one host in bounded memory. */
export class HostHabits {
  #asOriginator = 0;
  #asResponder = 0;
  #from = Infinity;
  #to = -Infinity;
  #sent = 0;
  #received = 0;
  readonly #peers = new DistinctCount();
  readonly #services = new Map<string, number>();

  add(batch: Batch, row: number, isOriginator: boolean): void {
    const ts = batch.ts[row]!;
    this.#from = Math.min(this.#from, ts);
    this.#to = Math.max(this.#to, ts);
    const up = known(batch.orig_bytes[row]!);
    const down = known(batch.resp_bytes[row]!);
    this.#sent += isOriginator ? up : down;
    this.#received += isOriginator ? down : up;
    this.#peers.add(formatAddress(isOriginator ? batch.resp_h : batch.orig_h, row));
    if (!isOriginator) {
      this.#asResponder++;
      return;
    }
    this.#asOriginator++;
    const name = serviceName(batch, row);
    const count = this.#services.get(name);
    if (count !== undefined || this.#services.size < FOLLOWED) this.#services.set(name, (count ?? 0) + 1);
  }

  habits(): Habits {
    const isEmpty = this.#asOriginator + this.#asResponder === 0;
    return {
      asOriginator: this.#asOriginator,
      asResponder: this.#asResponder,
      from: isEmpty ? NaN : this.#from,
      to: isEmpty ? NaN : this.#to,
      peers: this.#peers.count,
      sentBytes: this.#sent,
      receivedBytes: this.#received,
      services: [...this.#services]
        .sort(([, a], [, b]) => b - a)
        .slice(0, TOLD)
        .map(([name, connections]) => ({ name, connections })),
    };
  }
}

function known(bytes: number): number {
  return bytes > 0 ? bytes : 0;
}

function serviceName(batch: Batch, row: number): string {
  const word = ({ codes, values }: Batch["proto"]) => values[codes[row]!]!.slice(0, LONGEST_NAME);
  const proto = word(batch.proto);
  if (proto.startsWith("icmp")) return proto;
  const port = `${batch.resp_p[row]!}${proto === "tcp" ? "" : `/${proto}`}`;
  const service = word(batch.service);
  return service === "" ? port : `${port} ${service}`;
}
