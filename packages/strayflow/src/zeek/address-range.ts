import { parseAddress } from "./address.ts";

/** Addresses from `low` to `high`, as 128-bit numbers; IPv4 is ::ffff:a.b.c.d. */
export interface AddressRange {
  readonly low: bigint;
  readonly high: bigint;
}

/** Range of an address or a CIDR (bits beyond the prefix are ignored), or undefined where the text is neither. */
export function parseRange(text: string): AddressRange | undefined {
  const match = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text);
  const address = match === null ? undefined : addressNumber(match[1]!);
  if (match === null || address === undefined) return undefined;
  const width = text.includes(":") ? 128 : 32;
  const prefix = match[2] === undefined ? width : Number(match[2]);
  if (prefix > width) return undefined;
  const hosts = (1n << BigInt(width - prefix)) - 1n;
  return { low: address & ~hosts, high: address | hosts };
}

/** An address as a 128-bit number, or undefined where the text is none. */
export function addressNumber(text: string): bigint | undefined {
  return parseAddress(text)?.reduce((sum, word) => (sum << 32n) | BigInt(word), 0n);
}
