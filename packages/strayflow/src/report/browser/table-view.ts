import { formatCount } from "../../base/units.ts";
import type { Cell, CellQuantity, ReportTable } from "../document.ts";
import { tableCsv } from "../table-csv.ts";
import { cellText, type PageContext } from "./context.ts";
import { button, element, saveFile } from "./elements.ts";

/** Rows that are shown until more are asked for. */
const FIRST = 20;

type Shown = Pick<ReportTable, "id" | "title" | "columns" | "rows" | "of">;

/** A table with its title and its export. */
export function tableView(table: Shown, context: PageContext): HTMLElement {
  const csv = button("CSV", () => saveCsv(table), { "aria-label": `Save ${table.title} as CSV` });
  return element(
    "figure",
    {},
    element(
      "div",
      { class: "tablehead" },
      element("h3", {}, table.title),
      element("div", { class: "actions" }, csv),
    ),
    tableBody(table, context),
  );
}

export function saveCsv(table: Shown): void {
  saveFile(`${table.id}.csv`, new Blob([tableCsv(table)], { type: "text/csv;charset=utf-8" }));
}

/** The rows, sorted by a click on a head, with a caption where not all are there. */
export function tableBody(table: Shown, context: PageContext): HTMLElement {
  const body = element("tbody");
  let order: readonly number[] = [...table.rows.keys()];
  let sorted: { readonly column: number; readonly isDown: boolean } | undefined;
  let limit = Math.min(FIRST, table.rows.length);
  const fill = () => {
    body.replaceChildren(
      ...order.slice(0, limit).map((row) => rowView(table, table.rows[row] ?? [], context)),
    );
    caption.textContent = captionText(table, limit);
    more.hidden = limit >= table.rows.length;
  };
  const sortBy = (column: number) => {
    // Numbers are first asked for from the top, names from the beginning.
    const isDown = sorted?.column === column ? !sorted.isDown : isNumber(table.columns[column]?.quantity);
    sorted = { column, isDown };
    order = sortedRows(table, column, isDown);
    for (const [index, head] of heads.entries()) {
      if (index === column) head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    }
    fill();
  };
  const heads = table.columns.map(({ name, quantity, help }, column) =>
    element(
      "th",
      { scope: "col", class: cellClass(quantity), title: help },
      name === "" ? undefined : button(name, () => sortBy(column)),
    ),
  );
  const caption = element("span");
  const more = button(`Show all ${formatCount(table.rows.length)} rows`, () => showAll(), { class: "more" });
  const showAll = () => {
    limit = table.rows.length;
    scroll.classList.add("all");
    fill();
  };
  context.beforePrint.push(() => {
    if (body.isConnected) showAll();
  });
  const scroll = element(
    "div",
    { class: "scroll", tabindex: "0", role: "region", "aria-label": table.title },
    element("table", {}, element("thead", {}, element("tr", {}, ...heads)), body),
  );
  fill();
  return element("div", {}, scroll, element("div", { class: "caption" }, caption, " ", more));
}

function rowView(table: Shown, row: readonly Cell[], context: PageContext): HTMLElement {
  return element(
    "tr",
    {},
    ...table.columns.map(({ quantity }, at) => cellView(row[at] ?? null, quantity, context)),
  );
}

function cellView(cell: Cell, quantity: CellQuantity, context: PageContext): HTMLElement {
  const { text, exact } = cellText(cell, quantity, context);
  const isOpenable = typeof cell === "string" && context.openable.has(cell);
  const open = () => context.openers.get(text)?.();
  return element(
    "td",
    {
      class: cell === null ? `${cellClass(quantity)} quiet` : `${cellClass(quantity)}${lengthClass(text)}`,
      title: exact,
    },
    isOpenable ? button(text, open, { class: "link" }) : text,
  );
}

function isNumber(quantity: CellQuantity | undefined): boolean {
  return quantity !== "text" && quantity !== "code";
}

function cellClass(quantity: CellQuantity): string {
  if (quantity === "code") return "code";
  if (quantity === "time") return "time";
  return isNumber(quantity) ? "number" : "text";
}

/** What is no longer than an IPv6 address stays on one line; on a phone, what is no longer than a uid. */
function lengthClass(text: string): string {
  if (text.length > 46) return "";
  return text.length <= 20 ? " short brief" : " short";
}

/** Unset comes last, whichever way. */
function sortedRows({ rows }: Shown, column: number, isDown: boolean): readonly number[] {
  const collator = new Intl.Collator("en", { numeric: true });
  return [...rows.keys()].sort((one, other) => {
    const a = rows[one]?.[column] ?? null;
    const b = rows[other]?.[column] ?? null;
    if (a === null || b === null) return a === b ? one - other : a === null ? 1 : -1;
    const difference =
      typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
    return (isDown ? -difference : difference) || one - other;
  });
}

function captionText({ rows, of }: Shown, limit: number): string {
  if (rows.length === 0) return "No rows.";
  const shown = limit < rows.length ? `${formatCount(limit)} of ${formatCount(rows.length)} rows.` : "";
  const left =
    of !== undefined && of > rows.length
      ? `The first ${formatCount(rows.length)} of ${formatCount(of)}.`
      : "";
  return [shown, left].filter((text) => text !== "").join(" ");
}
