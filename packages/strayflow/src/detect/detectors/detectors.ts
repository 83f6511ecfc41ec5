import { beacon } from "./beacon.ts";
import { bruteForce } from "./brute-force.ts";
import type { Detector } from "./detector.ts";
import { exfiltration } from "./exfiltration.ts";
import { flood } from "./flood.ts";
import { longConnection } from "./long-connection.ts";
import { newService } from "./new-service.ts";
import { strobe } from "./strobe.ts";
import { hostSweep, portScan } from "./sweep.ts";

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
];
