import type { ChartSpec, Quantity } from "../charts/spec.ts";

/**
 * A report as data: what the page, the pictures, the tables and `--json` are all made of. Plain JSON. Text may come from
 * a log anywhere in it and is never markup.
 */
export interface ReportDocument {
  readonly title: string;
  /** What was read, in a sentence or two: files, rows, span. */
  readonly summary: string;
  /** IANA name of the zone that every time in it is written in. */
  readonly zone: string;
  /** Seconds since 1970. */
  readonly written: number;
  readonly sections: readonly ReportSection[];
}

export interface ReportSection {
  /** Unique in its report; the link to it. Lower-case letters, digits, hyphens. */
  readonly id: string;
  readonly title: string;
  readonly parts: readonly ReportPart[];
}

export type ReportPart =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "facts"; readonly facts: readonly Fact[] }
  | { readonly kind: "findings"; readonly findings: readonly Finding[]; readonly none: string }
  | { readonly kind: "chart"; readonly chart: ChartSpec }
  /** Charts of one kind side by side: histograms of columns, days. */
  | { readonly kind: "charts"; readonly charts: readonly ChartSpec[] }
  | { readonly kind: "table"; readonly table: ReportTable }
  /** One of several, chosen in the page: hosts' profiles, a matrix with or without a pair of columns. */
  | {
      readonly kind: "choice";
      readonly label: string;
      readonly choices: readonly {
        readonly id: string;
        /** Wherever a table or a headline has this name, it leads here. */
        readonly name: string;
        /** Beside the name where one chooses. */
        readonly note?: string;
        readonly parts: readonly ReportPart[];
      }[];
    };

export interface Fact {
  readonly name: string;
  readonly value: Cell;
  readonly quantity?: CellQuantity;
  readonly note?: string;
}

/** A sentence with its evidence, worst first. `severity` is 0 for a note, then low, medium, high and critical. */
export interface Finding {
  readonly severity: 0 | 1 | 2 | 3 | 4;
  readonly headline: string;
  readonly details: readonly string[];
  readonly evidence?: ReportTable;
}

export type Cell = string | number | null;
export type CellQuantity = Quantity | "time" | "text" | "code";

export interface ReportTable {
  /** The name of its file. Lower-case letters, digits, hyphens: never text from a log. */
  readonly id: string;
  readonly title: string;
  readonly columns: readonly {
    readonly name: string;
    readonly quantity: CellQuantity;
    readonly help?: string;
  }[];
  /** `null` is unset: an en dash on the page, an empty field in CSV. */
  readonly rows: readonly (readonly Cell[])[];
  /** How many rows there are where not all are here. */
  readonly of?: number;
}
