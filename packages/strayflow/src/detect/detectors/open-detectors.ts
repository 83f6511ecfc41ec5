import { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { assert } from "../../base/errors.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import type { HashKey } from "../../features/behavior/fingerprint.ts";
import { defaultLimits, entities } from "../../features/behavior/rows.ts";
import type { EntityLimits } from "../../features/behavior/rows.ts";
import type { Batch } from "../../zeek/batch.ts";
import { detectors } from "./detectors.ts";
import { DetectorRows, MOST_ROWS } from "./detector-rows.ts";
import type { Detector, Evidence, Figures, Notes } from "./detector.ts";
import type { KnownTraffic } from "./known-pairs.ts";

export interface DetectorBank {
  readonly detectors: readonly Detector[];
  readonly width: number;
  fill(out: Float32Array, batch: Batch, thresholds?: ArrayLike<number>): Evidence[];
  save(): Uint8Array;
}

export function openDetectors(
  key: HashKey,
  known: KnownTraffic,
  state?: Uint8Array,
  { limits }: { readonly limits?: Partial<EntityLimits> } = {},
): DetectorBank {
  const needed = entities;
  const rows = new DetectorRows(key, { ...defaultLimits, ...limits }, needed, known);
  const memories = detectors.map((detector) => detector.open(rows));
  const width = detectors.length;
  return {
    detectors,
    width,
    fill(out, batch, thresholds) {
      assert(out.length >= batch.rows * width, "no room");
      const found: Evidence[] = [];
      for (let from = 0; from < batch.rows; from += MOST_ROWS) {
        rows.prepare(batch, from, Math.min(from + MOST_ROWS, batch.rows));
        const part = out.subarray(from * width);
        for (let i = 0; i < memories.length; i++) {
          const memory = memories[i]!;
          for (const store of memory.stores) store.ensure(rows.slotsOf(store.entity));
          const detector = detectors[i]!.id;
          memory.fill(part, width, i, {
            least: thresholds?.[i] ?? Infinity,
            add: (row, statistic, figures) => found.push({ detector, row: from + row, statistic, figures }),
          });
        }
      }
      return found;
    },
    save() {
      const out = new ByteWriter();
      return out.finish();
    },
  };
}
