import { parseAddress } from "../zeek/address.ts";
import type { Network } from "./query.ts";

const secondUnits: Readonly<Record<string, number>> = {
  us: 1e-6,
  ms: 1e-3,
  s: 1,
  sec: 1,
  m: 60,
  min: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** Decimal, as everything that is shown; the binary ones for those who mean them. */
const byteUnits: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const countUnits: Readonly<Record<string, number>> = { k: 1e3, m: 1e6, g: 1e9 };

/** A number with or without a unit, `1/5000`, or undefined where the text is none. */
export function parseNumber(text: string, unit: "bytes" | "seconds" | undefined): number | undefined {
  const share = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)$/.exec(text);
  if (share !== null && unit === undefined) return finite(Number(share[1]) / Number(share[2]));
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)([a-z]*)$/i.exec(text);
  if (match === null) return undefined;
  const name = match[2]!.toLowerCase();
  if (name === "") return finite(Number(match[1]));
  const units =
    unit === "bytes" ? { ...countUnits, ...byteUnits } : unit === "seconds" ? secondUnits : countUnits;
  return Object.hasOwn(units, name) ? finite(Number(match[1]) * units[name]!) : undefined;
}

/** `2d`, `90min`: a length of time with its unit, in seconds. */
export function parseAge(text: string): number | undefined {
  return /[a-z]$/i.test(text) ? parseNumber(text, "seconds") : undefined;
}

/** A time in seconds since 1970: a number, or an ISO 8601 date or time, in UTC where it names no zone. */
export function parseTime(text: string): number | undefined {
  if (/^\d+(\.\d+)?$/.test(text)) return finite(Number(text));
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?$/i.exec(text);
  if (match === null) return undefined;
  const zone = (match[5] ?? "Z").toUpperCase().replace(/(\d\d)(\d\d)$/, "$1:$2");
  const millis = Date.parse(`${match[1]}T${match[2] ?? "00:00"}${match[3] ?? ":00"}${zone}`);
  return finite(millis / 1000 + Number(`0${match[4] ?? ""}`));
}

/** An address, or a network as address/prefix. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const address = parseAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  const width = text.includes(":") ? 128 : 32;
  let prefix = width;
  if (slash >= 0) {
    if (!/^\d{1,3}$/.test(text.slice(slash + 1))) return undefined;
    prefix = Number(text.slice(slash + 1));
    if (prefix > width) return undefined;
  }
  prefix += 128 - width;
  const word = (i: number) => (address[i]! & maskWord(prefix, i)) >>> 0;
  return { words: [word(0), word(1), word(2), word(3)], prefix };
}

/** The bits of word `index` (0 to 3) that a prefix covers. */
export function maskWord(prefix: number, index: number): number {
  const bits = Math.min(32, Math.max(0, prefix - 32 * index));
  return bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
}

/** Zeek's T and F, and the words that people write. */
export function parseBoolean(text: string): boolean | undefined {
  const lower = text.toLowerCase();
  if (["t", "true", "yes", "1"].includes(lower)) return true;
  if (["f", "false", "no", "0"].includes(lower)) return false;
  return undefined;
}

function finite(value: number): number | undefined {
  return Number.isFinite(value) ? value : undefined;
}
