export { detectors } from "./detectors.ts";
export { knownPairs, nothingKnown } from "./known-pairs.ts";
export type { KnownTraffic } from "./known-pairs.ts";
export { openDetectors } from "./open-detectors.ts";
export type { DetectorBank } from "./open-detectors.ts";
export { sentenceOf } from "./parties.ts";
