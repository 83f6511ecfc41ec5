import type { DistinctList } from "./incident.ts";
import { FollowedNames } from "./distinct-count.ts";

/** Ports listed one by one before a bit map of all 65,536 is worth its 8 kB. */
const fewPorts = 64;

/** What a count remembers, as plain data (of structured clone). */
export interface PortState {
  readonly tcp: PortSetState;
  readonly others: PortSetState;
  readonly names: ReadonlyMap<string, number>;
}

interface PortSetState {
  readonly few: readonly number[];
  readonly bits: Uint8Array | undefined;
  readonly count: number;
}

/** Counts different ports exactly, of TCP and of everything else, in at most 16 kB and some names. */
export class PortCount {
  readonly #tcp = new PortSet();
  readonly #others = new PortSet();
  readonly #names = new FollowedNames();

  save(): PortState {
    return { tcp: this.#tcp.save(), others: this.#others.save(), names: this.#names.save() };
  }

  load({ tcp, others, names }: PortState): void {
    this.#tcp.load(tcp);
    this.#others.load(others);
    this.#names.load(names);
  }

  /** ICMP has no ports; of transports other than TCP and UDP the ports of all count together. */
  add(port: number, proto: string): void {
    if (proto.startsWith("icmp")) return;
    (proto === "tcp" || proto === "" ? this.#tcp : this.#others).add(port);
    this.#names.add(portName(port, proto));
  }

  merge(other: PortCount): void {
    this.#tcp.merge(other.#tcp);
    this.#others.merge(other.#others);
    this.#names.merge(other.#names);
  }

  list(): DistinctList {
    return { count: this.#tcp.count + this.#others.count, isExact: true, some: this.#names.most() };
  }
}

/** "445" for TCP, "53/udp" for others; "" for ICMP. */
function portName(port: number, proto: string): string {
  if (proto.startsWith("icmp")) return "";
  return proto === "tcp" || proto === "" ? String(port) : `${port}/${proto.slice(0, longestProto)}`;
}

const longestProto = 16;

class PortSet {
  #few: number[] = [];
  #bits: Uint8Array | undefined;
  count = 0;

  save(): PortSetState {
    return { few: this.#few, bits: this.#bits, count: this.count };
  }

  load({ few, bits, count }: PortSetState): void {
    this.#few = [...few];
    this.#bits = bits;
    this.count = count;
  }

  add(port: number): void {
    if (this.#bits !== undefined) {
      const bit = 1 << (port & 7);
      if ((this.#bits[port >> 3]! & bit) !== 0) return;
      this.#bits[port >> 3]! |= bit;
      this.count++;
      return;
    }
    if (this.#few.includes(port)) return;
    this.#few.push(port);
    this.count++;
    if (this.#few.length <= fewPorts) return;
    const few = this.#few;
    this.#few = [];
    this.#bits = new Uint8Array(8192);
    this.count = 0;
    for (const known of few) this.add(known);
  }

  merge(other: PortSet): void {
    for (const port of other.#few) this.add(port);
    other.#bits?.forEach((byte, at) => {
      for (let bit = 0; byte >> bit > 0; bit++) if (((byte >> bit) & 1) === 1) this.add(at * 8 + bit);
    });
  }
}
