export type { Detector, Evidence, Figures, Parties } from "./detector.ts";
export { detectors } from "./detectors.ts";
export { knownPairs, nothingKnown } from "./known-pairs.ts";
export type { KnownTraffic } from "./known-pairs.ts";
export { openDetectors } from "./open-detectors.ts";
export type { DetectorBank, DetectorOptions } from "./open-detectors.ts";
export { partiesOf, sentenceOf } from "./parties.ts";
