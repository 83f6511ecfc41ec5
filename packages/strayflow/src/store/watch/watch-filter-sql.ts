import { parseRange, type AddressRange } from "../network.ts";
import { severities } from "../../detect/incidents/incident.ts";
import type { NumberRange } from "../filter.ts";
import type { Statement } from "../statement.ts";
import { idList, textList } from "./run.ts";
import type { AlertConditions, AlertFilter, IncidentConditions, IncidentFilter } from "./watch-filter.ts";

/**
 * Incidents as `i`, with two columns more: `covered`, how many alerts the active suppressions cover, and `shown`, the status
 * that they are asked for by.
 */
export function incidentsSql(active: ReadonlySet<number>): string {
  return `(SELECT n.*, coalesce(s.covered, 0) AS covered,
      CASE WHEN n.replaced_by IS NOT NULL THEN 'replaced'
           WHEN coalesce(s.covered, 0) >= n.alerts THEN 'suppressed' ELSE n.status END AS shown
    FROM incidents n LEFT JOIN (SELECT incident, sum(alerts) AS covered FROM suppressed
      WHERE list_has_any(suppressions, ${idList(active)}) GROUP BY incident) s ON s.incident = n.id) i`;
}

/** SQL that holds for the incidents `i` of a checked filter. */
export function incidentSql(filter: IncidentFilter | undefined, statement: Statement): string {
  const { from, to, not, ...conditions } = filter ?? {};
  const parts = incidentConditions(conditions, statement);
  if (conditions.status === undefined) parts.push("i.shown <> 'replaced'");
  if (from !== undefined) parts.push(`i.last_seen >= ${statement.real(from)}`);
  if (to !== undefined) parts.push(`i.first_seen < ${statement.real(to)}`);
  if (not !== undefined)
    for (const key of Object.keys(not) as (keyof IncidentConditions)[])
      parts.push(...incidentConditions({ [key]: not[key] }, statement).map(excluded));
  return allOf(parts);
}

function incidentConditions(conditions: IncidentConditions, statement: Statement): string[] {
  const { severity, status, kind, incident, sensor, pValue, alerts, isOver, host, ...traffic } = conditions;
  const parts: string[] = [];
  if (severity !== undefined) parts.push(severitySql("i", severity));
  if (status !== undefined) parts.push(`i.shown IN ${textList(status, statement)}`);
  if (sensor !== undefined) parts.push(`i.sensor IN ${textList(sensor, statement)}`);
  if (incident !== undefined) parts.push(`i.id IN ${textList(incident, statement)}`);
  if (pValue !== undefined) parts.push(rangeSql("i.p_value", pValue, statement));
  if (alerts !== undefined) parts.push(rangeSql("i.alerts", alerts, statement));
  if (isOver !== undefined) parts.push(`i.is_over = ${isOver ? "TRUE" : "FALSE"}`);
  if (kind !== undefined)
    parts.push(`(i.kind IN ${textList(kind, statement)} OR ${keptSql(detectorsSql(kind, statement))})`);
  const ofAlerts = trafficSql(traffic, statement);
  const about =
    host === undefined ? undefined : anyOf(host.map((one) => addressSql("i.host", one, statement)));
  const either = host === undefined ? [] : [eitherSql(host, statement)];
  // All that is asked of the traffic has to hold for one alert; the host that it is about is as good as a host of its alerts.
  if (ofAlerts.length > 0) {
    if (about === undefined) parts.push(keptSql(allOf(ofAlerts)));
    else
      parts.push(
        `(${keptSql(allOf([...ofAlerts, ...either]))} OR (${about} AND ${keptSql(allOf(ofAlerts))}))`,
      );
  } else if (about !== undefined) parts.push(`(${about} OR ${keptSql(allOf(either))})`);
  return parts;
}

function keptSql(condition: string): string {
  return `i.id IN (SELECT a.incident FROM alerts a WHERE ${condition})`;
}

/** SQL that holds for the alerts `a` of a checked filter, joined with their incidents `i`. */
export function alertSql(
  filter: AlertFilter | undefined,
  statement: Statement,
  active: ReadonlySet<number>,
): string {
  const { from, to, not, ...conditions } = filter ?? {};
  const parts = alertConditions(conditions, statement, active);
  if (from !== undefined) parts.push(`a.ended >= ${statement.real(from)}`);
  if (to !== undefined) parts.push(`a.ended < ${statement.real(to)}`);
  if (not !== undefined) parts.push(...alertConditions(not, statement, active).map(excluded));
  return allOf(parts);
}

