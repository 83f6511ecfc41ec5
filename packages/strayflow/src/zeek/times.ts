import { OK, rejectCodes, type RejectCode } from "./rejects.ts";
import { ascii, readNumber } from "./values.ts";

const { "time-invalid": TIME_INVALID, "time-range": TIME_RANGE } = rejectCodes;

const MINUS = 45;
const DOT = 46;
const ZERO = 48;

/** Start of the year 2200, seconds: a later connection is a damaged field. */
const END_OF_TIME = 7_258_118_400;
/** Seconds since 1970 stay below this until 33658; milliseconds since 1970 are above it from 2001 on. */
const LEAST_MILLIS = 1e12;

/**
 * Reads a start time: seconds since 1970, exact to the microsecond, or an ISO-8601 date and time (UTC unless it names an
 * offset). 0 is a time: some captures count from there.
 */
export function readTime(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array,
  at: number,
): RejectCode {
  if (readNumber(bytes, start, end, out, at) !== OK && readIsoTime(bytes, start, end, out, at) !== OK)
    return TIME_INVALID;
  const seconds = out[at]!;
  return seconds >= 0 && seconds < END_OF_TIME ? OK : TIME_RANGE;
}

/**
 * As `readTime`, and milliseconds since 1970 where the number is too large for seconds: what Zeek writes under
 * `LogAscii::json_timestamps = JSON::TS_MILLIS`.
 */
export function readJsonTime(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array,
  at: number,
): RejectCode {
  const code = readTime(bytes, start, end, out, at);
  if (code !== TIME_RANGE) return code;
  const millis = out[at]!;
  if (millis < LEAST_MILLIS || millis >= END_OF_TIME * 1000) return TIME_RANGE;
  out[at] = Math.round(millis * 1000) / 1e6;
  return OK;
}

const ISO_TIME = /^(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(?:[Zz]|([-+])(\d\d):?(\d\d))?$/;

/** Reads `2020-02-26T03:40:03.724911Z` and its relatives as seconds since 1970. */
function readIsoTime(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array,
  at: number,
): RejectCode {
  if (readPlainIsoTime(bytes, start, end, out, at)) return OK;
  if (end - start > 40) return TIME_INVALID;
  const match = ISO_TIME.exec(ascii(bytes, start, end));
  if (match === null) return TIME_INVALID;
  const millis = Date.parse(`${match[1]}T${match[2]}Z`);
  // The parser takes the 30th of February for the 2nd of March.
  if (Number.isNaN(millis) || !new Date(millis).toISOString().startsWith(match[1]!)) return TIME_INVALID;
  const offset = (Number(match[5] ?? 0) * 60 + Number(match[6] ?? 0)) * 60 * (match[4] === "-" ? -1 : 1);
  const micros = Number((match[3] ?? "").padEnd(6, "0").slice(0, 6));
  out[at] = ((millis / 1000 - offset) * 1e6 + micros) / 1e6;
  return OK;
}

/** `YYYY-MM-DDThh:mm:ss.ffffffZ` with up to six decimals, the only form that Zeek itself writes. */
function readPlainIsoTime(
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Float64Array,
  at: number,
): boolean {
  const length = end - start;
  if (length < 20 || length > 27 || bytes[end - 1] !== 90 /* Z */) return false;
  if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS || bytes[start + 10] !== 84 /* T */)
    return false;
  if (bytes[start + 13] !== 58 || bytes[start + 16] !== 58) return false;
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2);
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  const hour = twoDigits(bytes, start + 11);
  const minute = twoDigits(bytes, start + 14);
  const second = twoDigits(bytes, start + 17);
  if (year < 1970 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 28) return false;
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return false;
  let micros = 0;
  if (length > 20) {
    if (bytes[start + 19] !== DOT || length === 21) return false;
    for (let i = start + 20; i < end - 1; i++) {
      const digit = bytes[i]! - ZERO;
      if (digit < 0 || digit > 9) return false;
      micros = micros * 10 + digit;
    }
    for (let places = length - 21; places < 6; places++) micros *= 10;
  }
  const seconds = daysSince1970(year, month, day) * 86400 + hour * 3600 + minute * 60 + second;
  out[at] = (seconds * 1e6 + micros) / 1e6;
  return true;
}

/** Howard Hinnant's days_from_civil, for years from 1970. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = (y / 400) | 0;
  const yearOfEra = y - era * 400;
  const dayOfYear = (((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) | 0) + day - 1;
  const dayOfEra = yearOfEra * 365 + ((yearOfEra / 4) | 0) - ((yearOfEra / 100) | 0) + dayOfYear;
  return era * 146097 + dayOfEra - 719468;
}

/** -1 or less where they are no digits. */
function twoDigits(bytes: Uint8Array, at: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1000 : tens * 10 + ones;
}
