import type { StageOptions } from "../base/stage.ts";
import type { Network } from "./network.ts";
import { networkLosses } from "./network-evaluator.ts";
import type { TrainingOptions, TrainingParts } from "./training-options.ts";

/** Mean loss of one network on each part; absent for a part without rows. */
export interface PartLosses {
  readonly train: number;
  readonly validation?: number;
  readonly test?: number;
}

/** The trained network beside what it has to beat, by the loss that it was trained on. */
export interface LossReport extends PartLosses {
  /** Loss of the network before training, on the part that is judged by. */
  readonly untrained: number;
  /** Loss of principal components with as many components as the code has units, on the part that is judged by. */
  readonly pca: number;
  /** The part that is judged by: the last of train, validation, test that has rows. */
  readonly judgedOn: keyof PartLosses;
  /** Whether the trained network has the lowest loss of the three. */
  readonly better: boolean;
  /** The same as a sentence, with the figures. */
  readonly verdict: string;
  readonly byNetwork: Readonly<Record<"trained" | "untrained" | "pca", PartLosses>>;
}

export async function compareLosses(
  {
    network,
    untrained,
    pca,
  }: { readonly network: Network; readonly untrained: Network; readonly pca: Network },
  parts: TrainingParts,
  { loss, threads }: TrainingOptions,
  stage: StageOptions,
): Promise<LossReport> {
  const names = (["train", "validation", "test"] as const).filter((name) => parts[name]?.rows);
  const matrices = names.map((name) => parts[name]!);
  const measure = async (which: Network): Promise<PartLosses> => {
    const values = await networkLosses(which, matrices, loss, { ...stage, threads });
    return Object.fromEntries(names.map((name, i) => [name, values[i]!])) as unknown as PartLosses;
  };
  const byNetwork = {
    trained: await measure(network),
    untrained: await measure(untrained),
    pca: await measure(pca),
  };
  const judgedOn = names.at(-1)!;
  const of = (which: PartLosses) => which[judgedOn]!;
  const better = of(byNetwork.trained) < Math.min(of(byNetwork.untrained), of(byNetwork.pca));
  return {
    ...byNetwork.trained,
    untrained: of(byNetwork.untrained),
    pca: of(byNetwork.pca),
    judgedOn,
    better,
    verdict: verdict(of(byNetwork.trained), of(byNetwork.untrained), of(byNetwork.pca), judgedOn),
    byNetwork,
  };
}

function verdict(trained: number, untrained: number, pca: number, part: keyof PartLosses): string {
  const figures = `loss ${digits(trained)} on the ${part} part, untrained ${digits(untrained)}, PCA ${digits(pca)}`;
  const winners = [
    ...(trained < untrained ? [] : ["an untrained network"]),
    ...(trained < pca ? [] : ["PCA"]),
  ];
  return winners.length === 0
    ? `The trained network reconstructs better than an untrained one and than PCA: ${figures}.`
    : `The trained network is not better than ${winners.join(" and ")}: ${figures}. Training did not pay on this data.`;
}

function digits(value: number): string {
  return value.toPrecision(3);
}
