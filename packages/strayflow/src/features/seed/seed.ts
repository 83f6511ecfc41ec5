import { formatBytes, formatDuration } from "../../base/units.ts";
import { hashText } from "../../base/random.ts";
import type { Batch } from "../../zeek/batch.ts";
import type { FeatureFamily } from "../block.ts";
import { isIpv4 } from "../connection/address-class.ts";
import { columnsOf } from "../define.ts";
import type { ColumnTexts } from "../define.ts";
import { flag, rough } from "../explain.ts";
import type { MatrixData } from "../family.ts";
import { orZero } from "../numbers.ts";
import { categoriesIn, oneHotColumns, seedCategories } from "./categories.ts";

/** Hashes are taken modulo this, as in the original. */
const HASH_RANGE = 100_000;

const numeric: Readonly<Record<string, ColumnTexts>> = {
  uid: code("Hash of the uid, modulo 100,000.", "hash of the uid"),
  src_ip: code(
    "Originator's address as a number, modulo 65,535 (IPv4) or 4,294,967,295 (IPv6).",
    "source address as a number",
  ),
  src_p: code("Originator's port.", "source port"),
  dst_ip: code(
    "Responder's address as a number, modulo 65,535 (IPv4) or 4,294,967,295 (IPv6).",
    "destination address as a number",
  ),
  dst_p: code("Responder's port.", "destination port"),
  duration: {
    unit: "seconds",
    summary: "Duration; 0 where it is not stated.",
    explain: (value, usual) =>
      `lasted ${formatDuration(value)}; usually ${formatDuration(Math.max(0, usual))}`,
  },
  src_bytes: {
    unit: "bytes",
    summary: "Payload bytes that the originator sent; 0 where they are not stated.",
    explain: (value, usual) => `sent ${formatBytes(value)}; usually ${formatBytes(Math.max(0, usual))}`,
  },
  history: code("Hash of the history, modulo 100,000.", "hash of the history"),
  ip_proto: code("IANA protocol number.", "IP protocol"),
  dst_bytes_per_orig_pkt: perPacket("Payload bytes received per packet sent.", "received per packet sent:"),
  dst_bytes_per_resp_pkt: perPacket(
    "Payload bytes received per packet received.",
    "received per packet received:",
  ),
};

const NUMERIC = 11;

/**
 * The columns of the project that this one carries on, in its order: 11 numbers, then proto, service, conn_state,
 * local_orig and local_resp as one-hot columns without the first category (pandas' `get_dummies(drop_first=True)`).
 *
 * What differs: the categories are those of training and stay so (the original took those of each file), and uid and
 * history are hashed value by value (the original hashed the printed column, one constant for all rows). A category that
 * training did not see has no column, so its block is all 0, which also is what the dropped category looks like.
 *
 * What is kept although it is wrong, because this preset is there to compare with: addresses, ports and hashes as
 * magnitudes; 10.0.0.5 and 10.1.0.4 are the same number, and IPv6 dwarfs IPv4 in the same column; not stated is 0; no
 * bytes per packet is 1, and a division by no packets is 0; `quic,ssl` is not `ssl,quic`; amounts are linear. Preset
 * `connection` has none of these faults.
 */
export const seed: FeatureFamily = {
  id: "seed",
  side: "connection",
  reads: [
    "uid",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "service",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "conn_state",
    "local_orig",
    "local_resp",
    "history",
    "orig_pkts",
    "resp_pkts",
    "ip_proto",
  ],
  parts: [seedCategories],
  learnedColumns: oneHotColumns.map((column) => ({
    id: `${column}_<value>`,
    unit: "0 or 1",
    summary: `${column} has this value; one column for each value of training but the first.`,
  })),
  open(baseline) {
    const kept = baseline.get(seedCategories).map((names) => names.slice(1));
    const columns = columnsOf({
      ...numeric,
      ...Object.fromEntries(kept.flatMap((names, i) => names.map((name) => oneHot(oneHotColumns[i]!, name)))),
    });
    const places = kept.map((names) => new Map(names.map((name, i) => [name, i])));
    return {
      columns,
      fill(out, width, at, batch) {
        fillNumbers(out, width, at, batch);
        let from = at + NUMERIC;
        categoriesIn(batch).forEach(({ codes, values }, i) => {
          const size = kept[i]!.length;
          const place = Int32Array.from(values, (value) => places[i]!.get(value) ?? -1);
          for (let row = 0, to = from; row < batch.rows; row++, to += width) {
            for (let k = 0; k < size; k++) out[to + k] = 0;
            const one = place[codes[row]!]!;
            if (one >= 0) out[to + one] = 1;
          }
          from += size;
        });
      },
    };
  },
};

