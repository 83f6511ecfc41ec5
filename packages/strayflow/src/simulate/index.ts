export {
  strengthLevels,
  type Attack,
  type ParameterDescription,
  type StrengthLevel,
} from "./attacks/attack.ts";
export { attackKinds, attacks, type AttackKind, type AttackParameters } from "./attacks/attacks.ts";
export { plantAttack, strengthParameters, type PlantOptions, type Strength } from "./attacks/plant-attack.ts";
export { endMicros, type Micros, type Origin, type SimulatedConnection } from "./connection.ts";
export type { PlantedAttack } from "./ledger.ts";
export { parseAttackList, type AttackRequest, type SimulationOptions } from "./options.ts";
export { simulate, type SimulationSummary } from "./simulate.ts";
export type { Compression } from "./write/log-file.ts";
export { jsonRow, tsvFooter, tsvHeader, tsvRow, type LogFormat } from "./write/rows.ts";
