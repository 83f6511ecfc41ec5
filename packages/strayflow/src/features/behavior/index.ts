export type { BehaviorBlock, BehaviorOptions } from "./open-behavior.ts";
export type { BehaviorFamily } from "./family.ts";
export type { HashKey } from "./fingerprint.ts";
export type { Entity, EntityLimits } from "./rows.ts";
export { behaviorFamilies } from "./families.ts";
export { behaviorKey } from "./hash-key.ts";
export { openBehavior } from "./open-behavior.ts";
export { defaultLimits } from "./rows.ts";