function fillNumbers(out: MatrixData, width: number, at: number, batch: Batch): void {
  const { orig_h, orig_p, resp_h, resp_p, duration, orig_bytes, resp_bytes, orig_pkts, resp_pkts, ip_proto } =
    batch;
  const { start, end } = batch.uid;
  const histories = batch.history.codes;
  const historyHash = Uint32Array.from(batch.history.values, (value) =>
    value === "" ? 0 : hashText(value) % HASH_RANGE,
  );
  for (let row = 0, to = at; row < batch.rows; row++, to += width) {
    const received = orZero(resp_bytes[row]!);
    out[to] = start[row] === end[row] ? 0 : hashBytes(batch.text, start[row]!, end[row]!) % HASH_RANGE;
    out[to + 1] = addressNumber(orig_h, row * 4);
    out[to + 2] = orig_p[row]!;
    out[to + 3] = addressNumber(resp_h, row * 4);
    out[to + 4] = resp_p[row]!;
    out[to + 5] = inRange(duration[row]!);
    out[to + 6] = inRange(orig_bytes[row]!);
    out[to + 7] = historyHash[histories[row]!]!;
    out[to + 8] = inRange(ip_proto[row]!);
    // A received count that is not stated gives 0, as the original's fillna did; one of 0 gives 1, as its replace did.
    out[to + 9] = resp_bytes[row]! >= 0 ? ratio(received, orig_pkts[row]!) : 0;
    out[to + 10] = resp_bytes[row]! >= 0 ? ratio(received, resp_pkts[row]!) : 0;
  }
}

function ratio(bytes: number, packets: number): number {
  if (!(packets > 0)) return 0;
  return bytes === 0 ? 1 : inRange(bytes / packets);
}

/** Finite also as a 32-bit float. */
function inRange(value: number): number {
  return Math.min(orZero(value), LARGEST);
}

const LARGEST = 1e30;

/** IPv4 modulo 2^16 - 1; IPv6 modulo 2^32 - 1, which is the sum of its words, as 2^32 leaves 1. */
function addressNumber(words: Uint32Array, at: number): number {
  if (isIpv4(words, at)) return words[at + 3]! % 65_535;
  return (words[at]! + words[at + 1]! + words[at + 2]! + words[at + 3]!) % 4_294_967_295;
}

/** 32-bit FNV-1a, as `hashText` gives for the same ASCII text. */
function hashBytes(text: Uint8Array, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ text[i]!, 0x01000193);
  return hash >>> 0;
}

function code(summary: string, thing: string): ColumnTexts {
  return {
    unit: "number without a scale",
    summary,
    explain: (value, usual) =>
      `${thing} is ${Math.round(value)}; the model expected ${Math.round(rough(usual))}`,
  };
}

function perPacket(summary: string, verb: string): ColumnTexts {
  return {
    unit: "bytes per packet",
    summary: `${summary} 0 where a count is not stated or there were no packets, 1 where there were no bytes.`,
    explain: (value, usual) => `${verb} ${formatBytes(value)}; usually ${formatBytes(Math.max(0, usual))}`,
  };
}

function oneHot(column: string, value: string): [string, ColumnTexts] {
  const shown = value === "-" ? "unset" : value;
  return [
    `${column}_${value}`,
    flag(`${column} is ${shown}.`, `${column} is ${shown}`, `${column} is not ${shown}`),
  ];
}
