import type { Attack } from "./attack.ts";
import { beacon, type BeaconParameters } from "./beacon.ts";
import { dnsTunnel, type DnsTunnelParameters } from "./dns-tunnel.ts";
import { exfiltration, type ExfiltrationParameters } from "./exfiltration.ts";
import { hostSweep, type HostSweepParameters } from "./host-sweep.ts";
import { lateralMovement, type LateralMovementParameters } from "./lateral-movement.ts";
import { portScan, type PortScanParameters } from "./port-scan.ts";
import { sshBruteForce, type SshBruteForceParameters } from "./ssh-brute-force.ts";
import { synFlood, type SynFloodParameters } from "./syn-flood.ts";

/** The numbers that each kind of attack takes. */
export interface AttackParameters {
  readonly "port-scan": PortScanParameters;
  readonly "host-sweep": HostSweepParameters;
  readonly "ssh-brute-force": SshBruteForceParameters;
  readonly beacon: BeaconParameters;
  readonly exfiltration: ExfiltrationParameters;
  readonly "syn-flood": SynFloodParameters;
  readonly "lateral-movement": LateralMovementParameters;
  readonly "dns-tunnel": DnsTunnelParameters;
}

export type AttackKind = keyof AttackParameters;

/** Every attack that can be planted. */
export const attacks: { readonly [kind in AttackKind]: Attack<AttackParameters[kind]> } = {
  "port-scan": portScan,
  "host-sweep": hostSweep,
  "ssh-brute-force": sshBruteForce,
  beacon,
  exfiltration,
  "syn-flood": synFlood,
  "lateral-movement": lateralMovement,
  "dns-tunnel": dnsTunnel,
};

export const attackKinds = Object.keys(attacks) as readonly AttackKind[];
