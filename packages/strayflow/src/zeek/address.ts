import { OK, rejectCodes, type RejectCode } from "./rejects.ts";

const ADDRESS_INVALID = rejectCodes["address-invalid"];

const DOT = 46;
const COLON = 58;
const ZERO = 48;

/**
 * Reads an IPv4 or IPv6 address from bytes[start, end) into four big-endian 32-bit words at out[4 * row]; IPv4 becomes
 * ::ffff:a.b.c.d. Allocates nothing. Any spelling of RFC 4291 is read; zones (`%eth0`) and prefixes are not addresses.
 */
export function readAddress(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint32Array,
  row: number,
): RejectCode {
  const at = row * 4;
  let octet = 0;
  let digits = 0;
  let word = 0;
  let dots = 0;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    const digit = byte - ZERO;
    if (digit >= 0 && digit <= 9) {
      octet = octet * 10 + digit;
      digits++;
    } else if (byte === DOT) {
      if (digits === 0 || digits > 3 || octet > 255) return ADDRESS_INVALID;
      word = (word << 8) | octet;
      octet = 0;
      digits = 0;
      dots++;
    } else return readIpv6(bytes, start, end, out, at);
  }
  if (dots !== 3 || digits === 0 || digits > 3 || octet > 255) return ADDRESS_INVALID;
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = 0xffff;
  out[at + 3] = (word << 8) | octet;
  return OK;
}

function readIpv6(bytes: Uint8Array, start: number, end: number, out: Uint32Array, at: number): RejectCode {
  if (end - start < 2 || end - start > 45) return ADDRESS_INVALID;
  // The eight 16-bit groups are packed into `out` from the left; the gap of "::" is opened at the end.
  out[at] = out[at + 1] = out[at + 2] = out[at + 3] = 0;
  let groups = 0;
  let gap = -1;
  let i = start;
  if (bytes[i] === COLON) {
    if (bytes[i + 1] !== COLON) return ADDRESS_INVALID;
    gap = 0;
    i += 2;
  }
  while (i < end) {
    if (groups === 8) return ADDRESS_INVALID;
    let value = 0;
    const groupStart = i;
    for (; i < end; i++) {
      const nibble = hexDigit(bytes[i]!);
      if (nibble < 0) break;
      value = (value << 4) | nibble;
    }
    if (i < end && bytes[i] === DOT) {
      if (groups > 6 || !readEmbeddedIpv4(bytes, groupStart, end, out, at, groups)) return ADDRESS_INVALID;
      groups += 2;
      break;
    }
    if (i === groupStart || i - groupStart > 4) return ADDRESS_INVALID;
    setGroup(out, at, groups++, value);
    if (i === end) break;
    if (bytes[i] !== COLON) return ADDRESS_INVALID;
    i++;
    if (i === end) return ADDRESS_INVALID;
    if (bytes[i] === COLON) {
      if (gap >= 0) return ADDRESS_INVALID;
      gap = groups;
      i++;
    }
  }
  if (gap < 0) return groups === 8 ? OK : ADDRESS_INVALID;
  if (groups === 8) return ADDRESS_INVALID;
  for (let from = groups - 1, to = 7; from >= gap; from--, to--) {
    setGroup(out, at, to, getGroup(out, at, from));
    setGroup(out, at, from, 0);
  }
  return OK;
}

function readEmbeddedIpv4(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint32Array,
  at: number,
  group: number,
): boolean {
  let octet = 0;
  let digits = 0;
  let word = 0;
  let dots = 0;
  for (let i = start; i <= end; i++) {
    const digit = i < end ? bytes[i]! - ZERO : -1;
    if (digit >= 0 && digit <= 9) {
      octet = octet * 10 + digit;
      digits++;
    } else {
      if (i < end && bytes[i] !== DOT) return false;
      if (digits === 0 || digits > 3 || octet > 255) return false;
      word = (word << 8) | octet;
      octet = 0;
      digits = 0;
      if (i < end) dots++;
    }
  }
  if (dots !== 3) return false;
  setGroup(out, at, group, word >>> 16);
  setGroup(out, at, group + 1, word & 0xffff);
  return true;
}

function setGroup(words: Uint32Array, at: number, group: number, value: number): void {
  const index = at + (group >> 1);
  words[index] =
    (group & 1) === 0 ? (words[index]! & 0xffff) | (value << 16) : (words[index]! & 0xffff0000) | value;
}

function getGroup(words: Uint32Array, at: number, group: number): number {
  const word = words[at + (group >> 1)]!;
  return (group & 1) === 0 ? word >>> 16 : word & 0xffff;
}

function hexDigit(byte: number): number {
  if (byte >= 48 && byte <= 57) return byte - 48;
  const letter = byte | 0x20;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** The address in the four words at words[4 * row], as Zeek writes it: dotted IPv4, or IPv6 shortened as RFC 5952 says. */
export function formatAddress(words: Uint32Array, row: number): string {
  const at = row * 4;
  const last = words[at + 3]!;
  if (words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff)
    return `${last >>> 24}.${(last >>> 16) & 255}.${(last >>> 8) & 255}.${last & 255}`;
  // The longest run of at least two zero groups is shortened, the first one where two are as long.
  let gap = -1;
  let gapLength = 1;
  for (let group = 0; group < 8; group++) {
    let length = 0;
    while (group + length < 8 && getGroup(words, at, group + length) === 0) length++;
    if (length > gapLength) {
      gap = group;
      gapLength = length;
    }
    group += length;
  }
  let text = "";
  for (let group = 0; group < 8; group++) {
    if (group === gap) {
      text += "::";
      group += gapLength - 1;
    } else {
      if (text !== "" && !text.endsWith(":")) text += ":";
      text += getGroup(words, at, group).toString(16);
    }
  }
  return text;
}

/** The four words of an address, or undefined where the text is none. */
export function parseAddress(text: string): Uint32Array | undefined {
  const words = new Uint32Array(4);
  const bytes = new TextEncoder().encode(text);
  return readAddress(bytes, 0, bytes.length, words, 0) === OK ? words : undefined;
}
