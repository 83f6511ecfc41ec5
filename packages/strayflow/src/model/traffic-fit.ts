import type { Manifest } from "./manifest.ts";

/** How one feature of the traffic compares with what the model was trained on. */
export interface ColumnFit {
  readonly feature: string;
  /** Share of rows outside the range that held 99.8 % of the training rows. */
  readonly outside: number;
}

/** Whether a model may judge this traffic. */
export interface TrafficFit {
  readonly rows: number;
  /** Columns with far more unusual values than training had, worst first. */
  readonly shifted: readonly ColumnFit[];
  /** Shares of rows whose category the model had never seen, by feature. */
  readonly unknown: readonly ColumnFit[];
  readonly verdict: "fits" | "doubtful" | "foreign";
  readonly sentence: string;
}

/** A column counts as shifted from this share of rows outside, and as foreign from the second. */
const shiftedShare = 0.05;
const foreignShare = 0.5;
/** With fewer rows a share says nothing. */
const leastRows = 200;

/** Watches the features of scored traffic and says whether the model was made for it. */
export class FitMonitor {
  readonly #features: Manifest["features"];
  readonly #outside: Float64Array;
  #rows = 0;

  constructor(features: Manifest["features"]) {
    this.#features = features;
    this.#outside = new Float64Array(features.length);
  }

  /** Takes `rows` rows of the raw feature matrix. */
  add(matrix: Float32Array, rows: number): void {
    const width = this.#features.length;
    for (let column = 0; column < width; column++) {
      const { low, high } = this.#features[column]!;
      // Slack of half the range: a value just beyond the sampled quantiles is ordinary.
      const slack = Math.max(1e-6, (high - low) / 2);
      const least = low - slack;
      const most = high + slack;
      let outside = 0;
      for (let at = column; at < rows * width; at += width) {
        const value = matrix[at]!;
        if (value < least || value > most) outside++;
      }
      this.#outside[column] = this.#outside[column]! + outside;
    }
    this.#rows += rows;
  }

  verdict(): TrafficFit {
    const fits = this.#features.map(({ id }, column) => ({
      feature: id,
      outside: this.#rows > 0 ? this.#outside[column]! / this.#rows : 0,
    }));
    const shifted = fits.filter(({ outside }) => outside >= shiftedShare).sort((a, b) => b.outside - a.outside);
    const unknown = fits.filter(({ feature, outside }) => feature.endsWith("_other") && outside >= shiftedShare);
    const foreign = shifted.filter(({ outside }) => outside >= foreignShare);
    const enough = this.#rows >= leastRows;
    const verdict = !enough || shifted.length === 0 ? "fits" : foreign.length > 0 ? "foreign" : "doubtful";
    return { rows: this.#rows, shifted, unknown, verdict, sentence: sentenceOf(verdict, shifted, enough) };
  }
}

function sentenceOf(verdict: TrafficFit["verdict"], shifted: readonly ColumnFit[], enough: boolean): string {
  if (!enough) return "Too few rows to say whether the model fits this traffic.";
  if (verdict === "fits") return "The traffic looks like what the model was trained on.";
  const named = shifted
    .slice(0, 3)
    .map(({ feature, outside }) => `${feature} (${Math.round(outside * 100)} % of rows)`)
    .join(", ");
  const strength = verdict === "foreign" ? "is not" : "differs from";
  return `This traffic ${strength} what the model was trained on: values outside the training range in ${named}. Train on this network's own logs.`;
}
