import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import { finishHash } from "../../features/behavior/fingerprint.ts";
import { clearSlot } from "../../features/behavior/family.ts";
import { KeyTable } from "../../features/behavior/key-table.ts";
import { ln } from "../../features/behavior/logarithm.ts";
import { slotDoubles, slotFloats } from "../../features/behavior/slot-array.ts";
import { FROM_INSIDE, TO_INSIDE } from "./detector-rows.ts";
import { DampedSums } from "../../features/behavior/damped-sums.ts";
import { aDay } from "../../features/behavior/half-life.ts";
import type { Detector } from "./detector.ts";

export const beacon: Detector = {
  id: "beacon",
  summary: "One host calls one port of another at regular times for a long while, which it did not do in training.",
  unit: "log likelihood ratio",
  reads: ["ts", "id.orig_h", "id.resp_h", "id.resp_p", "orig_bytes"],
  entities: ["originator", "responder", "target", "originatorService", "responderService"],
  open(rows) {
    const { behavior } = rows;
    /** Last start (log time), first time, connections, seconds for which its ends were known before it. */
    const calls = slotDoubles("target", 4);
    const origins = slotDoubles("originator", 1);
    const responses = slotDoubles("responder", 1);
    /** Evidence that was gained lately. */
    const own = new DampedSums(behavior, "target", aDay, 1);
    const byOrigin = new DampedSums(behavior, "originatorService", aDay, 1);
    const byService = new DampedSums(behavior, "responderService", aDay, 1);
    const shared = [origins, responses, ...own.stores, ...byOrigin.stores, ...byService.stores];
    const rings = new KeyTable(32_768);
    const gaps = slotFloats("target", GAP_BINS + 1);
    const sizes = slotFloats("target", SIZE_BINS + 1);
    /** Evidence of gaps, of sizes; mean gap, mean deviation, count in the core. */
    const sums = slotDoubles("target", 6);
    const ringStores = [gaps, sizes, sums];
    return {
      stores: [calls, ...shared],
      write(out: ByteWriter) {
        rings.write(out);
        for (const store of ringStores) store.write(out, rings.used);
      },
      read(input: ByteReader) {
        rings.read(input);
        for (const store of ringStores) store.read(input, rings.used);
      },
      fill(out, width, at, notes) {
        const { originator, responder, target, originatorService, responderService } = behavior.slots;
        const { time } = behavior;
        const { sent } = behavior;
        const { ts, kind, knownTarget, knownOriginator, knownResponder, known } = rows;
        const { least } = notes;
        const call = calls.data;
        for (let row = 0; row < rows.rows; row++) {
          const now = ts[row]!;
          const clock = time[row]!;
          let origin = originator[row]!;
          if (origin < 0) origins.data[(origin = ~origin)] = clock - (knownOriginator[row]! > 0 ? known.seconds : 0);
          let response = responder[row]!;
          if (response < 0) responses.data[(response = ~response)] = clock - (knownResponder[row]! > 0 ? known.seconds : 0);
          let ofOrigin = originatorService[row]!;
          if (ofOrigin < 0) clearSlot(byOrigin.stores, (ofOrigin = ~ofOrigin));
          let ofService = responderService[row]!;
          if (ofService < 0) clearSlot(byService.stores, (ofService = ~ofService));
          let slot = target[row]!;
          let statistic = 0;
          if (slot < 0) {
            slot = ~slot;
            clearSlot(own.stores, slot);
            call[4 * slot + 1] = clock;
            call[4 * slot + 2] = 0;
            const left = clock - origins.data[origin]!;
            const right = clock - responses.data[response]!;
            const from = (kind[row]! & FROM_INSIDE) !== 0;
            const to = (kind[row]! & TO_INSIDE) !== 0;
            call[4 * slot + 3] = from === to ? (from ? Math.min(left, right) : Math.max(left, right)) : from ? left : right;
          } else if (call[4 * slot + 2]! >= 3) {
            let ring = rings.claim(finishHash(slot), slot);
            if (ring < 0) {
              ring = ~ring;
              for (const store of ringStores) {
                store.ensure(rings.used);
                store.clear(ring);
              }
            } else if (call[4 * slot + 2] === 3) clearSlot(ringStores, ring);
            const gap = Math.min(Math.abs(now - call[4 * slot]!), LONGEST_GAP);
            const weight = gap / (gap + 60);
            const s = sums.data;
            const gapGain = gain(gaps.data, ring * (GAP_BINS + 1), GAP_BINS, gapBin(gap));
            const before = s[6 * ring]!;
            const after = Math.max(0, before + weight * (gapGain - ALLOWANCE));
            s[6 * ring] = after;
            own.fade(slot, row);
            byOrigin.fade(ofOrigin, row);
            byService.fade(ofService, row);
            own.sums.data[slot]! += after - before;
            byOrigin.sums.data[ofOrigin]! += after - before;
            byService.sums.data[ofService]! += after - before;
            if (sent[row]! > 0) {
              const sizeGain = gain(sizes.data, ring * (SIZE_BINS + 1), SIZE_BINS, sizeBin(sent[row]!));
              s[6 * ring + 1] = Math.max(0, s[6 * ring + 1]! + weight * (sizeGain - ALLOWANCE));
            }
            if (gapGain > 0) {
              const count = Math.min(s[6 * ring + 4]! + 1, 64);
              s[6 * ring + 4] = count;
              s[6 * ring + 2]! += (gap - s[6 * ring + 2]!) / count;
              s[6 * ring + 3]! += (Math.abs(gap - s[6 * ring + 2]!) - s[6 * ring + 3]!) / count;
            }
            if (knownTarget[row] === 0) {
              const mine = own.sums.data[slot]!;
              const all = Math.max(mine, byOrigin.sums.data[ofOrigin]!, byService.sums.data[ofService]!);
              const age = clock - call[4 * slot + 1]!;
              const head = call[4 * slot + 3]!;
              const both = FROM_INSIDE | TO_INSIDE;
              const novelty = Math.max(0.1, (kind[row]! & both) === both ? 0 : head / (head + age + 86400));
              statistic = mine > 0 ? (s[6 * ring]! + 0.5 * Math.min(s[6 * ring]!, s[6 * ring + 1]!)) * (mine / all) * novelty : 0;
              if (statistic >= least) {
                notes.add(row, statistic, {
                  period: s[6 * ring + 2]!,
                  deviation: s[6 * ring + 3]!,
                  calls: call[4 * slot + 2]! + 1,
                  seconds: clock - call[4 * slot + 1]!, share: mine / all, novelty,
                  gaps: s[6 * ring]!, sizes: s[6 * ring + 1]!,
                });
              }
            }
          }
          call[4 * slot] = now;
          call[4 * slot + 2]! += 1;
          out[row * width + at] = statistic;
        }
      },
    };
  },
  sentence: ({ originator, responder, port }, { period = 0, deviation = 0, calls = 0, seconds = 0 }) =>
    `${originator} calls ${responder}:${port} every ${period.toFixed(1)} s (±${deviation.toFixed(1)}), ${calls} times over ${seconds}`,
};