function alertConditions(
  conditions: AlertConditions,
  statement: Statement,
  active: ReadonlySet<number>,
): string[] {
  const { severity, status, kind, incident, sensor, pValue, suppressed, host, ...traffic } = conditions;
  const parts = trafficSql(traffic, statement);
  if (host !== undefined) parts.push(eitherSql(host, statement));
  if (severity !== undefined) parts.push(severitySql("i", severity));
  if (status !== undefined) parts.push(`i.shown IN ${textList(status, statement)}`);
  if (sensor !== undefined) parts.push(`a.sensor IN ${textList(sensor, statement)}`);
  if (incident !== undefined) parts.push(`a.incident IN ${textList(incident, statement)}`);
  if (pValue !== undefined) parts.push(rangeSql("a.p_value", pValue, statement));
  if (kind !== undefined)
    parts.push(`(i.kind IN ${textList(kind, statement)} OR ${detectorsSql(kind, statement)})`);
  if (suppressed !== undefined)
    parts.push(`list_has_any(a.suppressions, ${idList(active)}) = ${suppressed ? "TRUE" : "FALSE"}`);
  return parts;
}

type Traffic = Pick<AlertConditions, "orig" | "resp" | "pair" | "port" | "proto" | "service" | "reason">;

function trafficSql(
  { orig, resp, pair, port, proto, service, reason }: Traffic,
  statement: Statement,
): string[] {
  const parts: string[] = [];
  const inside = (column: string, network: string) => addressSql(column, network, statement);
  if (orig !== undefined) parts.push(anyOf(orig.map((one) => inside("a.orig", one))));
  if (resp !== undefined) parts.push(anyOf(resp.map((one) => inside("a.resp", one))));
  if (pair !== undefined)
    parts.push(
      anyOf(
        pair.flatMap(([one, other]) => [
          `(${inside("a.orig", one)} AND ${inside("a.resp", other)})`,
          `(${inside("a.orig", other)} AND ${inside("a.resp", one)})`,
        ]),
      ),
    );
  if (port !== undefined)
    parts.push(
      anyOf(
        port.map((one) =>
          typeof one === "number"
            ? `a.resp_p = ${statement.whole(one)}`
            : rangeSql("a.resp_p", one, statement),
        ),
      ),
    );
  if (proto !== undefined) parts.push(`a.proto IN ${textList(proto, statement)}`);
  if (service !== undefined) parts.push(`a.service IN ${textList(service, statement)}`);
  if (reason !== undefined) parts.push(`list_has_any(a.reasons, ${textArray(reason, statement)})`);
  return parts;
}

function eitherSql(networks: readonly string[], statement: Statement): string {
  return anyOf(
    networks.flatMap((one) => [addressSql("a.orig", one, statement), addressSql("a.resp", one, statement)]),
  );
}

function detectorsSql(kinds: readonly string[], statement: Statement): string {
  return `list_has_any(a.detectors, ${textArray(kinds, statement)})`;
}

function textArray(values: readonly string[], statement: Statement): string {
  return `[${values.map((value) => statement.text(value)).join(", ")}]::VARCHAR[]`;
}

/** Of an address that is stored as two halves. A prefix leaves the low half free, or fixes the high half. */
function addressSql(column: string, network: string, statement: Statement): string {
  const range = parseRange(network)!;
  const half = (value: bigint) => statement.unsigned(value & 0xffffffffffffffffn);
  const within = ({ low, high }: AddressRange) => {
    const upper = `${column}_high BETWEEN ${half(low >> 64n)} AND ${half(high >> 64n)}`;
    return low >> 64n === high >> 64n
      ? `(${upper} AND ${column}_low BETWEEN ${half(low)} AND ${half(high)})`
      : `(${upper})`;
  };
  return within(range);
}

function severitySql(alias: string, wanted: readonly (typeof severities)[number][]): string {
  const codes = wanted.map((severity) => severities.indexOf(severity));
  return codes.length === 0 ? "FALSE" : `${alias}.severity IN (${codes.join(", ")})`;
}

function rangeSql(sql: string, { from, to }: NumberRange, statement: Statement): string {
  const parts = [`${sql} IS NOT NULL`];
  if (from !== undefined) parts.push(`${sql} >= ${statement.real(from)}`);
  if (to !== undefined) parts.push(`${sql} <= ${statement.real(to)}`);
  return `(${parts.join(" AND ")})`;
}

function excluded(part: string): string {
  return `NOT coalesce(${part}, FALSE)`;
}

function anyOf(parts: readonly string[]): string {
  return parts.length === 0 ? "FALSE" : `(${parts.join(" OR ")})`;
}

function allOf(parts: readonly string[]): string {
  return parts.length === 0 ? "TRUE" : `(${parts.join(" AND ")})`;
}
