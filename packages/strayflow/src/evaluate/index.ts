export { assembleScenario, type AssembledScenario, type ScenarioRows } from "./assemble.ts";
export {
  figuresOf,
  type ByRate,
  type DetectorScores,
  type Figures,
  type Spread,
  type TestRows,
} from "./figures.ts";
export { countIncidents, type IncidentFigures, type IncidentRows } from "./incidents.ts";
export {
  cutAt,
  prAuc,
  rateSupport,
  rocAuc,
  shareAbove,
  type RateSupport,
  type ScoredTest,
} from "./metrics.ts";
export { matrixReferees } from "./referees/index.ts";
export type { FittedReferee, Referee } from "./referees/referee.ts";
export { reportTables, scenarioLines, type ReportTable } from "./report.ts";
export type { MarkedBatch, RowStream } from "./row-stream.ts";
export { openScenarioExtractor, runReferees } from "./run-referees.ts";
export { parseScenario, readScenario, type Scenario, type Selection } from "./scenario.ts";
export { testRowsOf } from "./test-rows.ts";
export { openTruthMarks, parseTruth, readTruth, type Truth, type TruthMarks } from "./truth.ts";
