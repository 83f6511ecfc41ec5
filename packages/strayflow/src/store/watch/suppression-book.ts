import type { DuckDBConnection } from "@duckdb/node-api";
import { ExpectedError } from "../../base/errors.ts";
import type { Incident } from "../../detect/incidents/incident.ts";
import { isActive, type Suppression, type SuppressionConditions } from "../../detect/suppress/index.ts";
import type { Engine } from "../engine.ts";
import type { Filter } from "../filter.ts";
import { Statement } from "../statement.ts";
import { incidentsById } from "./incident-list.ts";
import { run } from "./run.ts";
import { readSuppressed, writeSuppressed, type SuppressedCount } from "./suppressed-counts.ts";
import { alertSql, incidentsSql } from "./watch-filter-sql.ts";
import type { SuppressionEffect } from "./watch-store.ts";

/** Incidents that an effect shows in full. */
const MOST_SHOWN = 1000;

/** What a suppression covers of one incident. */
interface Covered {
  readonly id: string;
  readonly matched: number;
  readonly isCovered: boolean;
  readonly isOver: boolean;
}

/** What is stored about suppressions, and what they do to what is stored. */
export class SuppressionBook {
  readonly #engine: Engine;
  /** Counts connections. */
  readonly #count: (filter: Filter) => Promise<number>;
  #all: Suppression[] = [];
  #changes = 0;

  constructor(engine: Engine, count: (filter: Filter) => Promise<number>) {
    this.#engine = engine;
    this.#count = count;
  }

  get all(): readonly Suppression[] {
    return this.#all;
  }

  /** Another number after each change. */
  get changes(): number {
    return this.#changes;
  }

