import type { Worker } from "node:worker_threads";
import { startWorker } from "../base/start-worker.ts";
import type { RowScores } from "../detect/judge.ts";
import type { Manifest } from "../model/manifest.ts";
import type { SharedMatrix } from "./matrix-voters.ts";

/** What the thread is started with. */
export interface VotersThreadData {
  readonly network: Uint8Array;
  readonly features: Manifest["features"] | undefined;
}

export interface ToVoters {
  readonly values: SharedMatrix;
  readonly rows: number;
}

/** Word that the network is open, or what is to be said of the matrix that was sent first. */
export type FromVoters = { readonly kind: "open" } | ({ readonly kind: "heard" } & RowScores);

interface Waiting {
  readonly resolve: (heard: RowScores) => void;
  readonly reject: (error: unknown) => void;
}

/** `MatrixVoters` on a thread of their own: they say the same, bit for bit. Whoever opens it closes it. */
export class VotersThread {
  readonly #worker: Worker;
  readonly #waiting: Waiting[] = [];
  #failure: { readonly error: unknown } | undefined;
  #isOpen = false;

  constructor(workerData: VotersThreadData) {
    this.#worker = startWorker(import.meta.url, "./voters-worker", { name: "strayflow voters", workerData });
    this.#worker.on("message", (message: FromVoters) => {
      if (message.kind === "open") this.#isOpen = true;
      else this.#waiting.shift()!.resolve(message);
    });
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", (code) => this.#fail(new Error(`the voters' thread ended with code ${code}`)));
  }

  /** False while the thread is starting: what it is given then has to wait for that. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** What they say of the first `rows` rows, which may not change before the answer. Answers come in the order of calls. */
  hear(values: SharedMatrix, rows: number): Promise<RowScores> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure.error);
    const { promise, resolve, reject } = Promise.withResolvers<RowScores>();
    this.#waiting.push({ resolve, reject });
    const message: ToVoters = { values, rows };
    this.#worker.postMessage(message);
    return promise;
  }

  /** Ends the thread, whatever it is at. */
  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
