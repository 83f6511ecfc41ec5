import { beacon } from "./beacon.ts";
import { bruteForce } from "./brute-force.ts";
import type { Detector } from "./detector.ts";
import { dnsTunnel } from "./dns-tunnel.ts";
import { exfiltration } from "./exfiltration.ts";
import { flood } from "./flood.ts";
import { hostSweep } from "./host-sweep.ts";
import { lateralMovement } from "./lateral-movement.ts";
import { longConnection } from "./long-connection.ts";
import { newService } from "./new-service.ts";
import { portScan } from "./port-scan.ts";
import { strobe } from "./strobe.ts";

/** All detectors of pairs and hosts, in the order of their columns. */
export const detectors: readonly Detector[] = [
  beacon,
  longConnection,
  strobe,
  hostSweep,
  portScan,
  bruteForce,
  flood,
  exfiltration,
  newService,
  dnsTunnel,
  lateralMovement,
];
