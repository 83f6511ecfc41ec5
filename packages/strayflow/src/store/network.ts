import type { AddressRange } from "../zeek/address-range.ts";

export { parseRange, type AddressRange } from "../zeek/address-range.ts";

const MAPPED = 0xffffn << 32n;

/** The part of a range that is IPv4, as 32-bit numbers. */
export function ipv4Part({
  low,
  high,
}: AddressRange): { readonly low: bigint; readonly high: bigint } | undefined {
  const first = low > MAPPED ? low : MAPPED;
  const last = high < MAPPED + 0xffffffffn ? high : MAPPED + 0xffffffffn;
  return first > last ? undefined : { low: first - MAPPED, high: last - MAPPED };
}

/** Whether all of a range is IPv4. */
export function isIpv4(range: AddressRange): boolean {
  const part = ipv4Part(range);
  return part !== undefined && part.high - part.low === range.high - range.low;
}
