/** How far a long piece of work has come. `total` is absent where nobody can know it beforehand. */
export interface Progress {
  readonly stage: string;
  readonly rows: number;
  readonly total?: number;
  /** Work done and to do in bytes of input, where rows cannot be known beforehand. */
  readonly bytes?: number;
  readonly totalBytes?: number;
  /** A short remark beside the bar, such as the loss of the epoch. */
  readonly note?: string;
}

export type OnProgress = (progress: Progress) => void;

/** What every stage of the pipeline takes last. */
export interface StageOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnProgress | undefined;
}
