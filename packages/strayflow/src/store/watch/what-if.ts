import { cutWithinBudget } from "../../detect/incident-rates.ts";
import {
  incidentLadder,
  incidentsPerDay,
  severities,
  type CalibrationRows,
} from "../../detect/incidents/index.ts";
import type { SuppressionConditions } from "../../detect/suppress/index.ts";
import type { Severity } from "../../detect/incidents/incident.ts";
import { formatOneIn } from "../../base/units.ts";
import type { Engine } from "../engine.ts";
import { Statement } from "../statement.ts";
import type { QueryOptions } from "../store.ts";
import { incidentSql, incidentsSql } from "./watch-filter-sql.ts";
import type { WhatIf, WhatIfIncident, WhatIfQuery } from "./what-if-query.ts";

const DAY = 86_400;
/** Rows of the smallest p-values that an estimate is made of. */
const MOST_ROWS = 2_000_000;
const MOST_DAYS = 4000;
/** A looser cut is estimated up to this. */
const LOOSEST = 0.01;

/** Answers a checked query from what is stored. */
export async function whatIf(
  engine: Engine,
  query: WhatIfQuery,
  active: ReadonlySet<number>,
  covers: (conditions: SuppressionConditions) => Promise<ReadonlySet<string>>,
  options: QueryOptions,
): Promise<WhatIf> {
  const doubts: string[] = [];
  const now = await readIncidents(engine, query, active, options);
  const span = await readSpan(engine, query, options);
  const loosest = await loosestFlagged(engine, options);
  const days = daysOf(span, now);
  let pValue = query.pValue;
  let estimates: ReadonlyMap<number, number> | undefined;
  if (query.perDay !== undefined) {
    const most = Math.floor(query.perDay * days.length);
    const rarest = now.map((one) => one.rarest).toSorted((a, b) => a - b);
    if (rarest.length > most)
      // Just below the first one that is too many.
      pValue = most === 0 ? rarest[0]! / 2 : Math.min(rarest[most - 1]!, below(rarest, most));
    else {
      const rows = await readRows(engine, query, LOOSEST, options);
      const cut = cutWithinBudget(
        { days: days.length, rates: incidentLadder(rows, Math.max(1, days.length)) },
        query.perDay,
      );
      pValue = Math.max(cut.pValue, loosest);
      doubts.push("fewer incidents were found than the budget allows: a looser p-value is estimated");
    }
  }
  if (pValue !== undefined && pValue > loosest) {
    if (pValue > LOOSEST)
      doubts.push(
        `beyond ${formatOneIn(LOOSEST)} nothing can be said: so many connections would be one incident`,
      );
    const rows = await readRows(engine, query, Math.min(pValue, LOOSEST), options);
    estimates = estimateByDay(rows, Math.min(pValue, LOOSEST));
    doubts.push(
      `up to ${formatOneIn(loosest)} incidents are known; those of a looser p-value are estimated from stored p-values, and have no story yet`,
    );
    if (rows.pValue.length === MOST_ROWS)
      doubts.push(`only the ${MOST_ROWS} rarest connections were looked at`);
  } else if (pValue !== undefined && pValue < loosest)
    doubts.push(
      "an incident remains while one of its alerts does; with fewer alerts it may fall into several, or have another headline",
    );
  const gone = new Set<string>();
  for (const conditions of query.suppressions ?? []) for (const id of await covers(conditions)) gone.add(id);
  const remaining = now.filter(
    ({ id, rarest }) => !gone.has(id) && (pValue === undefined || rarest <= pValue),
  );
  const count = (incidents: readonly WhatIfIncident[]) =>
    Map.groupBy(incidents, ({ firstSeen }) => clamp(dayOf(firstSeen), days));
  const [before, after] = [count(now), count(remaining)];
  return {
    ...(pValue === undefined ? {} : { pValue }),
    days: days.map((day) => ({
      day: new Date(day * DAY * 1000).toISOString().slice(0, 10),
      incidents: before.get(day)?.length ?? 0,
      remaining: after.get(day)?.length ?? 0,
      ...(estimates === undefined ? {} : { estimate: Math.round(estimates.get(day) ?? 0) }),
    })),
    incidents: now.length,
    remaining,
    doubts,
  };
}

/** The largest value that leaves at most `most` of the sorted values at or below it. */
function below(sorted: readonly number[], most: number): number {
  const tooMany = sorted[most]!;
  let at = most;
  while (at > 0 && sorted[at - 1]! >= tooMany) at--;
  return at === 0 ? tooMany / 2 : sorted[at - 1]!;
}

