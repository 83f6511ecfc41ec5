import type { Step } from "../../store/index.ts";
import type { EngineLog } from "./engine-log.ts";
import type { Pace } from "./pace.ts";
import type { StageTimes } from "./stage-times.ts";
import { encodeState, type StateFolder } from "./state-file.ts";
import type { StreamJudge } from "./stream-judge.ts";

export interface SaverParts {
  readonly sensor: string;
  readonly folder: StateFolder;
  readonly pace: Pace;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: EngineLog;
  readonly times: StageTimes;
}

/** Saves the state of a sensor now and then, to files that the steps after them name, so that the journal stays short. */
export class StateSaver {
  readonly #parts: SaverParts;
  #savedAt: number;
  /** Of journal since the state that was saved last. */
  #bytes = 0;
  #isWriting = false;
  #snapshot: NonNullable<Step["snapshot"]> | undefined;
  /** There is no state that the journal could go on from. */
  #isNeeded = true;
  /** Bytes of the last saved state. */
  length = 0;

  constructor(parts: SaverParts) {
    this.#parts = parts;
    this.#savedAt = parts.now();
  }

  addJournal(bytes: number): void {
    this.#bytes += bytes;
  }

  get isDue(): boolean {
    const { pace, now } = this.#parts;
    if (this.#isWriting) return false;
    if (this.#isNeeded) return true;
    if (this.#bytes === 0) return false;
    return this.#bytes >= pace.snapshotBytes || now() - this.#savedAt >= pace.snapshotMillis;
  }

  /** A file is there that no step has named yet. */
  get hasSnapshot(): boolean {
    return this.#snapshot !== undefined;
  }

  /** For the step that is about to be stored. */
  take(): Step["snapshot"] {
    const snapshot = this.#snapshot;
    this.#snapshot = undefined;
    return snapshot;
  }

  /** Takes the state down as it is now, after journal entry number `journal`; it is written while the stream goes on. */
  async save(judge: StreamJudge, journal: number): Promise<void> {
    const { sensor, folder, log, now, times } = this.#parts;
    this.#isWriting = true;
    this.#isNeeded = false;
    this.#savedAt = now();
    this.#bytes = 0;
    try {
      const state = times.time("snapshot", () => judge.save());
      const bytes = encodeState(await state);
      const file = await folder.write(sensor, journal, bytes);
      this.length = bytes.length;
      this.#snapshot = { file, journal };
    } catch (error) {
      // The journal goes on from the one before.
      this.#isNeeded = true;
      log.error({ sensor, error: String(error) }, "the state could not be saved; it is tried again");
    } finally {
      this.#isWriting = false;
    }
  }

  /** Until nothing is being written. */
  async settled(): Promise<void> {
    while (this.#isWriting) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
