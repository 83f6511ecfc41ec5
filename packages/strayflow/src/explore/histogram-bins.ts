/** Where the bins of a histogram lie; `edges` has one entry more than there are bins. */
export type HistogramBins =
  | {
      readonly scale: "linear";
      readonly from: number;
      readonly width: number;
      readonly edges: readonly number[];
    }
  /** Bin k is [10^((first + k) / perDecade), 10^((first + k + 1) / perDecade)). */
  | {
      readonly scale: "log";
      readonly first: number;
      readonly perDecade: number;
      readonly edges: readonly number[];
    };

/** What a column says of itself before it is cut into bins. */
export interface ValueRange {
  readonly min: number;
  readonly max: number;
  readonly median: number;
  /** Smallest value above 0; NaN where there is none. */
  readonly leastPositive: number;
  readonly isWhole: boolean;
  /** False for numbers that are names, such as ports. */
  readonly mayBeLog: boolean;
}

const MOST_BINS = 40;

/** Where the largest value is so many times the middle one, a linear axis would show one bar. */
const LOG_RATIO = 100;

/** How the choice is told in the report. */
export const binsRule = `Logarithmic where nothing is below 0 and the largest value is at least ${LOG_RATIO} times the median; zeros then stand apart. Ports are always linear.`;

/**
 * Bins for a column of numbers: by factors where the values spread over orders of magnitude (`binsRule`), else of equal
 * width, on whole numbers for counts. At most some 40.
 */
export function chooseBins({
  min,
  max,
  median,
  leastPositive,
  isWhole,
  mayBeLog,
}: ValueRange): HistogramBins {
  if (mayBeLog && min >= 0 && leastPositive > 0 && max >= LOG_RATIO * Math.max(median, leastPositive)) {
    return logBins(leastPositive, max);
  }
  const width = min === max ? (isWhole ? 1 : Math.abs(min) || 1) : niceStep((max - min) / MOST_BINS, isWhole);
  const from = min === max ? min : Math.floor(min / width) * width;
  const count = Math.floor((max - from) / width + 1e-9) + 1;
  const edges = Array.from({ length: count + 1 }, (_, k) => tidy(from + k * width));
  return { scale: "linear", from, width, edges };
}

export function binCount(bins: HistogramBins): number {
  return bins.edges.length - 1;
}

function logBins(least: number, max: number): HistogramBins {
  const decades = Math.log10(max) - Math.log10(least);
  const perDecade = [8, 4, 3, 2].find((steps) => decades * steps < MOST_BINS) ?? 1;
  const first = Math.floor(Math.log10(least) * perDecade);
  const last = Math.floor(Math.log10(max) * perDecade);
  const edges = Array.from({ length: last - first + 2 }, (_, k) => tidy(10 ** ((first + k) / perDecade)));
  return { scale: "log", first, perDecade, edges };
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function niceStep(least: number, isWhole: boolean): number {
  if (isWhole && least <= 1) return 1;
  const decade = Math.floor(Math.log10(least));
  const step = [1, 2, 5].find((factor) => Number(`${factor}e${decade}`) >= least);
  return step === undefined ? Number(`1e${decade + 1}`) : Number(`${step}e${decade}`);
}

/** Without the last digits that binary fractions leave. */
function tidy(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(12));
}