/**
 * ln of how much likelier the fine histogram makes the next value than the coarse one, both of the values before it.
 */
function gain(counts: Float32Array, at: number, bins: number, bin: number): number {
  const total = counts[at + bins]!;
  let result = 0;
  if (total > 0) {
    const here = at + bin;
    let fine = 0.5 * counts[here]!;
    if (bin > 0) fine += 0.25 * counts[here - 1]!;
    if (bin + 1 < bins) fine += 0.25 * counts[here + 1]!;
    let wide = 0;
    const from = Math.max(0, bin - REACH);
    const to = Math.min(bins - 1, bin + REACH);
    for (let i = at + from; i <= at + to; i++) wide += counts[i]!;
    const coarse = (wide + 1) / (2 * REACH + 1);
    result = ln((0.9 * fine) / coarse + 0.1);
  }
  if (total >= 64) {
    for (let i = at; i <= at + bins; i++) counts[i]! *= 0.5;
  }
  counts[at + bin]! += 1;
  counts[at + bins]! += 1;
  return result;
}

function gapBin(seconds: number): number {
  const bin = (PER_OCTAVE / Math.LN2) * ln(1 + seconds * 1000);
  return bin < GAP_BINS ? bin | 0 : GAP_BINS - 1;
}

function sizeBin(bytes: number): number {
  const bin = (PER_OCTAVE / Math.LN2) * ln(1 + bytes);
  return bin < SIZE_BINS ? bin | 0 : SIZE_BINS - 1;
}

const LONGEST_GAP = 86_400 * 60;
const PER_OCTAVE = 4;
const GAP_BINS = 128;
const SIZE_BINS = 144;
const REACH = 8;
const ALLOWANCE = 0.5;
