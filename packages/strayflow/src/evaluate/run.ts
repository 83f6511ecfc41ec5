import type { StageOptions } from "../base/stage.ts";
import type { SensorFinding } from "../detect/sensor.ts";
import type { FitReport } from "../pipeline/fit-report.ts";
import { assembleScenario, type AssembledScenario, type ScenarioRows } from "./assemble.ts";
import type { Figures } from "./figures.ts";
import { runProduct } from "./run-product.ts";
import { openScenarioExtractor, runReferees } from "./run-referees.ts";
import type { Scenario } from "./scenario.ts";
import { testRowsOf } from "./test-rows.ts";

/** What `evaluate --json` prints of one scenario. */
export interface ScenarioReport {
  readonly scenario: string;
  readonly rows: ScenarioRows;
  readonly product: Figures;
  /** `autoencoder`, `untrained`, `pca`, `knn5`, `ecod`, `isolation_forest`, `counting`. */
  readonly detectors: Readonly<Record<string, Figures>>;
  /** Whether the product's model knows the traffic of the test; of several seeds, the first one's. */
  readonly fit: FitReport | undefined;
  /** Times and files in which the sensor did not see what it usually sees. */
  readonly sensor: readonly SensorFinding[];
}

export interface RunOptions {
  /** Most epochs of each network; as many as `train` takes unless told. */
  readonly epochs?: number | undefined;
  /** Told what is run on what, before it is run. */
  readonly onAssembled?: ((assembled: AssembledScenario) => void) | undefined;
}

/**
 * Runs a scenario: the product and its networks, learned anew for every seed, and the referees, all on the same rows in
 * the same order. Throws as `assembleScenario` does, and `too-few-rows` where nothing can be learned.
 */
export async function runScenario(
  scenario: Scenario,
  stage: StageOptions = {},
  { epochs, onAssembled }: RunOptions = {},
): Promise<ScenarioReport> {
  const assembled = await assembleScenario(scenario, stage);
  onAssembled?.(assembled);
  const test = testRowsOf(assembled);
  const { product, autoencoder, untrained, fit, sensor } = await runProduct(assembled, test, stage, epochs);
  const referees = await runReferees(assembled, openScenarioExtractor(assembled), test, stage);
  return {
    scenario: scenario.name,
    rows: assembled.rows,
    product,
    detectors: { autoencoder, untrained, ...referees },
    fit,
    sensor,
  };
}
