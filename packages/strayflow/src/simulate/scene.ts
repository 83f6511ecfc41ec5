import type { Random } from "../base/random.ts";
import { SECOND, type Flow, type Micros, type Origin } from "./connection.ts";
import type { Pace } from "./habits/habit.ts";
import type { Host } from "./network/host.ts";
import type { Network } from "./network/network.ts";
import type { Path, Peer } from "./network/peer.ts";

/** Where the sensor hears of a connection. */
export type Emit = (flow: Flow, origin?: Origin) => void;

/** What a host needs in order to do something. */
export interface Scene {
  readonly host: Host;
  readonly random: Random;
  readonly network: Network;
  readonly pace: Pace;
  readonly emit: Emit;
}

/** Both ends of a conversation between two hosts of the network, in one address family. */
export interface Ends {
  readonly from: Peer;
  readonly to: Peer;
}

/** The ends for a conversation with another host here: IPv6 where both speak it and the draw says so. */
export function endsWithin(scene: Scene, other: Host): Ends {
  const { host, random } = scene;
  if (host.v6 !== undefined && other.v6 !== undefined && random.uniform() < 0.3) {
    return { from: host.v6, to: other.v6 };
  }
  return { from: host.v4, to: other.v4 };
}

/** The way to a host here is as bad as the worse of the two accesses. */
export function pathWithin(scene: Scene, other: Host): Path {
  return scene.host.path.rttSeconds >= other.path.rttSeconds ? scene.host.path : other.path;
}

/** The way to the internet through this host's own access. */
export function pathOutside(scene: Scene, far: Path): Path {
  const near = scene.host.path;
  return {
    rttSeconds: far.rttSeconds + near.rttSeconds,
    up: Math.min(far.up, near.up),
    down: Math.min(far.down, near.down),
    loss: far.loss + near.loss,
  };
}

/** A time `seconds` after another. */
export function after(at: Micros, seconds: number): Micros {
  return at + Math.round(seconds * SECOND);
}
