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
  /** Makes room for this many slots. */
  ensure(slots: number): void;
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
    ensure(slots) {
      const { data } = array;
      if (slots * stride <= data.length) return;
      const larger = create(Math.max(slots * stride, 2 * data.length));
      larger.set(data);
      array.data = larger;
    },
    clear(slot) {
      const { data } = array;
      for (let i = slot * stride; i < (slot + 1) * stride; i++) data[i] = 0;
    },
    write(out, slots) {
      array.ensure(slots);
      const used = array.data.subarray(0, slots * stride);
      out.bytes(new Uint8Array(used.buffer, used.byteOffset, used.byteLength));
    },
    read(input, slots) {
      const bytes = input.bytes();
      array.ensure(slots);
      const expected = slots * stride * array.data.BYTES_PER_ELEMENT;
      input.expect(bytes.length === expected, `${bytes.length} bytes of memory where ${expected} belong`);
      new Uint8Array(array.data.buffer).set(bytes);
    },
  };
  return array;
}

/** Empties everything that is remembered under a slot that has changed hands. */
export function clearSlot(stores: readonly SlotArray[], slot: number): void {
  for (let i = 0; i < stores.length; i++) stores[i]!.clear(slot);
}
