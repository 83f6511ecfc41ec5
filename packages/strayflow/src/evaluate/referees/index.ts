import { ecodReferee } from "./ecod.ts";
import { isolationForestReferee } from "./isolation-forest.ts";
import { knnReferee } from "./knn.ts";
import { pcaReferee } from "./pca.ts";
import type { Referee } from "./referee.ts";

/** The referees that see the feature matrix, as `evaluate` runs them; the counting one sees the log. */
export function matrixReferees(): readonly Referee[] {
  return [pcaReferee(), knnReferee(), ecodReferee(), isolationForestReferee()];
}
