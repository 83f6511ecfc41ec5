import type { BarsSpec } from "../../charts/spec.ts";
import type { ReportPart, ReportSection } from "../../report/document.ts";
import type { ExploreResult, Top } from "../result.ts";

const words: Readonly<
  Record<string, { readonly id: string; readonly plural: string; readonly one: string }>
> = {
  proto: { id: "protocols", plural: "protocols", one: "protocol" },
  service: { id: "services", plural: "services", one: "service" },
  conn_state: { id: "states", plural: "states", one: "state" },
  port: { id: "ports", plural: "ports", one: "port" },
  source: { id: "sources", plural: "sources", one: "source" },
  destination: { id: "destinations", plural: "destinations", one: "destination" },
  pair: { id: "pairs", plural: "pairs", one: "pair" },
};

const CHARTED = 10;

/** The largest of everything, by connections and by bytes. */
export function topsSection({ tops }: ExploreResult): ReportSection {
  const parts: ReportPart[] = [];
  for (const dimension of Object.keys(words)) {
    const own = tops.filter((top) => top.dimension === dimension);
    if (own.length === 0) continue;
    // By bytes there is nothing to see where no connection states any.
    const charts = own
      .filter(
        ({ by, rows }) => by === "connections" || rows.some((row) => row.sentBytes + row.receivedBytes > 0),
      )
      .map((top) => topChart(top, `top-${words[dimension]!.id}-by-${top.by}`, titleOf(top)));
    parts.push({ kind: "charts", charts });
  }
  return {
    id: "tops",
    title: "Most of it",
    parts: [
      {
        kind: "text",
        text: "Bytes are payload of both directions. A pair is originator and responder; ports are the responder's.",
      },
      ...parts,
    ],
  };
}

function titleOf({ dimension, by }: Top): string {
  return `Which ${words[dimension]!.plural} have most ${by}?`;
}

/** Bars of the first of a top, the rest as one number. */
export function topChart(top: Top, id: string, title: string): BarsSpec {
  const value = (row: Top["rows"][number]) =>
    top.by === "connections" ? row.connections : row.sentBytes + row.receivedBytes;
  const shown = top.rows.slice(0, CHARTED);
  const more = top.rows.slice(CHARTED).reduce((sum, row) => sum + value(row), 0);
  const count = top.others.count + top.rows.length - shown.length;
  return {
    kind: "bars",
    id,
    title,
    quantity: top.by === "connections" ? "count" : "bytes",
    axis: top.by,
    names: shown.map(({ name }) => (top.dimension === "pair" ? name.replace(" ", " → ") : name)),
    code: true,
    series: [{ name: top.by, values: shown.map(value) }],
    ...(count > 0 ? { others: { count, value: top.others[top.by] + more } } : {}),
  };
}
