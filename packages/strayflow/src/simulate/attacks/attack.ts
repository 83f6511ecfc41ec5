import type { Random } from "../../base/random.ts";
import type { Flow, Micros } from "../connection.ts";
import type { Path, Peer, PortSource } from "../network/peer.ts";

/** From what an attentive analyst would miss to what nobody could. */
export const strengthLevels = ["faint", "weak", "medium", "strong"] as const;
export type StrengthLevel = (typeof strengthLevels)[number];

/** Where and when an attack takes place. */
export interface AttackScene {
  readonly random: Random;
  readonly start: Micros;
  readonly source: Peer;
  readonly ports: PortSource;
  /** At least one. */
  readonly targets: readonly Peer[];
  readonly path: Path;
  /** Makes the peer of an address, with what the scene knows of it. */
  peer(address: string): Peer;
  isOpen(target: Peer, port: number): boolean;
}

/** What one number of an attack means. */
export interface ParameterDescription {
  readonly unit: string;
  readonly summary: string;
}

/** One kind of attack: how strong it can be, and what it looks like to the sensor. */
export interface Attack<Parameters> {
  readonly summary: string;
  /** Whether it usually comes from the internet, from a host here, or from a host here to a place out there. */
  readonly direction: "inbound" | "internal" | "outbound";
  readonly parameters: { readonly [name in keyof Parameters]: ParameterDescription };
  readonly levels: Readonly<Record<StrengthLevel, Readonly<Parameters>>>;
  /** About how many connections it makes. */
  rows(parameters: Readonly<Parameters>): number;
  /** Its connections, in any order. */
  plant(scene: AttackScene, parameters: Readonly<Parameters>): Flow[];
}
