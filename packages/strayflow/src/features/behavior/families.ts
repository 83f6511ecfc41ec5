import type { BehaviorFamily } from "./family.ts";
import { origHours } from "./orig-hours.ts";
import { origOutcomes } from "./orig-outcomes.ts";
import { origPeers } from "./orig-peers.ts";
import { origPorts } from "./orig-ports.ts";
import { origRhythm } from "./orig-rhythm.ts";
import { origSweep } from "./orig-sweep.ts";
import { origUsual } from "./orig-usual.ts";
import { origVolume } from "./orig-volume.ts";
import { origWindows } from "./orig-windows.ts";
import { pairUsual } from "./pair-usual.ts";
import { repetition } from "./repetition.ts";
import { respNovelty } from "./resp-novelty.ts";
import { respWindows } from "./resp-windows.ts";
import { origServiceUsual, respServiceUsual } from "./service-usual.ts";

/** All families of behaviour features, in the order of their columns in the matrix. */
export const behaviorFamilies: readonly BehaviorFamily[] = [
  origWindows,
  origSweep,
  origOutcomes,
  repetition,
  origVolume,
  origRhythm,
  origHours,
  origUsual,
  origServiceUsual,
  origPeers,
  origPorts,
  pairUsual,
  respWindows,
  respServiceUsual,
  respNovelty,
];
