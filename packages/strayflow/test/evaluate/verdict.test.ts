import { expect, test } from "vitest";
import type { Figures } from "../../src/evaluate/figures.ts";
import { verdictLines } from "../../src/evaluate/verdict.ts";

function figures(found: number | null, flagged: number | null): Figures {
  const nothing = { "0.01": null };
  return {
    roc_auc: null,
    pr_auc: null,
    tpr: { "0.01": found },
    realised: { "0.01": flagged },
    by_label: {},
    incidents: null,
    spread: { seeds: 1, roc_auc: null, pr_auc: null, tpr: nothing, realised: nothing },
  };
}

const verdict = (product: Figures, detectors: Readonly<Record<string, Figures>>) =>
  verdictLines({ product, detectors }, [0.01]);

test("a detector that finds more without more false alarms is said to beat the product", () => {
  expect(verdict(figures(0.8, 0.01), { ecod: figures(0.9, 0.01), pca: figures(0.95, 0.05) })).toEqual([
    "At 1 % strayflow keeps its rate: it flags 1 % of the normal connections.",
    "At 1 % strayflow (found 80 %, flagged 1 %) is beaten: ECOD (found 90 %, flagged 1 %) beats it.",
  ]);
});

test("one that finds as much with far fewer false alarms does too, where the product gives too many", () => {
  const [promise, rivals] = verdict(figures(0.99, 0.3), { counting: figures(0.99, 0.01) });
  expect(promise).toBe("At 1 % strayflow does not keep its rate: it flags 30 % of the normal connections.");
  expect(rivals).toContain("connections in 60 s (found 99 %, flagged 1 %) beats it");
  expect(verdict(figures(0.99, 0.01), { counting: figures(0.99, 0.001) })[1]).toContain(
    "nothing beats strayflow",
  );
});

test("training pays only where it beats both the untrained network and PCA", () => {
  const line = (trained: number, untrained: number, pca: number) =>
    verdict(figures(1, 0.01), {
      autoencoder: figures(trained, 0.01),
      untrained: figures(untrained, 0.01),
      pca: figures(pca, 0.01),
    }).at(-1);
  expect(line(0.9, 0.8, 0.7)).toMatch(/^Training pays here/);
  expect(line(0.8, 0.8, 0.7)).toMatch(
    /^Training does not pay here: at 1 % the trained network finds 80 %, untrained 80 %, PCA 70 %/,
  );
});

test("what cannot be estimated gives no sentence", () => {
  expect(verdict(figures(null, null), { ecod: figures(1, 0) })).toEqual([]);
});