  /** @param now seconds since 1970 */
  active(now: number): ReadonlySet<number> {
    return new Set(this.#all.filter((one) => isActive(one, now)).map(({ id }) => id));
  }

  async load(): Promise<void> {
    const table = await this.#engine.ask(
      `SELECT id::DOUBLE, created, expires, removed, conditions, note, author FROM suppressions ORDER BY id`,
    );
    const [id, created, expires, removed] = [0, 1, 2, 3].map((column) => table.numbers(column));
    const [conditions, note, author] = [4, 5, 6].map((column) => table.texts(column));
    this.#all = Array.from(id!, (one, i) => ({
      ...(JSON.parse(conditions![i]!) as SuppressionConditions),
      id: one,
      note: note![i]!,
      author: author![i]!,
      created: created![i]!,
      ...(Number.isNaN(expires![i]!) ? {} : { expires: expires![i]! }),
      ...(Number.isNaN(removed![i]!) ? {} : { removed: removed![i]! }),
    }));
    this.#changes++;
  }

  find(id: number): Suppression {
    const found = this.#all.find((one) => one.id === id);
    if (found === undefined) throw new ExpectedError("usage", `there is no suppression ${id} in the store`);
    return found;
  }

  async preview(conditions: SuppressionConditions, now: number): Promise<SuppressionEffect> {
    return this.describe(await this.coverage(conditions, now), now);
  }

  /** The incidents of which conditions hold for an alert that is kept. */
  async coverage(conditions: SuppressionConditions, now: number): Promise<readonly Covered[]> {
    const active = this.active(now);
    const statement = new Statement();
    const where = alertSql(conditions, statement, active);
    const table = await this.#engine.ask(
      `SELECT count(*) FILTER (WHERE ${where})::DOUBLE AS matched, count(*)::DOUBLE, any_value(i.alerts),
         any_value(i.first_seen), any_value(i.last_seen), any_value(i.is_over)::INTEGER::DOUBLE,
         i.id, any_value(i.sensor), any_value(i.document)
       FROM alerts a JOIN ${incidentsSql(active)} ON i.id = a.incident GROUP BY i.id HAVING matched > 0 ORDER BY i.id`,
      statement,
    );
    const [matched, kept, alerts, first, last, isOver] = [0, 1, 2, 3, 4, 5].map((column) =>
      table.numbers(column),
    );
    const [ids, sensors, documents] = [6, 7, 8].map((column) => table.texts(column));
    const covered: Covered[] = [];
    for (const [i, id] of ids!.entries()) {
      const all = alerts![i]!;
      const isAll =
        matched![i] === kept![i] &&
        (kept![i]! >= all ||
          (await this.#coversRest(conditions, {
            sensor: sensors![i]!,
            from: first![i]!,
            to: last![i]!,
            document: documents![i]!,
          })));
      covered.push({
        id: id!,
        matched: isAll ? all : matched![i]!,
        isCovered: isAll,
        isOver: isOver![i] === 1,
      });
    }
    return covered;
  }

  /** Adds a suppression within a transaction, for what is stored too. `load` follows when it is committed. */
  async add(
    connection: DuckDBConnection,
    conditions: SuppressionConditions,
    given: Omit<Suppression, "id">,
    now: number,
  ): Promise<{ readonly id: number; readonly covered: readonly Covered[] }> {
    const id = (this.#all.at(-1)?.id ?? 0) + 1;
    const covered = await this.coverage(conditions, now);
    const insertion = new Statement();
    const values = [
      insertion.whole(id),
      insertion.text(JSON.stringify(conditions)),
      insertion.text(given.note),
      insertion.text(given.author),
      insertion.real(given.created),
      given.expires === undefined ? "NULL" : insertion.real(given.expires),
    ];
    await run(connection, `INSERT INTO suppressions VALUES (${values.join(", ")}, NULL)`, insertion);
    if (covered.length > 0) await this.#cover(connection, conditions, id, covered, now);
    return { id, covered };
  }

  /** Writes that alerts are covered: the kept ones one by one, the others where their incident is as a whole. */
  async #cover(
    connection: DuckDBConnection,
    conditions: SuppressionConditions,
    id: number,
    covered: readonly Covered[],
    now: number,
  ): Promise<void> {
    const active = this.active(now);
    const counting = new Statement();
    const source = `alerts a JOIN ${incidentsSql(active)} ON i.id = a.incident`;
    const table = await run(
      connection,
      `SELECT count(*)::DOUBLE, i.id, array_to_string(a.suppressions, ',') AS sets FROM ${source}
       WHERE ${alertSql(conditions, counting, active)} GROUP BY i.id, sets`,
      counting,
    );
    const update = new Statement();
    await run(
      connection,
      `UPDATE alerts SET suppressions = list_append(suppressions, ${update.whole(id)}::UINTEGER) WHERE id IN
         (SELECT a.id FROM ${source} WHERE ${alertSql(conditions, update, active)})`,
      update,
    );
    const [numbers, incidents, sets] = [table.numbers(0), table.texts(1), table.texts(2)];
    const matched = incidents.map((incident, i): SuppressedCount => ({
      incident: incident!,
      suppressions: (sets[i] ?? "")
        .split(",")
        .filter((text) => text !== "")
        .map(Number),
      alerts: numbers[i]!,
    }));
    const ids = covered.map((one) => one.id);
    const before = await readSuppressed(connection, ids);
    const after = covered.flatMap(({ id: incident, isCovered, matched: alerts }) => {
      const known = before.filter((one) => one.incident === incident);
      if (isCovered) {
        const others = known.reduce((sum, one) => sum + one.alerts, 0);
        return [
          ...known.map((one) => ({ ...one, suppressions: [...one.suppressions, id] })),
          { incident, suppressions: [id], alerts: Math.max(0, alerts - others) },
        ];
      }
      const moved = matched.filter((one) => one.incident === incident);
      return [
        ...known,
        ...moved.flatMap((one) => [
          ...(one.suppressions.length > 0 ? [{ ...one, alerts: -one.alerts }] : []),
          { ...one, suppressions: [...one.suppressions, id] },
        ]),
      ];
    });
    await writeSuppressed(connection, ids, after);
  }

  /**
   * Whether the alerts that are not kept are covered too: whether all flagged connections of the incident's host in its time
   * are. What only alerts have (kind, reasons) is taken to be that of the kept ones, the strongest.
   */
  async #coversRest(
    { host, orig, resp, pair, port, proto, service }: SuppressionConditions,
    about: { readonly sensor: string; readonly from: number; readonly to: number; readonly document: string },
  ): Promise<boolean> {
    const wanted: Filter = {
      ...(host && { host }),
      ...(orig && { orig }),
      ...(resp && { resp }),
      ...(pair && { pair }),
      ...(port && { respPort: port }),
      ...(proto && { proto: proto.map((text) => (text === "" ? null : text)) }),
      ...(service && { service: service.map((text) => (text === "" ? null : text)) }),
    };
    if (Object.keys(wanted).length === 0) return true;
    const incident = JSON.parse(about.document) as Pick<Incident, "host" | "role">;
    const own = incident.role === "originator" ? "orig" : "resp";
    const source = await this.#sourceOf(about.sensor);
    const within: Filter = {
      flagged: true,
      from: about.from,
      // `lastSeen` is when the last of them ended; they began before.
      to: about.to + 1e-6,
      [own]: [incident.host],
      ...(source !== undefined && { source: [source] }),
    };
    const total = await this.#count(within);
    // A condition on the same end as the incident's own host would replace it; the kept alerts have answered that one.
    const { [own]: _same, ...others } = wanted;
    return total === (await this.#count({ ...within, ...others }));
  }

  async #sourceOf(name: string): Promise<number | undefined> {
    const statement = new Statement();
    const table = await this.#engine.ask(
      `SELECT id::DOUBLE FROM sources WHERE name = ${statement.text(name)}`,
      statement,
    );
    return table.numbers(0)[0];
  }

  async describe(covered: readonly Covered[], now: number): Promise<SuppressionEffect> {
    const byId = new Map(covered.map((one) => [one.id, one]));
    const shown = await incidentsById(
      this.#engine,
      covered.slice(0, MOST_SHOWN).map(({ id }) => id),
      this.active(now),
    );
    const whole = covered.filter(({ isCovered }) => isCovered);
    return {
      incidents: shown.map((incident) => {
        const { matched, isCovered } = byId.get(incident.incident.id)!;
        return { incident, alerts: matched, isCovered };
      }),
      alerts: covered.reduce((sum, { matched }) => sum + matched, 0),
      open: whole.filter(({ isOver }) => !isOver).length,
      past: whole.filter(({ isOver }) => isOver).length,
    };
  }
}
