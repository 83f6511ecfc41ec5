import { createHash } from "node:crypto";
import {
  LIST,
  UINTEGER,
  VARCHAR,
  listValue,
  type DuckDBAppender,
  type DuckDBConnection,
} from "@duckdb/node-api";
import type { Alert } from "../../detect/alert.ts";
import { addressNumber } from "../../zeek/address-range.ts";
import { Statement } from "../statement.ts";
import { packDocument } from "./documents.ts";
import { run, textList } from "./run.ts";
import type { NewAlert } from "./watch-store.ts";

/** Alerts of one incident that are kept. */
const MOST_KEPT = 200;
/** Incidents whose kept alerts are counted in memory. */
const MOST_COUNTED = 20_000;

/** Id of a sensor's alert by its number among them, from 0. */
export function alertIdOf(sensor: string, ordinal: number): string {
  return createHash("sha256")
    .update(JSON.stringify(["alert", sensor, ordinal]))
    .digest("hex")
    .slice(0, 16);
}

/** An alert with its number; `incident` is the one that it belongs to in the end. */
export interface NumberedAlert extends NewAlert {
  readonly ordinal: number;
}

interface Kept {
  count: number;
  /** The weakest of them, where there are as many as may be. */
  weakest: Strength | undefined;
}

interface Strength {
  readonly pValue: number;
  readonly score: number;
}

/** Appends alerts and keeps the strongest of each incident, however many come. */
export class AlertKeeper {
  readonly #connection: DuckDBConnection;
  #kept = new Map<string, Kept>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** After a transaction that failed, what was counted is not so. */
  forget(): void {
    this.#kept.clear();
  }

  async add(alerts: readonly NumberedAlert[], sensor: string): Promise<void> {
    const byIncident = Map.groupBy(alerts, ({ incident }) => incident);
    await this.#count([...byIncident.keys()]);
    const appender = await this.#connection.createAppender("alerts");
    const full: string[] = [];
    for (const [incident, added] of byIncident) {
      const kept = this.#kept.get(incident)!;
      const strongest = added
        .toSorted((a, b) => compareStrength(a.alert, b.alert) || a.ordinal - b.ordinal)
        .slice(0, MOST_KEPT)
        // Of equally strong ones the first stay.
        .filter(({ alert }) => kept.weakest === undefined || compareStrength(alert, kept.weakest) < 0);
      for (const one of strongest) appendAlert(appender, one, sensor);
      kept.count += strongest.length;
      if (kept.count >= MOST_KEPT && strongest.length > 0) full.push(incident);
    }
    appender.closeSync();
    await this.#trim(full);
  }

