export type { BehaviorBlock } from "./open-behavior.ts";
export type { HashKey } from "./fingerprint.ts";
export { behaviorFamilies } from "./families.ts";
export { behaviorKey } from "./hash-key.ts";
export { openBehavior } from "./open-behavior.ts";
