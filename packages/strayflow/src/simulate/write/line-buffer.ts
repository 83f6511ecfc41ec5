import type { Micros } from "../connection.ts";

/** Collects ASCII lines as bytes. */
export interface LineBuffer {
  /** Bytes held. */
  readonly length: number;
  text(value: string): void;
  /** Text and a tab; so for the others. */
  textField(value: string): void;
  /** A whole number, not negative, below 2^53. */
  count(value: number): void;
  countField(value: number): void;
  /** Seconds with six decimals. */
  secondsField(value: Micros): void;
  /** Hands over what is held, and starts anew; the receiver owns the bytes. */
  take(): Uint8Array;
}

/** A buffer that asks to be emptied now and then: it grows, but starts with room for `room` bytes each time. */
export function lineBuffer(room: number): LineBuffer {
  let bytes = new Uint8Array(room);
  let at = 0;
  const grow = (more: number) => {
    if (at + more <= bytes.length) return;
    const larger = new Uint8Array(Math.max(2 * bytes.length, at + more));
    larger.set(bytes.subarray(0, at));
    bytes = larger;
  };
  /** Digits of a number below 2^31, at least `least` of them. */
  const digits = (value: number, least: number) => {
    let width = least;
    for (let power = 10 ** least; power <= value; power *= 10) width++;
    let left = value | 0;
    for (let i = at + width - 1; i >= at; i--) {
      const tenth = (left / 10) | 0;
      bytes[i] = 48 + left - tenth * 10;
      left = tenth;
    }
    at += width;
  };
  const count = (value: number) => {
    grow(20);
    if (value < 1e9) {
      digits(value, 1);
      return;
    }
    const high = Math.floor(value / 1e9);
    if (high < 1e9) digits(high, 1);
    else count(high);
    grow(10);
    digits(value - high * 1e9, 9);
  };
  const text = (value: string) => {
    const { length } = value;
    grow(length);
    for (let i = 0; i < length; i++) bytes[at + i] = value.charCodeAt(i);
    at += length;
  };
  const tab = () => {
    grow(1);
    bytes[at++] = 9;
  };
  return {
    get length() {
      return at;
    },
    text,
    textField(value) {
      text(value);
      tab();
    },
    count,
    countField(value) {
      count(value);
      tab();
    },
    secondsField(value) {
      const whole = Math.floor(value / 1e6);
      count(whole);
      grow(8);
      bytes[at++] = 46;
      digits(value - whole * 1e6, 6);
      tab();
    },
    take() {
      const taken = bytes.subarray(0, at);
      bytes = new Uint8Array(room);
      at = 0;
      return taken;
    },
  };
}