/** Incidents that nobody suppressed, in order of time. */
async function readIncidents(
  engine: Engine,
  { from, to }: WhatIfQuery,
  active: ReadonlySet<number>,
  options: QueryOptions,
): Promise<readonly WhatIfIncident[]> {
  const statement = new Statement();
  const parts = [incidentSql({ not: { status: ["suppressed", "replaced"] } }, statement)];
  if (from !== undefined) parts.push(`i.first_seen >= ${statement.real(from)}`);
  if (to !== undefined) parts.push(`i.first_seen < ${statement.real(to)}`);
  const table = await engine.ask(
    `SELECT i.severity::DOUBLE, i.first_seen, i.alerts, i.rarest, i.id, i.sensor, i.headline FROM ${incidentsSql(active)}
     WHERE ${parts.join(" AND ")} ORDER BY i.first_seen, i.id`,
    statement,
    options,
  );
  const [severity, firstSeen, alerts, rarest] = [0, 1, 2, 3].map((column) => table.numbers(column));
  const [id, sensor, headline] = [4, 5, 6].map((column) => table.texts(column));
  return Array.from(severity!, (code, i) => ({
    id: id![i]!,
    sensor: sensor![i]!,
    headline: headline![i]!,
    severity: severities[code] as Severity,
    firstSeen: firstSeen![i]!,
    alerts: alerts![i]!,
    rarest: rarest![i]!,
  }));
}

interface Span {
  readonly from: number;
  readonly to: number;
}

async function readSpan(
  engine: Engine,
  { from, to }: WhatIfQuery,
  options: QueryOptions,
): Promise<Span | undefined> {
  const statement = new Statement();
  const table = await engine.ask(
    `SELECT min(ts)::DOUBLE / 1e6, max(ts)::DOUBLE / 1e6 FROM connections WHERE ${timeSql(from, to, statement)}`,
    statement,
    options,
  );
  const [first, last] = [table.numbers(0)[0]!, table.numbers(1)[0]!];
  return Number.isNaN(first) ? undefined : { from: first, to: last };
}

function timeSql(from: number | undefined, to: number | undefined, statement: Statement): string {
  const parts = ["TRUE"];
  if (from !== undefined) parts.push(`ts >= ${statement.whole(Math.ceil(from * 1e6))}`);
  if (to !== undefined) parts.push(`ts < ${statement.whole(Math.ceil(to * 1e6))}`);
  return parts.join(" AND ");
}

/** The largest p-value that was flagged: what was asked for. */
async function loosestFlagged(engine: Engine, options: QueryOptions): Promise<number> {
  const table = await engine.ask(
    `SELECT greatest((SELECT max(p_value) FROM connections WHERE flagged = 1), (SELECT max(p_value) FROM alerts))`,
    new Statement(),
    options,
  );
  return table.numbers(0)[0] || 0;
}

/** Rows with small p-values in the stream's order, for counting incidents. */
async function readRows(
  engine: Engine,
  { from, to }: WhatIfQuery,
  pValue: number,
  options: QueryOptions,
): Promise<CalibrationRows> {
  const statement = new Statement();
  const table = await engine.ask(
    `SELECT ended, orig, resp, port, p FROM
       (SELECT ts::DOUBLE / 1e6 + greatest(coalesce(duration, 0), 0) AS ended, orig::DOUBLE AS orig, resp::DOUBLE AS resp,
          resp_p::DOUBLE AS port, p_value AS p, row FROM connections
        WHERE p_value <= ${statement.real(pValue)} AND ${timeSql(from, to, statement)} ORDER BY p_value, row LIMIT ${MOST_ROWS})
     ORDER BY row`,
    statement,
    options,
  );
  const names = new Map<number, number>();
  const nameOf = (code: number) => {
    const known = names.get(code);
    if (known !== undefined) return known;
    names.set(code, names.size);
    return names.size - 1;
  };
  return {
    end: table.numbers(0),
    originator: Uint32Array.from(table.numbers(1), nameOf),
    responder: Uint32Array.from(table.numbers(2), nameOf),
    port: Uint16Array.from(table.numbers(3)),
    pValue: table.numbers(4),
  };
}

/** Incidents of each day by itself. */
function estimateByDay(rows: CalibrationRows, pValue: number): ReadonlyMap<number, number> {
  const byDay = Map.groupBy(rows.end.keys(), (row) => dayOf(rows.end[row]!));
  const estimates = new Map<number, number>();
  for (const [day, chosen] of byDay)
    estimates.set(
      day,
      incidentsPerDay(
        {
          end: Float64Array.from(chosen, (row) => rows.end[row]!),
          originator: Uint32Array.from(chosen, (row) => rows.originator[row]!),
          responder: Uint32Array.from(chosen, (row) => rows.responder[row]!),
          port: Uint16Array.from(chosen, (row) => rows.port[row]!),
          pValue: Float64Array.from(chosen, (row) => rows.pValue[row]!),
        },
        pValue,
        1,
      ),
    );
  return estimates;
}

function dayOf(seconds: number): number {
  return Math.floor(seconds / DAY);
}

function daysOf(span: Span | undefined, incidents: readonly WhatIfIncident[]): number[] {
  const first = dayOf(span?.from ?? incidents[0]?.firstSeen ?? NaN);
  const last = dayOf(span?.to ?? incidents.at(-1)?.firstSeen ?? NaN);
  if (Number.isNaN(first)) return [];
  return Array.from({ length: Math.min(MOST_DAYS, last - first + 1) }, (_, i) => first + i);
}

function clamp(day: number, days: readonly number[]): number {
  return Math.min(Math.max(day, days[0] ?? day), days.at(-1) ?? day);
}
