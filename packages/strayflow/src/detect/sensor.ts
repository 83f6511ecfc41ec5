import { ByteReader, ByteWriter } from "../base/bytes.ts";
import { formatShare } from "../base/units.ts";
import { finishHash, hashAddress } from "../features/behavior/fingerprint.ts";
import { StreamClock } from "../features/behavior/stream-clock.ts";
import {
  CaptureCount,
  captureFaults,
  CARRIES,
  markFaults,
  type CaptureFault,
  type CaptureRates,
} from "../model/capture-faults.ts";
import type { Batch } from "../zeek/batch.ts";

/** A time, or a file, in which the sensor did not see what it usually sees. */
export interface SensorFinding {
  readonly fault: CaptureFault;
  /** Since when and how much, and what is usual; without a full stop. A file's name is not escaped. */
  readonly sentence: string;
  /** Log time, seconds since 1970. */
  readonly from: number;
  readonly to: number;
  /** TCP connections with data in that time, the share of them that shows the fault, and the usual share. */
  readonly rows: number;
  readonly share: number;
  readonly usual: number;
  /** The file, where only the file as a whole shows it. */
  readonly file?: string | undefined;
  /** Connections that would have been flagged for nothing but this. */
  readonly folded: number;
}

interface Trouble {
  readonly fault: number;
  readonly from: number;
  to: number;
  rows: number;
  shown: number;
  folded: number;
  lastWindow: number;
  readonly file?: string | undefined;
}

/** What a sensor watch remembers, as plain data (of structured clone). */
export interface SensorState {
  readonly clock: Uint8Array;
  readonly window: CaptureState;
  readonly file: CaptureState;
  readonly hosts: readonly ReadonlySet<number>[];
  readonly fileHosts: readonly ReadonlySet<number>[];
  readonly open: readonly (Trouble | undefined)[];
  readonly closed: readonly Trouble[];
  readonly number: number;
  readonly from: number;
  readonly to: number;
  readonly name: string;
  readonly fileFrom: number;
  readonly fileTo: number;
  readonly last: number;
}

interface CaptureState {
  readonly rows: number;
  readonly faults: Float64Array;
}

/**
 * Watches how well the sensor sees, in windows of ten minutes and file by file, against what was usual in training. A tap
 * that lost one direction makes a thousand connections odd, and is one finding. Batches come in the stream's order; the result
 * does not depend on where it is cut.
 */
export class SensorWatch {
  readonly #usual: CaptureRates;
  readonly #clock = new StreamClock();
  readonly #window = new CaptureCount();
  readonly #file = new CaptureCount();
  /** For each fault, up to three originators that showed it in the window. */
  readonly #hosts = captureFaults.map(() => new Set<number>());
  readonly #fileHosts = captureFaults.map(() => new Set<number>());
  readonly #open: (Trouble | undefined)[] = captureFaults.map(() => undefined);
  readonly #closed: Trouble[] = [];
  #number = NaN;
  #from = Infinity;
  #to = -Infinity;
  #name = "";
  #fileFrom = Infinity;
  #fileTo = -Infinity;
  #last = -Infinity;

  constructor(usual: CaptureRates) {
    this.#usual = usual;
  }

