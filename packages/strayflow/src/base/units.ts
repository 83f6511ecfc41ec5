/**
 * Numbers as people read them. Rounded to what the reader needs, never in scientific notation; values that are not
 * finite become an en dash.
 */

const DASH = "–";

/** "0 bytes", "512 bytes", "1.4 kB", "40 MB": thousands, two or three digits. */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return DASH;
  const size = Math.abs(bytes);
  if (size < 999.5)
    return `${signed(bytes, formatCount(Math.round(size)))} ${Math.round(size) === 1 ? "byte" : "bytes"}`;
  let scaled = size;
  let unit = -1;
  do {
    scaled /= 1000;
    unit++;
  } while (scaled >= 999.5 && unit < byteUnits.length - 1);
  return `${signed(bytes, digits(scaled))} ${byteUnits[unit]}`;
}

const byteUnits = ["kB", "MB", "GB", "TB", "PB"] as const;

/** "40 µs", "850 ms", "3.2 s", "4 min 10 s", "2 h 5 min", "3 d 4 h". */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return DASH;
  const length = Math.abs(seconds);
  if (length === 0) return "0 s";
  let text: string;
  if (length < 0.5e-6) text = "under 1 µs";
  else if (length < 0.9995e-3) text = `${digits(length * 1e6)} µs`;
  else if (length < 0.9995) text = `${digits(length * 1e3)} ms`;
  else if (length < 59.95) text = `${digits(length)} s`;
  else if (length < 3599.5) text = twoUnits(Math.round(length), 60, "min", "s");
  else if (length < 86_370) text = twoUnits(Math.round(length / 60), 60, "h", "min");
  else text = twoUnits(Math.round(length / 3600), 24, "d", "h");
  return signed(seconds, text);
}

function twoUnits(smaller: number, perLarger: number, largerUnit: string, smallerUnit: string): string {
  const rest = smaller % perLarger;
  const whole = `${formatCount((smaller - rest) / perLarger)} ${largerUnit}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallerUnit}`;
}

/** "12,431" for whole numbers, "0.3" and "14.2" for others; thousands separated. */
export function formatCount(count: number): string {
  if (!Number.isFinite(count)) return DASH;
  const size = Math.abs(count);
  if (Number.isInteger(count) || size >= 99.95) return signed(count, thousands(Math.round(size)));
  return size < 0.01 ? "0" : signed(count, digits(size));
}

/** "1 in 6,000": two digits of N, and words at the ends of the scale. `p` is a probability. */
export function formatOneIn(p: number): string {
  if (Number.isNaN(p)) return DASH;
  if (p >= 0.9) return "nearly always";
  if (p <= 0) return "never";
  const n = 1 / p;
  if (n >= 1e15) return "next to never";
  return `1 in ${n < 9.5 ? digits(n, 2) : thousands(Number(n.toPrecision(2)))}`;
}

/** "35 %", "0.4 %". `share` is 0 to 1. */
export function formatShare(share: number): string {
  if (!Number.isFinite(share)) return DASH;
  const percent = Math.abs(share) * 100;
  if (percent === 0) return "0 %";
  if (percent < 0.1) return "under 0.1 %";
  return `${signed(share, digits(percent, percent < 9.95 ? 2 : 3))} %`;
}

/** "1.4 MB/s". */
export function formatByteRate(bytesPerSecond: number): string {
  return Number.isFinite(bytesPerSecond) ? `${formatBytes(bytesPerSecond)}/s` : DASH;
}

/** At most `precision` digits, without trailing zeros; whole where that many digits are whole. */
function digits(value: number, precision = value < 9.95 ? 2 : 3): string {
  const rounded = Number(value.toPrecision(precision));
  return rounded >= 1000 ? thousands(rounded) : String(rounded);
}

function thousands(whole: number): string {
  // Beyond this a double is no exact count, and soon would be written with an exponent.
  if (whole >= 1e15) return "over 999 trillion";
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}

function signed(value: number, text: string): string {
  return value < 0 && text !== "0" ? `−${text}` : text;
}
