import { learnBaseline } from "./baseline.ts";
import type { FeatureSide } from "./family.ts";
import { presets } from "./presets.ts";
import type { Preset } from "./presets.ts";

export interface FeatureDescription {
  /** `service_<name>` for columns that depend on what training saw. */
  readonly id: string;
  readonly unit: string;
  readonly summary: string;
  readonly family: string;
  readonly side: FeatureSide;
}

/** The columns of a preset in the matrix's order, for docs and listings; no data is needed. */
export function describeFeatures(preset: Preset): FeatureDescription[] {
  const nothing = learnBaseline(preset).finish();
  return presets[preset].groups.flatMap((group) => {
    const { columns, families } = group.open(nothing, []);
    return families.flatMap(({ id: family, side, at, width }) => {
      const learned = group.families.find(({ id }) => id === family)?.learnedColumns ?? [];
      return [...columns.slice(at, at + width), ...learned].map(({ id, unit, summary }) => ({
        id,
        unit,
        summary,
        family,
        side,
      }));
    });
  });
}
