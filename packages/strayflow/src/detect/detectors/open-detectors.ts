import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { assert } from "../../base/errors.ts";
import type { HashKey } from "../../features/behavior/fingerprint.ts";
import { defaultLimits, entities } from "../../features/behavior/rows.ts";
import type { EntityLimits } from "../../features/behavior/rows.ts";
import type { Batch } from "../../zeek/batch.ts";
import { DetectorRows, MOST_ROWS } from "./detector-rows.ts";
import type { Detector, DetectorMemory, Evidence } from "./detector.ts";
import { detectors as allDetectors } from "./detectors.ts";
import type { KnownTraffic } from "./known-pairs.ts";

export interface DetectorOptions {
  /** Detectors to leave out, by id. A state can only be restored with the same detectors. */
  readonly without?: readonly string[];
  /** How many hosts, pairs and so on are remembered at once; at least 1 of each. */
  readonly limits?: Partial<EntityLimits>;
}

/** Detectors that look at one stream. */
export interface DetectorBank {
  /** In the order of their columns. */
  readonly detectors: readonly Detector[];
  readonly width: number;
  /**
   * Writes `batch.rows` rows of `width` statistics, finite and not negative, from the start of `out`. Batches come in the
   * stream's order. Returns the evidence for those that are at least the threshold of their column (`thresholds[column]`,
   * above 0; none without), by row within each detector.
   */
  fill(out: Float32Array, batch: Batch, thresholds?: ArrayLike<number>): Evidence[];
  save(): Uint8Array;
}

/**
 * Opens all detectors on one memory of hosts and pairs. The statistics depend on the order of rows alone, not on batches; a
 * bank that is opened with the state of another, the same key, knowledge and options continues bit for bit. Memory grows
 * with the number of hosts and pairs up to their limits: at the default limits 150 MB or less, whatever the number of rows
 * and of spoofed addresses. Throws `model-damaged` where the state does not belong here.
 */
export function openDetectors(
  key: HashKey,
  known: KnownTraffic,
  state?: Uint8Array,
  { without = [], limits }: DetectorOptions = {},
): DetectorBank {
  const detectors = allDetectors.filter(({ id }) => !without.includes(id));
  // Hosts and pairs are recognised whichever detectors there are.
  const rows = new DetectorRows(key, { ...defaultLimits, ...limits }, entities, known);
  const memories = detectors.map((detector) => detector.open(rows));
  const width = detectors.length;
  if (state !== undefined) readState(state, key, detectors, rows, memories);

  return {
    detectors,
    width,
    fill(out, batch, thresholds) {
      assert(
        out.length >= batch.rows * width,
        `${batch.rows} rows of ${width} do not fit into ${out.length} values`,
      );
      const found: Evidence[] = [];
      for (let from = 0; from < batch.rows; from += MOST_ROWS) {
        rows.prepare(batch, from, Math.min(from + MOST_ROWS, batch.rows));
        const part = out.subarray(from * width);
        for (let column = 0; column < width; column++) {
          const { id: detector, subject } = detectors[column]!;
          const memory = memories[column]!;
          rows.makeRoom(memory.stores);
          const subjects = rows.behavior.slots[subject];
          memory.fill(part, width, column, {
            least: thresholds?.[column] ?? Infinity,
            add(row, statistic, figures) {
              const slot = subjects[row]!;
              found.push({ detector, row: from + row, subject: slot < 0 ? ~slot : slot, statistic, figures });
            },
          });
        }
      }
      return found;
    },
    save() {
      const out = new ByteWriter();
      out.uint32(MAGIC);
      for (const word of key) out.uint32(word);
      out.texts(detectors.map(({ id }) => id));
      rows.write(out);
      for (const memory of memories) {
        for (const store of memory.stores) store.write(out, rows.slotsOf(store.entity));
        memory.write?.(out);
      }
      return out.finish();
    },
  };
}

function readState(
  state: Uint8Array,
  key: HashKey,
  detectors: readonly Detector[],
  rows: DetectorRows,
  memories: readonly DetectorMemory[],
): void {
  const input = new ByteReader(state, "the saved state of the detectors");
  input.expect(state.length >= 4 && input.uint32() === MAGIC, "it does not start as such a state does");
  for (const word of key) input.expect(input.uint32() === word >>> 0, "it belongs to another model");
  const saved = input.texts().join(", ");
  const expected = detectors.map(({ id }) => id).join(", ");
  input.expect(saved === expected, `it holds the detectors ${saved} where ${expected} belong`);
  rows.read(input);
  for (const memory of memories) {
    rows.makeRoom(memory.stores);
    for (const store of memory.stores) store.read(input, rows.slotsOf(store.entity));
    memory.read?.(input);
  }
  input.end();
}

/** "SFDT" read as a little-endian number: bytes written by this layout of the memory. */
const MAGIC = 0x54444653;
