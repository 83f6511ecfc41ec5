export { compileQuery, type CompileOptions, type RowSelector } from "./compile.ts";
export { queryFields, type FieldId, type FieldType, type QueryField } from "./fields.ts";
export { parseQuery } from "./parse.ts";
export { QueryError } from "./query-error.ts";
export type { Comparison, Network, Query } from "./query.ts";
