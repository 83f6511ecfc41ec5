/** What a row passes through, in order. */
export const stages = ["read", "features", "judge", "group", "journal", "commit", "snapshot"] as const;
export type EngineStage = (typeof stages)[number];

/** Seconds that passed in each stage. */
export class StageTimes {
  readonly seconds: Record<EngineStage, number> = {
    read: 0,
    features: 0,
    judge: 0,
    group: 0,
    journal: 0,
    commit: 0,
    snapshot: 0,
  };

  /** Runs `work` and counts its time; a promise's until it is settled. */
  time<T>(stage: EngineStage, work: () => T): T {
    const began = performance.now();
    const done = () => void (this.seconds[stage] += (performance.now() - began) / 1000);
    const result = work();
    if (result instanceof Promise) return result.finally(done) as T;
    done();
    return result;
  }
}
