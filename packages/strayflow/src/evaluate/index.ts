export { detectorNames } from "./detector-names.ts";
export { reportTables, scenarioLines } from "./report.ts";
export { runLogs } from "./run-logs.ts";
export { runScenario, type ScenarioReport } from "./run.ts";
export { readScenario } from "./scenario.ts";
export { selfTest, type AttackResult, type SelfTestReport } from "./selftest.ts";
export { verdictLines } from "./verdict.ts";
