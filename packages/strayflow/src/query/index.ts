export { compileQuery } from "./compile.ts";
export { parseQuery } from "./parse.ts";
export { QueryError } from "./query-error.ts";
export type { Network, Query } from "./query.ts";
export {
  filterField,
  filterFields,
  filterFieldsOf,
  querySeverities,
  queryStatuses,
  type FilterField,
  type FilterFieldId,
  type FilterSubject,
  type QuerySeverity,
  type QueryStatus,
} from "./filter-fields.ts";
export type { FilterConditions, FilterRange, ParsedFilter } from "./filter.ts";
export { parseFilter, type FilterOptions } from "./parse-filter.ts";
