import { ExpectedError } from "../base/errors.ts";
import { strengthLevels, type StrengthLevel } from "./attacks/attack.ts";
import { attackKinds, attacks, type AttackKind } from "./attacks/attacks.ts";
import { DAY, type Micros } from "./connection.ts";
import { fewestHosts, mostHosts } from "./network/network.ts";
import type { Compression } from "./write/log-file.ts";
import type { LogFormat } from "./write/rows.ts";

/** One attack to plant. */
export interface AttackRequest {
  readonly kind: AttackKind;
  readonly strength: StrengthLevel;
}

/** What to simulate, and how to write it. */
export interface SimulationOptions {
  /** Directory to write; must be new or empty. */
  readonly out: string;
  /** Exactly so many rows. Without `days`, the simulation lasts as long as that takes. */
  readonly rows?: number | undefined;
  /** Without `rows`, exactly so long; with `rows`, about so long. Default 3. */
  readonly days?: number | undefined;
  /** Default 40, or what `rows` and `days` together ask for. */
  readonly hosts?: number | undefined;
  /** Default 1. */
  readonly seed?: number | undefined;
  /** When the log begins. Default Monday, 3 March 2025, 00:00 UTC. */
  readonly start?: Date | undefined;
  /** Default `tsv`. */
  readonly format?: LogFormat | undefined;
  /** Default: one of each kind, as strong as makes up at most a tenth of the rows. */
  readonly attacks?: readonly AttackRequest[] | undefined;
  /** Adds the columns `label` and `detailedlabel`. Default false. */
  readonly labels?: boolean | undefined;
  /** A file an hour in Zeek's archive layout, or one `conn.log`. Default `hourly`. */
  readonly files?: "hourly" | "single" | undefined;
  /** Default `gzip`. */
  readonly compression?: Compression | undefined;
  /** Replaces an earlier simulation at `out`. Default false. */
  readonly overwrite?: boolean | undefined;
}

/** Default start: a Monday. */
export const usualStart: Micros = Date.UTC(2025, 2, 3) * 1000;

/** Throws `usage` for numbers that make no sense; names what was given and what is possible. */
export function checkOptions(options: SimulationOptions): void {
  checkWhole("rows", options.rows, 1, 10_000_000_000);
  checkWhole("hosts", options.hosts, fewestHosts, mostHosts);
  checkWhole("seed", options.seed, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER);
  const { days, start } = options;
  if (days !== undefined && !(days >= 0.01 && days <= 3660)) {
    throw new ExpectedError("usage", `days is ${days}; expected a number from 0.01 to 3660`);
  }
  if (start !== undefined && !(start.getTime() >= 0 && start.getTime() <= Date.UTC(2200, 0))) {
    throw new ExpectedError("usage", "start is not a time between 1970 and 2200");
  }
}

function checkWhole(name: string, value: number | undefined, low: number, high: number): void {
  if (value === undefined || (Number.isInteger(value) && value >= low && value <= high)) return;
  throw new ExpectedError("usage", `${name} is ${value}; expected a whole number from ${low} to ${high}`);
}

/**
 * Reads a list such as `port-scan,beacon:weak`, `all`, `all:weak` or `none`; a kind without a strength is `medium`.
 * Throws `usage` for words that it does not know.
 */
export function parseAttackList(text: string): readonly AttackRequest[] {
  if (text.trim() === "none") return [];
  return text.split(",").flatMap((item) => {
    const [name = "", level = "medium"] = item.trim().split(":");
    const strength = strengthLevels.find((known) => known === level);
    if (strength === undefined) {
      throw new ExpectedError(
        "usage",
        `unknown strength ${JSON.stringify(level)}; expected ${strengthLevels.join(", ")}`,
      );
    }
    if (name === "all") return attackKinds.map((kind) => ({ kind, strength }));
    const kind = attackKinds.find((known) => known === name);
    if (kind === undefined) {
      throw new ExpectedError(
        "usage",
        `unknown attack ${JSON.stringify(name)}; expected none, all, ${attackKinds.join(", ")}`,
      );
    }
    return [{ kind, strength }];
  });
}

/** About how many rows these attacks make. */
export function attackRows(requests: readonly AttackRequest[]): number {
  let rows = 0;
  for (const { kind, strength } of requests) rows += levelRows(kind, strength);
  return rows;
}

/** One of each kind, as strong as fits into a tenth of `rows`; none where even the faintest do not. */
export function fittingAttacks(rows: number): readonly AttackRequest[] {
  for (const strength of ["medium", "weak", "faint"] as const) {
    const requests = attackKinds.map((kind) => ({ kind, strength }));
    if (attackRows(requests) <= rows / 10) return requests;
  }
  return [];
}

function levelRows<Kind extends AttackKind>(kind: Kind, strength: StrengthLevel): number {
  const attack = attacks[kind];
  return attack.rows(attack.levels[strength]);
}

/** Days as microseconds. */
export function daysToMicros(days: number): Micros {
  return Math.round(days * DAY);
}
