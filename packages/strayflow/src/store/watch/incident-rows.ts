import type { DuckDBConnection } from "@duckdb/node-api";
import { severities } from "../../detect/incidents/incident.ts";
import { Statement } from "../statement.ts";
import { appendAddress, appendNumber } from "./alert-rows.ts";
import { packDocument } from "./documents.ts";
import { run, textList } from "./run.ts";
import type { Verdict } from "./watch-filter.ts";
import type { ChangedIncident, HistoryEntry, IncidentChange } from "./watch-store.ts";

/** So many more alerts than when it was closed, and twice as many, reopen an incident. */
const LEAST_GROWTH = 10;
const TIMES_GROWTH = 2;

interface Before {
  readonly revision: number;
  /** Index of the severity that was told last; NaN where there was no news. */
  readonly toldSeverity: number;
  readonly status: Verdict;
  readonly closedSeverity: number;
  readonly closedAlerts: number;
}

/**
 * Replaces the rows of incidents that changed, or adds them, and gives back what they are now, in order; `isSuppressed` is for the
 * caller to say.
 */
export async function writeIncidents(
  connection: DuckDBConnection,
  changes: readonly IncidentChange[],
  sensor: string,
): Promise<{ readonly changed: readonly ChangedIncident[]; readonly reopened: readonly ReopenedIncident[] }> {
  if (changes.length === 0) return { changed: [], reopened: [] };
  const before = await readBefore(
    connection,
    changes.map(({ incident }) => incident.id),
  );
  const removal = new Statement();
  if (before.size > 0)
    await run(
      connection,
      `DELETE FROM incidents WHERE id IN ${textList([...before.keys()], removal)}`,
      removal,
    );
  const appender = await connection.createAppender("incidents");
  const changed: ChangedIncident[] = [];
  const reopened: ReopenedIncident[] = [];
  for (const change of changes) {
    const { incident, isOver, news } = change;
    const known = before.get(incident.id);
    const severity = severities.indexOf(incident.severity);
    const wasReopened = known !== undefined && hasGrown(known, severity, incident.alerts);
    const status = known === undefined || wasReopened ? "open" : known.status;
    const revision = change.revision ?? (known?.revision ?? 0) + (news === undefined ? 0 : 1);
    const told = known === undefined ? NaN : known.toldSeverity;
    if (wasReopened)
      reopened.push({ id: incident.id, alerts: incident.alerts, closedAlerts: known.closedAlerts });
    changed.push({
      ...change,
      revision,
      ...(Number.isNaN(told) ? {} : { severityBefore: severities[told] }),
      status,
      isSuppressed: false,
      wasReopened,
    });
    appender.appendVarchar(incident.id);
    appender.appendVarchar(sensor.toWellFormed());
    appender.appendInteger(revision);
    const toldNow = news === undefined ? told : severity;
    if (Number.isNaN(toldNow)) appender.appendNull();
    else appender.appendUTinyInt(toldNow);
    appender.appendVarchar(status);
    appender.appendBoolean(isOver);
    appender.appendUTinyInt(severity);
    appendNumber(appender, incident.pValue);
    appendNumber(appender, incident.evidence[0]?.pValue ?? incident.pValue);
    appendAddress(appender, incident.host);
    appender.appendVarchar(incident.kind.toWellFormed());
    appendNumber(appender, incident.firstSeen);
    appendNumber(appender, incident.lastSeen);
    appender.appendDouble(incident.alerts);
    appender.appendNull();
    if (status === "closed" && known !== undefined) {
      appender.appendUTinyInt(known.closedSeverity);
      appender.appendDouble(known.closedAlerts);
    } else {
      appender.appendNull();
      appender.appendNull();
    }
    appender.appendVarchar(incident.headline.toWellFormed());
    appender.appendVarchar(packDocument(incident));
    appender.endRow();
  }
  appender.closeSync();
  return { changed, reopened };
}

export interface ReopenedIncident {
  readonly id: string;
  readonly alerts: number;
  readonly closedAlerts: number;
}

async function readBefore(
  connection: DuckDBConnection,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Before>> {
  const statement = new Statement();
  const table = await run(
    connection,
    `SELECT revision::DOUBLE, told_severity::DOUBLE, closed_severity::DOUBLE, closed_alerts, id, status FROM incidents
     WHERE id IN ${textList(ids, statement)}`,
    statement,
  );
  const [revision, told, severity, alerts] = [0, 1, 2, 3].map((column) => table.numbers(column));
  const status = table.texts(5);
  return new Map(
    table.texts(4).map((id, i) => [
      id!,
      {
        revision: revision![i]!,
        toldSeverity: told![i]!,
        status: status[i] as Verdict,
        closedSeverity: severity![i]!,
        closedAlerts: alerts![i]!,
      },
    ]),
  );
}

function hasGrown(
  { status, closedSeverity, closedAlerts }: Before,
  severity: number,
  alerts: number,
): boolean {
  if (status !== "closed") return false;
  return (
    severity > closedSeverity ||
    (alerts >= TIMES_GROWTH * closedAlerts && alerts >= closedAlerts + LEAST_GROWTH)
  );
}

/** Marks an incident as part of another; what was part of it is part of that one too. */
export async function replaceIncident(
  connection: DuckDBConnection,
  from: string,
  into: string,
): Promise<void> {
  const statement = new Statement();
  const [target, source] = [statement.text(into), statement.text(from)];
  await run(
    connection,
    `UPDATE incidents SET replaced_by = ${target}, is_over = TRUE WHERE id = ${source} OR replaced_by = ${source}`,
    statement,
  );
}

/** Adds entries to the history, numbered from `first` on. */
export async function appendHistory(
  connection: DuckDBConnection,
  entries: readonly HistoryEntry[],
  first: number,
): Promise<void> {
  if (entries.length === 0) return;
  const appender = await connection.createAppender("history");
  for (const [i, { time, incident, suppression, action, author, note }] of entries.entries()) {
    appender.appendBigInt(BigInt(first + i));
    appender.appendDouble(time);
    if (incident === undefined) appender.appendNull();
    else appender.appendVarchar(incident);
    if (suppression === undefined) appender.appendNull();
    else appender.appendUInteger(suppression);
    appender.appendVarchar(action);
    appender.appendVarchar(author.toWellFormed());
    appender.appendVarchar(note.toWellFormed());
    appender.endRow();
  }
  appender.closeSync();
}
