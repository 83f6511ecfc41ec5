import type { TrafficFit } from "../model/traffic-fit.ts";

/** Whether the model fits the traffic, as `score --json` says it. Shares are 0 to 1. */
export interface FitReport {
  readonly verdict: TrafficFit["verdict"];
  readonly sentence: string;
  readonly reasons: readonly string[];
  readonly shifted_share: number;
  readonly new_subnets: number | undefined;
  readonly one_sided: TrafficFit["oneSided"];
  readonly new_words: TrafficFit["newWords"];
  /** The worst ten. */
  readonly shifted: readonly {
    readonly feature: string;
    readonly shift: number;
    readonly usual_shift: number;
    readonly outside: number;
  }[];
}

export function fitReport(fit: TrafficFit): FitReport {
  return {
    verdict: fit.verdict,
    sentence: fit.sentence,
    reasons: fit.reasons,
    shifted_share: fit.shiftedShare,
    new_subnets: fit.newSubnets,
    one_sided: fit.oneSided,
    new_words: fit.newWords.slice(0, 10),
    shifted: fit.shifted.slice(0, 10).map(({ feature, shift, usualShift, outside }) => ({
      feature,
      shift,
      usual_shift: usualShift,
      outside,
    })),
  };
}