  /** Takes over the alerts of an incident that turned out to be part of another. */
  async fold(from: string, into: string): Promise<void> {
    const statement = new Statement();
    const target = statement.text(into);
    await run(
      this.#connection,
      `UPDATE alerts SET incident = ${target} WHERE incident = ${statement.text(from)}`,
      statement,
    );
    this.#kept.delete(from);
    this.#kept.delete(into);
    await this.#count([into]);
    if (this.#kept.get(into)!.count >= MOST_KEPT) await this.#trim([into]);
  }

  async #count(incidents: readonly string[]): Promise<void> {
    if (this.#kept.size > MOST_COUNTED) this.#kept.clear();
    const missing = incidents.filter((incident) => !this.#kept.has(incident));
    if (missing.length === 0) return;
    const statement = new Statement();
    const found = await run(
      this.#connection,
      `SELECT incident, count(*)::DOUBLE FROM alerts WHERE incident IN ${textList(missing, statement)} GROUP BY incident`,
      statement,
    );
    for (const incident of missing) this.#kept.set(incident, { count: 0, weakest: undefined });
    const counts = found.numbers(1);
    found.texts(0).forEach((incident, i) => (this.#kept.get(incident!)!.count = counts[i]!));
    await this.#trim(missing.filter((incident) => this.#kept.get(incident)!.count >= MOST_KEPT));
  }

  /** Removes all but the strongest of incidents that have as many as may be, or more, and notes the weakest that stays. */
  async #trim(incidents: readonly string[]): Promise<void> {
    if (incidents.length === 0) return;
    const ranked = (statement: Statement) => `(SELECT id, incident, p_value, score, row_number() OVER
        (PARTITION BY incident ORDER BY p_value NULLS LAST, score DESC NULLS LAST, ordinal) AS rank
      FROM alerts WHERE incident IN ${textList(incidents, statement)})`;
    if (incidents.some((incident) => this.#kept.get(incident)!.count > MOST_KEPT)) {
      const removal = new Statement();
      await run(
        this.#connection,
        `DELETE FROM alerts WHERE id IN (SELECT id FROM ${ranked(removal)} WHERE rank > ${MOST_KEPT})`,
        removal,
      );
    }
    const statement = new Statement();
    const weakest = await run(
      this.#connection,
      `SELECT p_value, score, incident FROM ${ranked(statement)} WHERE rank = ${MOST_KEPT}`,
      statement,
    );
    const [pValue, score] = [weakest.numbers(0), weakest.numbers(1)];
    weakest
      .texts(2)
      .forEach((incident, i) =>
        this.#kept.set(incident!, { count: MOST_KEPT, weakest: { pValue: pValue[i]!, score: score[i]! } }),
      );
  }
}

/** Negative where `a` is the stronger one: rarer, or as rare with a higher score; unset is weakest. */
function compareStrength(a: Pick<Alert, "pValue" | "score">, b: Pick<Alert, "pValue" | "score">): number {
  const rarity = (value: number) => (Number.isNaN(value) ? Infinity : value);
  const score = (value: number) => (Number.isNaN(value) ? -Infinity : value);
  const [p, q] = [rarity(a.pValue), rarity(b.pValue)];
  if (p !== q) return p < q ? -1 : 1;
  const [s, t] = [score(a.score), score(b.score)];
  return s === t ? 0 : s > t ? -1 : 1;
}

function appendAlert(
  appender: DuckDBAppender,
  { alert, incident, ordinal, suppressions = [] }: NumberedAlert,
  sensor: string,
): void {
  appender.appendVarchar(alertIdOf(sensor, ordinal));
  appender.appendVarchar(sensor.toWellFormed());
  appender.appendBigInt(BigInt(ordinal));
  appender.appendVarchar(incident);
  appendNumber(appender, alert.ts);
  appendNumber(appender, alert.end);
  appendAddress(appender, alert.originator);
  appendAddress(appender, alert.responder);
  appender.appendUSmallInt(alert.responderPort);
  appender.appendVarchar(alert.proto.toWellFormed());
  appender.appendVarchar(alert.service.toWellFormed());
  appendNumber(appender, alert.pValue);
  appendNumber(appender, alert.score);
  appendTexts(
    appender,
    alert.detections.map(({ detector }) => detector),
  );
  appendTexts(
    appender,
    alert.reasons.map(({ feature }) => feature),
  );
  appender.appendList(listValue([...suppressions]), LIST(UINTEGER));
  appender.appendVarchar(packDocument(alert));
  appender.endRow();
}

function appendTexts(appender: DuckDBAppender, texts: readonly string[]): void {
  appender.appendList(listValue([...new Set(texts)].map((text) => text.toWellFormed())), LIST(VARCHAR));
}

/** NaN is NULL. */
export function appendNumber(appender: DuckDBAppender, value: number): void {
  if (Number.isNaN(value)) appender.appendNull();
  else appender.appendDouble(value);
}

/** The text, and the number in two halves. */
export function appendAddress(appender: DuckDBAppender, address: string): void {
  const number = addressNumber(address) ?? 0n;
  appender.appendVarchar(address.toWellFormed());
  appender.appendUBigInt(number >> 64n);
  appender.appendUBigInt(number & 0xffffffffffffffffn);
}
