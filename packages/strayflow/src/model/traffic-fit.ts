import { formatCount, formatShare } from "../base/units.ts";
import { finishHash, hashAddress } from "../features/behavior/fingerprint.ts";
import type { Batch } from "../zeek/batch.ts";
import { CaptureCount, markFaults } from "./capture-faults.ts";
import { FitGroups, type FitGroupsState } from "./fit-groups.ts";
import type { Manifest } from "./manifest.ts";
import { isInside, subnetHash, wordColumns, type TrafficNorms, type WordColumn } from "./traffic-norms.ts";

/** How one feature of the traffic compares with what the model was trained on. */
export interface ColumnFit {
  readonly feature: string;
  /** Share of rows outside the range that held 99.8 % of the training rows. */
  readonly outside: number;
  /** How far its distribution is from that of the training rows, 0 to 1, and how far later rows of the same network were. */
  readonly shift: number;
  readonly usualShift: number;
}

/** A word that training never saw, such as the name of a service, and the share of rows that have it. */
export interface NewWord {
  readonly column: WordColumn;
  readonly word: string;
  readonly share: number;
}

/** Whether a model may judge this traffic. */
export interface TrafficFit {
  readonly rows: number;
  readonly verdict: "fits" | "doubtful" | "foreign";
  /** The verdict in one sentence, with the weightiest reason. */
  readonly sentence: string;
  /** Everything that speaks against a fit, weightiest first. */
  readonly reasons: readonly string[];
  /** Columns whose values are others than in training, worst first. */
  readonly shifted: readonly ColumnFit[];
  /** Share of the varying columns that are shifted. */
  readonly shiftedShare: number;
  /** Those among them that hold categories which the model had never seen. */
  readonly unknown: readonly ColumnFit[];
  readonly newWords: readonly NewWord[];
  /** Share of the hosts of this network that are in a subnet that training never saw; absent where that means nothing. */
  readonly newSubnets: number | undefined;
  /** Share of TCP connections with data that show one direction only, here and in training. */
  readonly oneSided: { readonly here: number; readonly usual: number } | undefined;
}

/** A share from which the fit is in doubt, and one from which the traffic is another network's. */
interface Bounds {
  readonly doubtful: number;
  readonly foreign: number;
}

/**
 * Absolute, since they have to hold for any network; the quantities themselves are relative to what is usual for the model's
 * own. Measured on office, cloud and desktop logs: a later part of the same traffic had at most 2 % of its columns
 * shifted and no new subnets; another network 1 to 27 %, and nearly all of its hosts in new subnets.
 */
const bounds = {
  shiftedColumns: { doubtful: 0.05, foreign: 0.2 },
  newSubnets: { doubtful: 0.2, foreign: 0.8 },
  newWords: { doubtful: 0.1, foreign: 0.6 },
  oneSided: { doubtful: 0.3, foreign: Infinity },
} as const satisfies Record<string, Bounds>;

/** A column is shifted from this distance beyond twice the usual, or with this share of rows outside its range. */
const shiftBeyond = 0.3;
const outsideShare = 0.2;
/** A new word of fewer rows is not worth naming. */
const leastWordShare = 0.005;
/** With fewer rows a share says nothing. */
const leastRows = 200;
const mostHosts = 65_536;

type Evidence = { readonly weight: number; readonly bound: Bounds; readonly text: string };

/** What a monitor has seen; plain data of structured clone. */
export interface FitMonitorState {
  readonly rows: number;
  readonly groups: FitGroupsState;
  readonly hosts: ReadonlySet<number>;
  readonly newHosts: ReadonlySet<number>;
  readonly capture: { readonly rows: number; readonly faults: Float64Array };
}

/** Watches scored traffic and says whether the model was made for it. */
export class FitMonitor {
  readonly #features: Manifest["features"];
  readonly #norms: TrafficNorms;
  readonly #groups: FitGroups;
  readonly #known: ReadonlySet<number>;
  /** Hosts of this network, by hash, and those of them in subnets that training never saw. */
  readonly #hosts = new Set<number>();
  readonly #newHosts = new Set<number>();
  readonly #capture = new CaptureCount();
  #rows = 0;

  constructor({ features, norms }: Pick<Manifest, "features" | "norms">) {
    this.#features = features;
    this.#norms = norms;
    this.#groups = new FitGroups(features);
    this.#known = new Set(norms.subnets?.hashes);
  }

  /** Takes a batch and its raw feature matrix. */
  add(batch: Batch, matrix: Float32Array): void {
    this.#groups.add(batch, matrix);
    this.#compareSubnets(batch);
    const marks = new Uint8Array(batch.rows);
    markFaults(marks, batch);
    this.#capture.add(marks);
    this.#rows += batch.rows;
  }

