export { directions, type Conditions, type Direction, type Filter, type NumberRange } from "./filter.ts";
export { openStore, openWatchStore } from "./open-store.ts";
export type {
  Aggregate,
  AggregateQuery,
  CorrelationQuery,
  Correlations,
  FirstContact,
  FirstContactQuery,
  Gap,
  GapQuery,
  Key,
  KeyValues,
  Measure,
  Profile,
  ProfileQuery,
  RowPage,
  RowQuery,
  StoredConnection,
} from "./query.ts";
export { filterSchema } from "./schemas.ts";
export type { QueryOptions, RowScores, Store, StoreOptions, StoreSource } from "./store.ts";
export {
  addressColumns,
  booleanColumns,
  madeColumns,
  numberColumns,
  textColumns,
  type AddressColumn,
  type BooleanColumn,
  type NumberColumn,
  type StoreColumn,
  type TextColumn,
} from "./store-columns.ts";
export { alertIdOf } from "./watch/alert-rows.ts";
export { readExported, type StoredRows } from "./watch/stored-batches.ts";
export { vacuumStore } from "./watch/vacuum-store.ts";
export { incidentStatuses, verdicts } from "./watch/watch-filter.ts";
export type {
  AlertFilter,
  AlertQuery,
  IncidentFilter,
  IncidentQuery,
  IncidentStatus,
  Verdict,
} from "./watch/watch-filter.ts";
export { alertFilterSchema, incidentFilterSchema } from "./watch/watch-schemas.ts";
export { exportTables } from "./watch/watch-store.ts";
export type {
  ChangedIncident,
  DriftEntry,
  ExportTable,
  HistoryEntry,
  IncidentAction,
  IncidentChange,
  NewAlert,
  OutboxCount,
  OutgoingMessage,
  Pruned,
  PruneOptions,
  Retention,
  SavedSensor,
  SensorInfo,
  Step,
  StepResult,
  StoredAlert,
  StoredIncident,
  StoreInfo,
  SuppressionEffect,
  WatchStore,
  WatchStoreOptions,
} from "./watch/watch-store.ts";
export type { WhatIf, WhatIfIncident, WhatIfQuery } from "./watch/what-if-query.ts";
