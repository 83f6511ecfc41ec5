import { BIGINT, DOUBLE, UBIGINT, VARCHAR, type DuckDBType, type DuckDBValue } from "@duckdb/node-api";

/**
 * The values of a statement under construction. Text of SQL comes from this folder's own tables of names alone; every
 * value goes through here and leaves a placeholder.
 */
export class Statement {
  readonly values: DuckDBValue[] = [];
  readonly types: DuckDBType[] = [];

  text(value: string): string {
    return this.#bind(value.toWellFormed(), VARCHAR, "VARCHAR");
  }

  /** A whole number. */
  whole(value: number | bigint): string {
    return this.#bind(BigInt(value), BIGINT, "BIGINT");
  }

  /** A whole number from 0 to 2^64 - 1. */
  unsigned(value: bigint): string {
    return this.#bind(value, UBIGINT, "UBIGINT");
  }

  real(value: number): string {
    return this.#bind(value, DOUBLE, "DOUBLE");
  }

  #bind(value: DuckDBValue, type: DuckDBType, name: string): string {
    this.values.push(value);
    this.types.push(type);
    return `$${this.values.length}::${name}`;
  }
}
