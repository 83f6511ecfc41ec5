export { compileQuery } from "./compile.ts";
export { parseQuery } from "./parse.ts";
export { QueryError } from "./query-error.ts";
export type { Network, Query } from "./query.ts";