  /**
   * Takes a batch. Clears `flagged[row]` where the row shows a fault that the sensor is in trouble with, since what is odd
   * about it is then the sensor's doing; not for the rows in `spoken`, of which something else is said too.
   */
  add(batch: Batch, flagged: Uint8Array, spoken: ReadonlySet<number>): void {
    const marks = new Uint8Array(batch.rows);
    markFaults(marks, batch);
    if (batch.source.file !== this.#name) this.#turnFile(batch.source.file);
    for (let row = 0; row < batch.rows; row++) {
      this.#clock.advance(batch.ts[row]!, batch.duration[row]!);
      const number = Math.floor(this.#clock.now / WINDOW_SECONDS);
      if (number !== this.#number) this.#turnWindow(number);
      const mark = marks[row]!;
      if ((mark & CARRIES) === 0) continue;
      const ts = batch.ts[row]!;
      this.#from = Math.min(this.#from, ts);
      this.#to = Math.max(this.#to, ts);
      this.#fileFrom = Math.min(this.#fileFrom, ts);
      this.#fileTo = Math.max(this.#fileTo, ts);
      this.#last = Math.max(this.#last, ts);
      this.#window.addRow(mark);
      this.#file.addRow(mark);
      if (mark === CARRIES) continue;
      const trouble = this.#explain(mark, batch, row);
      if (trouble === undefined || flagged[row] !== 1 || spoken.has(row)) continue;
      flagged[row] = 0;
      trouble.folded++;
    }
  }

  /** What it remembers, to be serialized before the next batch comes. */
  save(): SensorState {
    const clock = new ByteWriter();
    this.#clock.write(clock);
    const { rows, faults } = this.#window;
    return {
      clock: clock.finish(),
      window: { rows, faults },
      file: { rows: this.#file.rows, faults: this.#file.faults },
      hosts: this.#hosts,
      fileHosts: this.#fileHosts,
      open: this.#open,
      closed: this.#closed,
      number: this.#number,
      from: this.#from,
      to: this.#to,
      name: this.#name,
      fileFrom: this.#fileFrom,
      fileTo: this.#fileTo,
      last: this.#last,
    };
  }

  /** Takes over what another one remembered; for a watch that has seen nothing. */
  load(state: SensorState): void {
    this.#clock.read(new ByteReader(state.clock, "the clock of the sensor's watch"));
    loadCount(this.#window, state.window);
    loadCount(this.#file, state.file);
    state.hosts.forEach((hosts, fault) => hosts.forEach((host) => this.#hosts[fault]!.add(host)));
    state.fileHosts.forEach((hosts, fault) => hosts.forEach((host) => this.#fileHosts[fault]!.add(host)));
    state.open.forEach((trouble, fault) => (this.#open[fault] = trouble));
    this.#closed.push(...state.closed);
    this.#number = state.number;
    this.#from = state.from;
    this.#to = state.to;
    this.#name = state.name;
    this.#fileFrom = state.fileFrom;
    this.#fileTo = state.fileTo;
    this.#last = state.last;
  }

  /** What was found so far, in order of time. */
  findings(): SensorFinding[] {
    const found = [...this.#closed];
    for (const [fault, open] of this.#open.entries()) {
      if (open !== undefined && open.rows > 0) found.push(open);
      else if (open !== undefined || this.#inTrouble(this.#window, fault, this.#hosts))
        found.push(this.#currentWindow(fault, open));
    }
    found.push(...this.#fileTroubles(found));
    return found
      .toSorted((a, b) => a.from - b.from || a.fault - b.fault)
      .map((trouble) => this.#describe(trouble));
  }

  /** The trouble that a row is part of. */
  #explain(mark: number, { orig_h }: Batch, row: number): Trouble | undefined {
    let explained: Trouble | undefined;
    for (let fault = 0; fault < captureFaults.length; fault++) {
      if (((mark >> fault) & 1) === 0) continue;
      const hosts = this.#hosts[fault]!;
      const fileHosts = this.#fileHosts[fault]!;
      if (hosts.size < LEAST_HOSTS) hosts.add(finishHash(hashAddress(0, orig_h, 4 * row)));
      if (fileHosts.size < LEAST_HOSTS) fileHosts.add(finishHash(hashAddress(0, orig_h, 4 * row)));
      const known = this.#window.rows >= LEAST_ROWS;
      if (known ? this.#inTrouble(this.#window, fault, this.#hosts) : this.#open[fault] !== undefined) {
        explained = this.#open[fault] ??= this.#begin(fault);
      }
    }
    return explained;
  }

  #begin(fault: number): Trouble {
    return { fault, from: this.#from, to: this.#to, rows: 0, shown: 0, folded: 0, lastWindow: this.#number };
  }

  /** A fault that is far above its usual share, beyond chance, and not one host's alone. */
  #inTrouble(count: CaptureCount, fault: number, hosts: readonly Set<number>[]): boolean {
    const { rows } = count;
    if (rows < LEAST_ROWS || hosts[fault]!.size < LEAST_HOSTS) return false;
    const usual = this.#usual[captureFaults[fault]!];
    const share = count.faults[fault]! / rows;
    if (share < Math.max(TIMES * usual, usual + leastAbove[captureFaults[fault]!])) {
      // Where the usual share is high, three times as much is more than all.
      if (share < usual + (1 - usual) * NEARLY_ALL) return false;
    }
    return rows * (share - usual) >= DEVIATIONS * Math.sqrt(rows * usual * (1 - usual) + 1);
  }

  #turnWindow(number: number): void {
    for (let fault = 0; fault < captureFaults.length; fault++) {
      const open = this.#open[fault];
      // A window that was in trouble only for a while is kept where rows were folded into it.
      const hasFolded = open !== undefined && open.rows === 0 && open.folded > 0;
      if (hasFolded || this.#inTrouble(this.#window, fault, this.#hosts)) {
        this.#open[fault] = this.#currentWindow(fault, open);
      } else if (
        open !== undefined &&
        (this.#window.rows >= LEAST_ROWS || number - open.lastWindow > MOST_QUIET)
      ) {
        if (open.rows > 0 && this.#closed.length < MOST_FINDINGS) this.#closed.push(open);
        this.#open[fault] = undefined;
      }
      this.#hosts[fault]!.clear();
    }
    this.#window.clear();
    this.#number = number;
    this.#from = Infinity;
    this.#to = -Infinity;
  }

  /** What is open, with the current window added. */
  #currentWindow(fault: number, open: Trouble | undefined): Trouble {
    const before = open ?? this.#begin(fault);
    return {
      ...before,
      from: Math.min(before.from, this.#from),
      to: Math.max(before.to, this.#to),
      rows: before.rows + this.#window.rows,
      shown: before.shown + this.#window.faults[fault]!,
      lastWindow: this.#number,
    };
  }

  #turnFile(name: string): void {
    const found = [...this.#closed, ...this.#open.filter((open) => open !== undefined)];
    for (const trouble of this.#fileTroubles(found))
      if (this.#closed.length < MOST_FINDINGS) this.#closed.push(trouble);
    this.#file.clear();
    for (const hosts of this.#fileHosts) hosts.clear();
    this.#name = name;
    this.#fileFrom = Infinity;
    this.#fileTo = -Infinity;
  }

  /** Faults of the current file as a whole that no window of it showed. */
  #fileTroubles(found: readonly Trouble[]): Trouble[] {
    return captureFaults.flatMap((_, fault) => {
      if (!this.#inTrouble(this.#file, fault, this.#fileHosts)) return [];
      if (found.some((one) => one.fault === fault && one.to >= this.#fileFrom && one.from <= this.#fileTo))
        return [];
      const [rows, shown] = [this.#file.rows, this.#file.faults[fault]!];
      return [
        {
          fault,
          from: this.#fileFrom,
          to: this.#fileTo,
          rows,
          shown,
          folded: 0,
          lastWindow: this.#number,
          file: this.#name,
        },
      ];
    });
  }

  #describe({ fault, from, to, rows, shown, folded, file }: Trouble): SensorFinding {
    const name = captureFaults[fault]!;
    const share = rows > 0 ? shown / rows : 0;
    const usual = this.#usual[name];
    const lasts = to >= this.#last - WINDOW_SECONDS;
    const when =
      file !== undefined
        ? `in ${file}`
        : lasts
          ? `since ${minute(from)}`
          : `between ${minute(from)} and ${minute(to)}`;
    const sentence = `${says[name]} ${when}: ${formatShare(share)} of TCP connections with data ${shows[name]}; usually ${formatShare(usual)}`;
    return { fault: name, sentence, from, to, rows, share, usual, file, folded };
  }
}

function loadCount(count: CaptureCount, { rows, faults }: CaptureState): void {
  count.rows = rows;
  count.faults.set(faults);
}

const says: Readonly<Record<CaptureFault, string>> = {
  oneSided: "the tap sees one direction only",
  missed: "the sensor loses packets",
  flipped: "the sensor does not see the first packets of connections",
  midstream: "the sensor comes to connections in their middle",
};

const shows: Readonly<Record<CaptureFault, string>> = {
  oneSided: "have no packet from the other end",
  missed: "have gaps",
  flipped: "had their direction turned round by Zeek",
  midstream: "show neither beginning nor end (OTH)",
};

/** Shares above the usual that matter. Zeek's own capture-loss script warns at 10 % loss. */
const leastAbove: Readonly<Record<CaptureFault, number>> = {
  oneSided: 0.2,
  missed: 0.1,
  flipped: 0.1,
  midstream: 0.2,
};
const TIMES = 3;
const NEARLY_ALL = 0.7;
/** Standard deviations of a binomial count. */
const DEVIATIONS = 5;
const WINDOW_SECONDS = 600;
/** Windows without enough connections to say anything, after which a trouble is over. */
const MOST_QUIET = 6;
const LEAST_ROWS = 30;
/** A single host with such connections is that host's matter. */
const LEAST_HOSTS = 3;
const MOST_FINDINGS = 1000;

function minute(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime())
    ? "an unknown time"
    : `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