  /** Every column, in the order of the matrix. */
  columns(): ColumnFit[] {
    const shifts = this.#groups.shifts();
    return this.#features.map(({ id, usualShift }, column) => ({
      feature: id,
      usualShift,
      ...shifts[column]!,
    }));
  }

  /** Share of words that training never saw among the words of the rows, at most 1, whichever host brings them. */
  unknownWords(column: WordColumn): number {
    const known = new Set(this.#norms.words[column]);
    let share = 0;
    for (const [word, one] of this.#groups.wordShares(column)) if (!known.has(word)) share += one;
    return Math.min(1, share);
  }

  /** Shares memory with the monitor: to be serialized before the next batch comes. */
  save(): FitMonitorState {
    const { rows, faults } = this.#capture;
    const capture = { rows, faults };
    return {
      rows: this.#rows,
      groups: this.#groups.save(),
      hosts: this.#hosts,
      newHosts: this.#newHosts,
      capture,
    };
  }

  /** Takes over what a monitor of the same model has saved; before the first batch. */
  load({ rows, groups, hosts, newHosts, capture }: FitMonitorState): void {
    this.#rows = rows;
    this.#groups.load(groups);
    for (const host of hosts) this.#hosts.add(host);
    for (const host of newHosts) this.#newHosts.add(host);
    this.#capture.rows = capture.rows;
    this.#capture.faults.set(capture.faults);
  }

  verdict(): TrafficFit {
    const columns = this.columns();
    const shifted = columns.filter(isShifted).sort((a, b) => excess(b) - excess(a));
    const varying = this.#features.filter(({ constant }) => !constant).length;
    const shiftedShare = shifted.length / Math.max(1, varying);
    const newWords = this.#newWords();
    const newSubnets =
      this.#norms.subnets !== undefined && this.#hosts.size > 0
        ? this.#newHosts.size / this.#hosts.size
        : undefined;
    const oneSided =
      this.#capture.rows >= leastRows && this.#norms.capture.rows >= leastRows
        ? { here: this.#capture.rates().oneSided, usual: this.#norms.capture.oneSided }
        : undefined;
    const evidence = this.#evidence({ shifted, shiftedShare, newWords, newSubnets, oneSided });
    const enough = this.#rows >= leastRows;
    const verdict =
      !enough || evidence.length === 0 ? "fits" : evidence.some(isForeign) ? "foreign" : "doubtful";
    return {
      rows: this.#rows,
      verdict,
      sentence: sentenceOf(verdict, evidence, enough),
      reasons: evidence.map(({ text }) => text),
      shifted,
      shiftedShare,
      unknown: shifted.filter(({ feature, outside }) => feature.endsWith("_other") && outside > 0),
      newWords,
      newSubnets,
      oneSided,
    };
  }

  /** Only of hosts in real conversations: addresses that a sweep tries, or a flood makes up, are nobody's. */
  #compareSubnets({ rows, orig_h, resp_h, resp_bytes, local_orig, local_resp }: Batch): void {
    const { subnets } = this.#norms;
    if (subnets === undefined) return;
    for (let row = 0; row < rows; row++) {
      if (!(resp_bytes[row]! > 0)) continue;
      const at = 4 * row;
      const ofOriginator = subnets.of === "originators" || isInside(local_orig[row]!, orig_h, at);
      if (!ofOriginator && !isInside(local_resp[row]!, resp_h, at)) continue;
      const words = ofOriginator ? orig_h : resp_h;
      const host = finishHash(hashAddress(0, words, at));
      if (this.#hosts.has(host) || this.#hosts.size >= mostHosts) continue;
      this.#hosts.add(host);
      if (!this.#known.has(subnetHash(words, at))) this.#newHosts.add(host);
    }
  }

  #newWords(): NewWord[] {
    return wordColumns
      .flatMap((column) => {
        const known = new Set(this.#norms.words[column]);
        return [...this.#groups.wordShares(column)]
          .filter(([word]) => !known.has(word))
          .map(([word, share]) => ({ column, word, share }));
      })
      .filter(({ share }) => share >= leastWordShare)
      .sort((a, b) => b.share - a.share);
  }

  #evidence({
    shifted,
    shiftedShare,
    newWords,
    newSubnets,
    oneSided,
  }: Pick<TrafficFit, "shifted" | "shiftedShare" | "newWords" | "newSubnets" | "oneSided">): Evidence[] {
    const named = shifted.slice(0, 3).map(({ feature }) => feature);
    const words = newWords
      .slice(0, 3)
      .map(({ column, word, share }) => `${column} ${word} (${formatShare(share)})`);
    const unusual = Math.max(0, (newSubnets ?? 0) - (this.#norms.subnets?.unseen ?? 0));
    const whose = this.#norms.subnets?.of === "originators" ? "originators" : "hosts of this network";
    const { here = 0, usual = 0 } = oneSided ?? {};
    return [
      {
        weight: shiftedShare,
        bound: bounds.shiftedColumns,
        text: `${formatCount(shifted.length)} features have other values than in training, most of all ${named.join(", ")}`,
      },
      {
        weight: unusual,
        bound: bounds.newSubnets,
        text: `${formatShare(newSubnets ?? 0)} of the ${whose} are in subnets that training never saw`,
      },
      {
        weight: newWords.reduce((sum, { share }) => sum + share, 0),
        bound: bounds.newWords,
        text: `training never saw ${words.join(", ")}: another version of Zeek, or another network`,
      },
      {
        weight: Math.abs(here - usual),
        bound: bounds.oneSided,
        text: `${formatShare(here)} of TCP connections with data show one direction only, ${formatShare(usual)} in training`,
      },
    ]
      .filter(({ weight, bound }) => weight >= bound.doubtful)
      .sort((a, b) => b.weight / b.bound.doubtful - a.weight / a.bound.doubtful);
  }
}

/** Whether the values of a column are others than in training. */
export function isShifted({ shift, usualShift, outside }: ColumnFit): boolean {
  return shift >= 2 * usualShift + shiftBeyond || outside >= outsideShare;
}

function excess({ shift, usualShift, outside }: ColumnFit): number {
  return Math.max(shift - 2 * usualShift, outside);
}

function isForeign({ weight, bound }: Evidence): boolean {
  return weight >= bound.foreign;
}

function sentenceOf(verdict: TrafficFit["verdict"], evidence: readonly Evidence[], enough: boolean): string {
  if (!enough) return "Too few rows to say whether the model fits this traffic.";
  const [weightiest] = evidence;
  if (weightiest === undefined) return "The traffic looks like what the model was trained on.";
  const strength = verdict === "foreign" ? "is not" : "differs from";
  return `This traffic ${strength} what the model was trained on: ${weightiest.text}. Train on this network's own logs.`;
}
