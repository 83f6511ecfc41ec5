import type { Batch } from "../zeek/batch.ts";

/** What a connection can show of a sensor that does not see everything. */
export const captureFaults = ["oneSided", "missed", "flipped", "midstream"] as const;
export type CaptureFault = (typeof captureFaults)[number];

/** Bits of `markFaults`, in the order of `captureFaults`; then whether the connection is one that could show them. */
export const CARRIES = 16;

/** Of TCP connections that carry data, how many there are, and the share that shows each fault. */
export type CaptureRates = Readonly<Record<CaptureFault, number>> & { readonly rows: number };

/**
 * Writes for each row which faults it shows. Only TCP connections that carry data are asked, since the empty ones of a scan or
 * a flood of SYNs have no reply for other reasons:
 * - one-sided: data from one end, and not one packet from the other;
 * - missed: Zeek knows of bytes that it did not see;
 * - flipped: Zeek had to turn the direction round, as it did not see the beginning (`^` in the history);
 * - midstream: neither the beginning nor the end was seen (OTH).
 */
export function markFaults(out: Uint8Array, batch: Batch): void {
  const { rows, proto, conn_state, history, orig_bytes, resp_bytes, orig_pkts, resp_pkts, missed_bytes } =
    batch;
  const tcp = proto.values.indexOf("tcp");
  const midstream = conn_state.values.indexOf("OTH");
  const flipped = Uint8Array.from(history.values, (letters) => (letters.startsWith("^") ? 4 : 0));
  for (let row = 0; row < rows; row++) {
    const sent = orig_bytes[row]! > 0;
    const received = resp_bytes[row]! > 0;
    const missed = missed_bytes[row]! > 0;
    if (proto.codes[row] !== tcp || !(sent || received || missed)) {
      out[row] = 0;
      continue;
    }
    const silent =
      (sent && isSilent(resp_pkts[row]!, received)) || (received && isSilent(orig_pkts[row]!, sent));
    out[row] =
      CARRIES |
      (silent ? 1 : 0) |
      (missed ? 2 : 0) |
      flipped[history.codes[row]!]! |
      (conn_state.codes[row] === midstream ? 8 : 0);
  }
}

/** Where the log does not count packets, bytes have to do. */
function isSilent(packets: number, hasBytes: boolean): boolean {
  return Number.isNaN(packets) ? !hasBytes : packets === 0;
}

/** Counts marked rows. */
export class CaptureCount {
  rows = 0;
  readonly faults = new Float64Array(captureFaults.length);

  add(marks: Uint8Array, include?: Uint8Array): void {
    for (let row = 0; row < marks.length; row++) {
      if ((marks[row]! & CARRIES) !== 0 && (include === undefined || include[row] === 1))
        this.addRow(marks[row]!);
    }
  }

  addRow(mark: number): void {
    this.rows++;
    for (let fault = 0; fault < captureFaults.length; fault++) this.faults[fault]! += (mark >> fault) & 1;
  }

  clear(): void {
    this.rows = 0;
    this.faults.fill(0);
  }

  rates(): CaptureRates {
    const [oneSided = 0, missed = 0, flipped = 0, midstream = 0] = Array.from(this.faults, (count) =>
      this.rows > 0 ? count / this.rows : 0,
    );
    return { rows: this.rows, oneSided, missed, flipped, midstream };
  }
}
