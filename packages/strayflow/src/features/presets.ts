import type { BaselinePart } from "./block.ts";
import { address } from "./connection/address.ts";
import { connState } from "./connection/conn-state.ts";
import { direction } from "./connection/direction.ts";
import { history } from "./connection/history.ts";
import { icmp } from "./connection/icmp.ts";
import { port } from "./connection/port.ts";
import { protocol } from "./connection/protocol.ts";
import { quality } from "./connection/quality.ts";
import { service } from "./connection/service.ts";
import { shape } from "./connection/shape.ts";
import { time } from "./connection/time.ts";
import { volume } from "./connection/volume.ts";
import { behaviorGroup, groupOf } from "./group.ts";
import type { DescribedFamily, FeatureGroup } from "./group.ts";
import { seed } from "./seed/seed.ts";

export const presetNames = ["seed", "connection", "behavior"] as const;

export type Preset = (typeof presetNames)[number];

export interface PresetDescription {
  /** One sentence. */
  readonly summary: string;
  /** In the order of the matrix. */
  readonly groups: readonly FeatureGroup[];
  /** Those of all groups. */
  readonly families: readonly DescribedFamily[];
}

const connectionGroups: readonly FeatureGroup[] = [
  volume,
  shape,
  protocol,
  connState,
  history,
  service,
  port,
  icmp,
  direction,
  address,
  time,
  quality,
].map(groupOf);

export const presets: Readonly<Record<Preset, PresetDescription>> = {
  seed: presetOf("The columns of the project that this one carries on, to compare with.", [groupOf(seed)]),
  connection: presetOf(
    "Each connection by itself: volume, shape, state, history, service, port, direction, time.",
    connectionGroups,
  ),
  behavior: presetOf("Each connection by itself, and what its hosts did before.", [
    ...connectionGroups,
    behaviorGroup,
  ]),
};

function presetOf(summary: string, groups: readonly FeatureGroup[]): PresetDescription {
  return { summary, groups, families: groups.flatMap((group) => group.families) };
}

/** The parts that the groups of a preset learn, each once. */
export function partsOf(preset: Preset): readonly BaselinePart<unknown>[] {
  const parts = presets[preset].groups.flatMap((group) => group.parts);
  return [...new Map(parts.map((part) => [part.id, part])).values()];
}
