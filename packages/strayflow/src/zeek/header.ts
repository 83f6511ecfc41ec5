import type { ZeekColumn } from "./batch.ts";
import type { RowLayout } from "./batch.ts";
import { knownColumn, requiredColumns } from "./columns.ts";
import { unescapeZeek } from "./escapes.ts";

export type TsvLayout = Extract<RowLayout, { kind: "tsv" }>;

/** What glues `tunnel_parents`, `label` and `detailed-label` into one field in the IoT-23 logs. */
export const GLUE = "   ";

/** The directives of a TSV log met so far; a log may hold several headers, one after the other. */
export interface HeaderState {
  readonly separator: string;
  readonly setSeparator: string;
  readonly emptyField: string;
  readonly unsetField: string;
  /** Absent where no #path was met: then the columns decide whether it is a conn log. */
  readonly path: string | undefined;
  readonly fields: readonly string[] | undefined;
  readonly types: readonly string[] | undefined;
}

/** Zeek's defaults, in force until a directive says otherwise. */
export const noHeader: HeaderState = {
  separator: "\t",
  setSeparator: ",",
  emptyField: "(empty)",
  unsetField: "-",
  path: undefined,
  fields: undefined,
  types: undefined,
};

/**
 * The header after one more line that starts with "#". `#separator` opens a new header; lines that are no directive
 * (`#open`, `#close`, remarks) change nothing.
 */
export function readDirective(header: HeaderState, line: string): HeaderState {
  const [, name = "", rest = ""] = /^#([a-z_]+)([^]*)$/.exec(line) ?? [];
  if (name === "separator") return { ...noHeader, separator: separatorOf(rest) };
  // The separator follows the name; someone's editor may have made a space or a tab of it.
  const value = rest.startsWith(header.separator) ? rest.slice(header.separator.length) : rest.slice(1);
  switch (name) {
    case "set_separator":
      return { ...header, setSeparator: unescapeZeek(value) };
    case "empty_field":
      return { ...header, emptyField: value };
    case "unset_field":
      return { ...header, unsetField: value };
    case "path":
      return { ...header, path: value.trim() };
    case "fields":
      return {
        ...header,
        fields: value.split(header.separator).map((field) => field.trim()),
        types: undefined,
      };
    case "types":
      return { ...header, types: value.split(header.separator).map((type) => type.trim()) };
    default:
      return header;
  }
}

/** `#separator \x09`, the same with a tab between, or with the bare character. */
function separatorOf(rest: string): string {
  const written = rest.slice(1);
  const trimmed = written.trim();
  return unescapeZeek(trimmed === "" ? written.slice(0, 1) : trimmed) || "\t";
}

/** A header made ready for reading rows, or the reason why no connection can be read under it. */
export type Section =
  | ConnSection
  | { readonly kind: "other-log"; readonly path: string }
  | { readonly kind: "unusable"; readonly problem: string };

export interface ConnSection {
  readonly kind: "conn";
  readonly layout: TsvLayout;
  readonly columns: readonly SectionColumn[];
}

/** One column of the section, by the name under which the program or, failing that, the log knows it. */
export interface SectionColumn {
  readonly name: string;
  readonly known: ZeekColumn | undefined;
  /** Place among the separated fields of a row. Columns that are glued together share the last one. */
  readonly field: number;
}

/** The paths under which Zeek and its packages write connections. */
const connPaths: ReadonlySet<string> = new Set(["conn", "conn_long", "open_conn"]);

/** What can be read under a header that has its `#fields`. */
export function openSection(header: HeaderState): Section {
  const fields = header.fields ?? [];
  const columns = fields.flatMap((field, index) =>
    splitGlued(field).map((name): SectionColumn => ({ name, known: knownColumn(name), field: index })),
  );
  const missing = requiredColumns.filter((name) => !columns.some((column) => column.known === name));
  if (missing.length > 0) {
    const { path } = header;
    if (path !== undefined && !connPaths.has(path)) return { kind: "other-log", path };
    return { kind: "unusable", problem: `the header lacks ${missing.join(", ")}` };
  }
  if (header.path !== undefined && !connPaths.has(header.path) && !/conn/i.test(header.path))
    return { kind: "other-log", path: header.path };
  const twice = columns.find((column, index) =>
    columns.slice(0, index).some((other) => (other.known ?? other.name) === (column.known ?? column.name)),
  );
  if (twice !== undefined) {
    return { kind: "unusable", problem: `the header names the column ${JSON.stringify(twice.name)} twice` };
  }
  if (header.separator.length !== 1 || header.separator.charCodeAt(0) > 127) {
    const found = JSON.stringify(header.separator);
    return { kind: "unusable", problem: `the separator is ${found}; only a single ASCII character is read` };
  }
  const { separator, setSeparator, emptyField, unsetField, types } = header;
  const layout: TsvLayout = {
    kind: "tsv",
    separator,
    setSeparator,
    emptyField,
    unsetField,
    fields,
    types: types ?? [],
  };
  return { kind: "conn", layout, columns };
}

/** The columns behind one field of the header: several where label columns are glued on, else the field itself. */
export function splitGlued(field: string): string[] {
  return field.includes(GLUE) ? field.split(/ {3,}/) : [field];
}
