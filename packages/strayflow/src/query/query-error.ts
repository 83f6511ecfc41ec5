import { ExpectedError } from "../base/errors.ts";

/** A query that cannot be understood, and the character at which that shows. */
export class QueryError extends ExpectedError {
  /** What is wrong, in one line. */
  readonly problem: string;
  readonly query: string;
  /** Counts from 0, in UTF-16 units. */
  readonly position: number;

  constructor(problem: string, query: string, position: number) {
    super("usage", `${problem}\n${pointAt(query, position)}`);
    this.name = "QueryError";
    this.problem = problem;
    this.query = query;
    this.position = position;
  }
}

/** The query on one line with a caret under the character. */
function pointAt(query: string, position: number): string {
  const from = Math.max(0, position - 60);
  const shown = query.slice(from, position + 30).replace(/[^\x20-\x7e]/g, "?");
  const cut = from > 0 ? "..." : "";
  return `  ${cut}${shown}\n  ${" ".repeat(cut.length + position - from)}^`;
}
