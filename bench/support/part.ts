import type { Figure } from "./figure.ts";
import type { Table } from "./table.ts";

/** How a benchmark is to be run. */
export interface Settings {
  /** Rows of the logs and of the matrix. */
  readonly rows: number;
  /** How often each thing is measured, beside warming up. */
  readonly repeats: number;
  /** Most epochs of a training; until it stops by itself where absent. */
  readonly epochs: number | undefined;
  /** Directory of logs and matrices that are made once. */
  readonly cache: string;
  /** Says what is being done. */
  readonly remark: (text: string) => void;
}

interface PartResult {
  readonly figures: readonly Figure[];
  /** Shown instead of a line for each figure. */
  readonly table?: Table;
}

/** One part of `npm run bench`. */
export interface Part {
  readonly title: string;
  measure(settings: Settings): Promise<PartResult>;
}

/** The option of `train` that limits its epochs. */
export function epochWords({ epochs }: Settings): string[] {
  return epochs === undefined ? [] : ["--epochs", String(epochs)];
}
