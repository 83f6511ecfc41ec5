import type { ByteReader, ByteWriter } from "../../base/bytes.ts";
import type { Entity } from "./rows.ts";

/** The network as a whole has one slot, 0. */
export type SlotOwner = Entity | "network";

type SlotData = Float32Array | Float64Array | Int32Array | Uint32Array;

/**
 * What a family remembers of every slot of one kind of entity: `stride` numbers from `data[slot * stride]`, 0 to begin
 * with. Grows with the number of slots in use; `data` is replaced then, so read it anew for every batch.
 */
export interface SlotArray<Data extends SlotData = SlotData> {
  readonly entity: SlotOwner;
  readonly stride: number;
  data: Data;
  /** Makes room for this many slots, and for some more, but for no more than `most`. */
  ensure(slots: number, most?: number): void;
  /** Puts 0 back where a slot has changed hands. */
  clear(slot: number): void;
  write(out: ByteWriter, slots: number): void;
  read(input: ByteReader, slots: number): void;
}

export function slotFloats(entity: SlotOwner, stride: number): SlotArray<Float32Array> {
  return slotArray(entity, stride, (length) => new Float32Array(length));
}

export function slotDoubles(entity: SlotOwner, stride: number): SlotArray<Float64Array> {
  return slotArray(entity, stride, (length) => new Float64Array(length));
}

export function slotIntegers(entity: SlotOwner, stride: number): SlotArray<Int32Array> {
  return slotArray(entity, stride, (length) => new Int32Array(length));
}

export function slotWords(entity: SlotOwner, stride: number): SlotArray<Uint32Array> {
  return slotArray(entity, stride, (length) => new Uint32Array(length));
}

function slotArray<Data extends SlotData>(
  entity: SlotOwner,
  stride: number,
  create: (length: number) => Data,
): SlotArray<Data> {
  const array: SlotArray<Data> = {
    entity,
    stride,
    data: create(0),
    ensure(slots, most = Infinity) {
      const { data } = array;
      if (slots * stride <= data.length) return;
      const larger = create(stride * roomFor(slots, most));
      larger.set(data);
      array.data = larger;
    },
    clear(slot) {
      const { data } = array;
      // Memory that was never written to takes no room, and reading it does not change that.
      for (let i = slot * stride; i < (slot + 1) * stride; i++) if (data[i] !== 0) data[i] = 0;
    },
    write(out, slots) {
      array.ensure(slots);
      const used = array.data.subarray(0, slots * stride);
      out.bytes(new Uint8Array(used.buffer, used.byteOffset, used.byteLength));
    },
    read(input, slots) {
      const bytes = input.view();
      array.ensure(slots);
      const expected = slots * stride * array.data.BYTES_PER_ELEMENT;
      input.expect(bytes.length === expected, `${bytes.length} bytes of memory where ${expected} belong`);
      new Uint8Array(array.data.buffer).set(bytes);
    },
  };
  return array;
}

/**
 * For how many slots to make room when so many are in use and there can be `most`: a few to begin with, then all at once. The
 * system hands out zeroed memory only as it is written to, so this costs less than doubling, which holds the old and the
 * new at a time and leaves holes.
 */
export function roomFor(slots: number, most: number): number {
  if (slots <= FIRST_SLOTS) return Math.min(most, FIRST_SLOTS);
  return most < Infinity ? most : 2 * slots;
}

const FIRST_SLOTS = 256;

/** Empties everything that is remembered under a slot that has changed hands. */
export function clearSlot(stores: readonly SlotArray[], slot: number): void {
  for (let i = 0; i < stores.length; i++) stores[i]!.clear(slot);
}
