import type { Random } from "../../base/random.ts";
import { stacks, type Stack } from "./stack.ts";

/** One end of a connection: an address and what stands behind it. */
export interface Peer {
  readonly address: string;
  readonly v6: boolean;
  /** Whether the sensor's list of local networks holds it. */
  readonly local: boolean;
  readonly stack: Stack;
}

export function peer(address: string, local: boolean, stack: Stack): Peer {
  return { address, v6: address.includes(":"), local, stack };
}

/** A way between two peers. */
export interface Path {
  readonly rttSeconds: number;
  /** Bytes a second from the originator, and to it. */
  readonly up: number;
  readonly down: number;
  /** Share of the segments that are lost and sent again. */
  readonly loss: number;
}

/** A switched office network. */
export const lanPath: Path = { rttSeconds: 0.0004, up: 60e6, down: 60e6, loss: 0.00002 };
/** The same through a wireless access point. */
export const wifiPath: Path = { rttSeconds: 0.004, up: 12e6, down: 18e6, loss: 0.001 };
/** To the internet through the office's line; `rttSeconds` differs for each far end. */
export function internetPath(rttSeconds: number, loss = 0.0004): Path {
  return { rttSeconds, up: 4e6, down: 9e6, loss };
}

/** Hands out source ports in the manner of a stack. */
export interface PortSource {
  next(): number;
}

export function portSource(stack: Stack, random: Random): PortSource {
  const count = stack.highestPort - stack.lowestPort + 1;
  let at = random.integer(count);
  return {
    next() {
      at = stack.ports === "random" ? random.integer(count) : (at + 1 + (random.integer(4) >> 1)) % count;
      return stack.lowestPort + at;
    },
  };
}

/** Groups that hosts speak to all at once. Not in anyone's local networks. */
export const groups = {
  mdns: peer("224.0.0.251", false, stacks.linux),
  mdns6: peer("ff02::fb", false, stacks.linux),
  ssdp: peer("239.255.255.250", false, stacks.linux),
  llmnr: peer("224.0.0.252", false, stacks.windows),
  llmnr6: peer("ff02::1:3", false, stacks.windows),
  listeners6: peer("ff02::16", false, stacks.linux),
  routers6: peer("ff02::2", false, stacks.linux),
  everyone: peer("255.255.255.255", false, stacks.linux),
  nobody: peer("0.0.0.0", false, stacks.linux),
} as const;
