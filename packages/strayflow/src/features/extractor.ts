import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { assert, ExpectedError } from "../base/errors.ts";
import type { Batch } from "../zeek/batch.ts";
import type { Baseline } from "./baseline.ts";
import type { FeatureColumn, MatrixData } from "./family.ts";
import type { FamilyRange, FeatureGroup, GroupBlock } from "./group.ts";
import { presets } from "./presets.ts";
import type { Preset } from "./presets.ts";

/** Turns batches, in the stream's order, into rows of the feature matrix. */
export interface Extractor {
  readonly columns: readonly FeatureColumn[];
  readonly families: readonly FamilyRange[];
  readonly width: number;
  /** Writes `batch.rows` rows of `width` finite values from the start of `out`. */
  fill(out: MatrixData, batch: Batch): void;
  /** What the families remember of the traffic so far, to be given to `openExtractor` later. */
  saveState(): Uint8Array;
}

export interface ExtractorOptions {
  /** Families to leave out, by id. */
  readonly without?: readonly string[];
}

/**
 * Opens the preset that the baseline was learned for. The values never depend on where the stream was cut into batches,
 * and a state saved after some row continues as if the stream had never stopped. Throws `model-damaged` where the state
 * does not belong to the preset, and `usage` where `without` names a family that the preset does not have.
 */
export function openExtractor(
  preset: Preset,
  baseline: Baseline,
  state?: Uint8Array,
  { without = [] }: ExtractorOptions = {},
): Extractor {
  assert(baseline.preset === preset, `a baseline of preset ${baseline.preset} was given to preset ${preset}`);
  const groups = groupsWithout(preset, without);
  const blocks = openBlocks(groups, baseline, without, state);
  const starts = startsOf(blocks);
  const columns = blocks.flatMap((block) => block.columns);
  const width = columns.length;
  const ids = new Set(columns.map((column) => column.id));
  assert(ids.size === width, `preset ${preset} has two columns of one name`);
  return {
    columns,
    families: blocks.flatMap((block, i) =>
      block.families.map((family) => ({ ...family, at: starts[i]! + family.at })),
    ),
    width,
    fill(out, batch) {
      assert(
        out.length >= batch.rows * width,
        `${batch.rows} rows of ${width} do not fit into ${out.length} values`,
      );
      for (let i = 0; i < blocks.length; i++) blocks[i]!.fill(out, width, starts[i]!, batch);
    },
    saveState() {
      const saved = blocks.flatMap((block, i) => {
        const bytes = block.save?.();
        return bytes === undefined ? [] : [[groups[i]!.id, bytes] as const];
      });
      return encodeStates(saved);
    },
  };
}

/** A function of its own, or what the extractor is made of would keep the state in memory. */
function openBlocks(
  groups: readonly FeatureGroup[],
  baseline: Baseline,
  without: readonly string[],
  state: Uint8Array | undefined,
): readonly GroupBlock[] {
  const states = state === undefined ? new Map<string, Uint8Array>() : decodeStates(state);
  return groups.map((group) => group.open(baseline, without, states.get(group.id)));
}

/** The groups of which at least one family is left. */
function groupsWithout(preset: Preset, without: readonly string[]): readonly FeatureGroup[] {
  const { groups, families } = presets[preset];
  const known = families.map((family) => family.id);
  const unknown = without.find((id) => !known.includes(id));
  if (unknown !== undefined) {
    throw new ExpectedError(
      "usage",
      `preset ${preset} has no feature family ${unknown}; it has ${known.join(", ")}`,
    );
  }
  return groups.filter((group) => group.families.some((family) => !without.includes(family.id)));
}

function startsOf(blocks: readonly GroupBlock[]): number[] {
  const starts: number[] = [];
  let at = 0;
  for (const block of blocks) {
    starts.push(at);
    at += block.columns.length;
  }
  return starts;
}

function encodeStates(states: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const out = new ByteWriter();
  out.uint32(states.length);
  for (const [id, bytes] of states) {
    out.text(id);
    out.bytes(bytes);
  }
  return out.finish();
}

function decodeStates(bytes: Uint8Array): Map<string, Uint8Array> {
  const input = new ByteReader(bytes, "the saved state of the features");
  const states = new Map<string, Uint8Array>();
  const count = input.uint32();
  for (let i = 0; i < count; i++) states.set(input.text(), input.view());
  input.end();
  return states;
}
