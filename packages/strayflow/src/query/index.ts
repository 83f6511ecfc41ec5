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
  type FilterFieldId,
  type FilterSubject,
} from "./filter-fields.ts";
export type { ParsedFilter } from "./filter.ts";
export { parseFilter } from "./parse-filter.ts";
