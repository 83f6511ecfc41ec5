import type { BaselinePart, FeatureBlock, FeatureFamily, PartValues } from "./block.ts";
import { behaviorFamilies, behaviorKey, openBehavior } from "./behavior/index.ts";
import type { FamilyDescription, FeatureColumn, FeatureSide } from "./family.ts";

/** What docs and listings need of a family. */
export interface DescribedFamily extends FamilyDescription {
  /** Columns that depend on the learned vocabulary. */
  readonly learnedColumns?: readonly Pick<FeatureColumn, "id" | "unit" | "summary">[];
}

/** The columns that one family has: `width` of them, from column `at`. */
export interface FamilyRange {
  readonly id: string;
  readonly side: FeatureSide;
  readonly at: number;
  readonly width: number;
}

/** Families that are opened, filled and saved together, because they share a memory. */
export interface FeatureGroup {
  /** Names the group's state in a saved state. */
  readonly id: string;
  readonly families: readonly DescribedFamily[];
  readonly parts: readonly BaselinePart<unknown>[];
  /** `without` may name families of other groups; at least one of this group's own is left. */
  open(baseline: PartValues, without: readonly string[], state?: Uint8Array): GroupBlock;
}

/** `at` of the ranges counts from the block's first column. */
export interface GroupBlock extends FeatureBlock {
  readonly families: readonly FamilyRange[];
}

/** A family that shares nothing. */
export function groupOf(family: FeatureFamily): FeatureGroup {
  const { id, side } = family;
  return {
    id,
    families: [family],
    parts: family.parts ?? [],
    open(baseline, _without, state) {
      const block = family.open(baseline, state);
      return { ...block, families: [{ id, side, at: 0, width: block.columns.length }] };
    },
  };
}

/** What hosts did before: one memory of hosts and pairs, which all its families read. */
export const behaviorGroup: FeatureGroup = {
  id: "behavior",
  families: behaviorFamilies,
  parts: [behaviorKey],
  open: (baseline, without, state) => openBehavior(baseline.get(behaviorKey), state, { without }),
};
