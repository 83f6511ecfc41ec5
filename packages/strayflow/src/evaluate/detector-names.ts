/** How the report calls detectors. */
export const detectorNames: Readonly<Record<string, string>> = {
  product: "strayflow",
  autoencoder: "autoencoder",
  untrained: "untrained network",
  pca: "PCA",
  knn5: "5 neighbours",
  ecod: "ECOD",
  isolation_forest: "isolation forest",
  counting: "connections in 60 s",
};

/** The asked rate exactly, where a measured share is rounded. */
export function percent(rate: number): string {
  return `${Number((rate * 100).toPrecision(12))} %`;
}
