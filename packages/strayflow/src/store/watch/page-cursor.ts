import { ExpectedError } from "../../base/errors.ts";
import type { Statement } from "../statement.ts";

/** Columns that order a list, ascending, numbers first; the last one is a text that differs for all. */
export interface ListOrder {
  readonly numbers: readonly string[];
  readonly text: string;
}

/** The place after an entry: its values of the columns that order. */
export function writeCursor(numbers: readonly number[], text: string): string {
  return Buffer.from(JSON.stringify([...numbers, text])).toString("base64url");
}

/** SQL that holds for the entries after a place. Throws `ExpectedError` where the text is none. */
export function afterSql({ numbers, text }: ListOrder, cursor: string, statement: Statement): string {
  const values = readCursor(cursor);
  const last = values?.pop();
  if (
    values === undefined ||
    typeof last !== "string" ||
    values.length !== numbers.length ||
    !values.every((value) => typeof value === "number")
  )
    throw new ExpectedError("usage", `not a place in this list: ${JSON.stringify(cursor)}`);
  const columns = [...numbers, text];
  const bounds = [...values.map((value) => statement.real(value)), statement.text(last)];
  const later = columns.map((column, i) =>
    [...columns.slice(0, i).map((same, j) => `${same} = ${bounds[j]}`), `${column} > ${bounds[i]}`].join(
      " AND ",
    ),
  );
  return `(${later.map((one) => `(${one})`).join(" OR ")})`;
}

function readCursor(cursor: string): unknown[] | undefined {
  try {
    const values: unknown = JSON.parse(Buffer.from(cursor, "base64url").toString());
    return Array.isArray(values) ? (values as unknown[]) : undefined;
  } catch {
    return undefined;
  }
}

export function orderSql({ numbers, text }: ListOrder): string {
  return `ORDER BY ${[...numbers, text].join(", ")}`;
}
