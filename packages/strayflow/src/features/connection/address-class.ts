export const PRIVATE = 0;
export const PUBLIC = 1;
export const LINK_LOCAL = 2;
export const MULTICAST = 3;
export const BROADCAST = 4;
const LOOPBACK = 5;
/** Unspecified (0.0.0.0/8, ::) and reserved (240.0.0.0/4). */
const SPECIAL = 6;

/** `words[at]` to `words[at + 3]` are an address as in `Batch.orig_h`. */
export function isIpv4(words: Uint32Array, at: number): boolean {
  return words[at] === 0 && words[at + 1] === 0 && words[at + 2] === 0xffff;
}

/**
 * Class of the address at `words[at]`, after the IANA special-purpose registries (RFC 6890). Private holds RFC 1918,
 * shared address space (RFC 6598) and unique local addresses (RFC 4193). Only 255.255.255.255 is broadcast: without the
 * network's mask, no other address tells that it is.
 */
export function addressClass(words: Uint32Array, at: number): number {
  return isIpv4(words, at) ? classOfIpv4(words[at + 3]!) : classOfIpv6(words, at);
}

function classOfIpv4(address: number): number {
  const first = address >>> 24;
  switch (first) {
    case 10:
      return PRIVATE;
    case 172:
      return address >>> 20 === 0xac1 ? PRIVATE : PUBLIC;
    case 192:
      return address >>> 16 === 0xc0a8 ? PRIVATE : PUBLIC;
    case 100:
      return address >>> 22 === 0x191 ? PRIVATE : PUBLIC;
    case 169:
      return address >>> 16 === 0xa9fe ? LINK_LOCAL : PUBLIC;
    case 127:
      return LOOPBACK;
    case 0:
      return SPECIAL;
    default:
      if (first < 224) return PUBLIC;
      if (first < 240) return MULTICAST;
      return address === 0xffffffff ? BROADCAST : SPECIAL;
  }
}

function classOfIpv6(words: Uint32Array, at: number): number {
  const top = words[at]!;
  if (top >>> 24 === 0xff) return MULTICAST;
  if (top >>> 22 === 0x3fa) return LINK_LOCAL;
  if (top >>> 25 === 0x7e) return PRIVATE;
  if (top === 0 && words[at + 1] === 0 && words[at + 2] === 0) {
    const last = words[at + 3]!;
    return last === 1 ? LOOPBACK : last === 0 ? SPECIAL : PUBLIC;
  }
  return PUBLIC;
}
