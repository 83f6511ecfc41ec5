import { unreachable } from "../base/errors.ts";
import { formatByteRate, formatBytes, formatCount, formatDuration, formatShare } from "../base/units.ts";
import type { Quantity } from "./spec.ts";

/** A number as people read it, with its unit; `null` and what is not finite is an en dash. */
export function formatQuantity(value: number | null, quantity: Quantity): string {
  if (value === null || !Number.isFinite(value)) return "–";
  switch (quantity) {
    case "count":
      return formatCount(value);
    case "bytes":
      return formatBytes(value);
    case "seconds":
      return formatDuration(value);
    case "share":
      return formatShare(value);
    case "number":
      return formatPlain(value);
    case "port":
      return String(value);
    case "bytes-per-second":
      return formatByteRate(value);
    case "per-second":
      return `${formatCount(value)}/s`;
    default:
      return unreachable(quantity);
  }
}

/** A number on an axis: as `formatQuantity`, but never so rounded that neighbours look alike. */
export function formatTick(value: number, quantity: Quantity): string {
  if (quantity === "share") return `${formatPlain(Number((value * 100).toPrecision(12)))} %`;
  if (quantity === "per-second" && Math.abs(value) < 1) return `${formatPlain(value)}/s`;
  return formatQuantity(value, quantity);
}

/** The whole number behind a rounded one, for those who ask: "1,403,221 bytes". Absent where nothing was rounded off. */
export function formatExact(value: number | null, quantity: Quantity): string | undefined {
  if (value === null || !Number.isFinite(value)) return undefined;
  const text = plainDigits(value);
  const unit =
    quantity === "bytes"
      ? " bytes"
      : quantity === "seconds"
        ? " s"
        : quantity === "bytes-per-second"
          ? " bytes/s"
          : "";
  const exact = quantity === "share" ? `${plainDigits(value * 100)} %` : `${text}${unit}`;
  return exact === formatQuantity(value, quantity) || quantity === "port" ? undefined : exact;
}

/** "0.00012", "−0.31", "1,024": three digits, never an exponent. */
function formatPlain(value: number): string {
  if (Number.isInteger(value) || Math.abs(value) >= 100) return formatCount(value);
  return plainDigits(Number(value.toPrecision(3)));
}

function plainDigits(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e15) return formatCount(value);
  if (size > 0 && size < 1e-12) return value < 0 ? "−0" : "0";
  const text = /e/.test(String(size)) ? size.toFixed(15).replace(/\.?0+$/, "") : String(size);
  const [whole = "0", rest] = text.split(".");
  const separated = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return `${value < 0 ? "−" : ""}${separated}${rest === undefined ? "" : `.${rest}`}`;
}
