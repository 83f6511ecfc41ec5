export { assembleScenario, type AssembledScenario, type ScenarioRows } from "./assemble.ts";
export { figuresOf, figuresOfProduct, type Figures, type Spread } from "./figures.ts";
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
export {
  type ByRate,
  type DetectorScores,
  type IncidentsAtRate,
  type ProductScores,
  type TestRows,
} from "./seed-figures.ts";
export { runLogs, type LogReport, type LogRunOptions } from "./run-logs.ts";
export { runScenario, type RunOptions, type ScenarioReport } from "./run.ts";
export { testRowsOf } from "./test-rows.ts";
export { openTruthMarks, parseTruth, readTruth, type Truth, type TruthMarks } from "./truth.ts";
export { verdictLines } from "./verdict.ts";
export { detectorNames } from "./detector-names.ts";
export {
  selfTest,
  type AttackResult,
  type SelfTestOptions,
  type SelfTestReport,
  type StrengthResult,
} from "./selftest.ts";
