import type { Figure } from "./figure.ts";

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

/** One part of `npm run bench`. */
export interface Part {
  readonly title: string;
  measure(settings: Settings): Promise<readonly Figure[]>;
}

/** The option of `train` that limits its epochs. */
export function epochWords({ epochs }: Settings): string[] {
  return epochs === undefined ? [] : ["--epochs", String(epochs)];
}
