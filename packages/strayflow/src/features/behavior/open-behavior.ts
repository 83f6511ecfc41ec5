import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { FeatureBlock } from "../block.ts";
import { columnsOf } from "../define.ts";
import type { FeatureSide } from "../family.ts";
import { behaviorFamilies } from "./families.ts";
import type { HashKey } from "./fingerprint.ts";
import { takeLogs } from "./logarithm.ts";
import { BehaviorRows, MOST_ROWS, defaultLimits, entities } from "./rows.ts";
import type { EntityLimits } from "./rows.ts";

export interface BehaviorOptions {
  /** Families to leave out, by id. A state can only be restored with the same families. */
  readonly without?: readonly string[];
  /** How many hosts, pairs and so on are remembered at once; at least 1 of each. */
  readonly limits?: Partial<EntityLimits>;
}

export interface BehaviorBlock extends FeatureBlock {
  /** The families and where their columns begin, counted from the block's first column. */
  readonly families: readonly {
    readonly id: string;
    readonly side: FeatureSide;
    readonly at: number;
    readonly width: number;
  }[];
  save(): Uint8Array;
}

/**
 * Opens the features of host behaviour: for every row, what its originator, its responder and the two together did in
 * the rows before it. The values depend on the order of rows alone, not on batches; a block that is opened with the state
 * of another, the same key and the same options continues bit for bit. Memory grows with the number of hosts and pairs
 * up to their limits, whatever the number of rows: 150 MB when all default limits are reached. Throws `model-damaged`
 * where the state does not belong here.
 */
export function openBehavior(
  key: HashKey,
  state?: Uint8Array,
  { without = [], limits }: BehaviorOptions = {},
): BehaviorBlock {
  const chosen = behaviorFamilies.filter((family) => !without.includes(family.id));
  const needed = entities.filter((entity) => chosen.some((family) => family.entities.includes(entity)));
  const rows = new BehaviorRows(key, { ...defaultLimits, ...limits }, needed);
  const memories = chosen.map((family) => family.open(rows));
  const families: { id: string; side: FeatureSide; at: number; width: number }[] = [];
  let width = 0;
  for (const { id, side, columns } of chosen) {
    families.push({ id, side, at: width, width: Object.keys(columns).length });
    width += Object.keys(columns).length;
  }
  const ids = families.map(({ id }) => id);
  if (state !== undefined) readState(state, key, ids, rows);
  const logs = memories.flatMap((memory, i) => memory.logs.map((column) => families[i]!.at + column));

  return {
    columns: chosen.flatMap((family) => columnsOf(family.columns)),
    families,
    fill(out, matrixWidth, at, batch) {
      for (let from = 0; from < batch.rows; from += MOST_ROWS) {
        rows.prepare(batch, from, Math.min(from + MOST_ROWS, batch.rows));
        const part = out.subarray(from * matrixWidth);
        for (let i = 0; i < memories.length; i++) {
          memories[i]!.fill(part, matrixWidth, at + families[i]!.at);
        }
        takeLogs(part, matrixWidth, at, logs, rows.rows);
      }
    },
    save() {
      const out = new ByteWriter();
      out.uint32(MAGIC);
      for (const word of key) out.uint32(word);
      out.texts(ids);
      rows.write(out);
      return out.finish();
    },
  };
}

function readState(state: Uint8Array, key: HashKey, families: readonly string[], rows: BehaviorRows): void {
  const input = new ByteReader(state, "the saved state of host behaviour");
  input.expect(state.length >= 4 && input.uint32() === MAGIC, "it does not start as such a state does");
  for (const word of key) input.expect(input.uint32() === word >>> 0, "it belongs to another model");
  const saved = input.texts();
  input.expect(
    saved.join() === families.join(),
    `it holds the families ${saved.join(", ")} where ${families.join(", ")} belong`,
  );
  rows.read(input);
  input.end();
}

/** "SFHC" read as a little-endian number: bytes written by this layout of the memory. */
const MAGIC = 0x43484653;
