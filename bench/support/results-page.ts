import { formatCount } from "../../packages/strayflow/src/base/units.ts";
import { figureTable, formatFigure } from "./figure.ts";
import { machineText } from "./machine.ts";
import { qualities, qualityIds, verdictOn } from "./qualities.ts";
import type { Section } from "./results.ts";
import { markdownTable, tableLines, type Table } from "./table.ts";

const begin = "<!-- figures: written by the benchmarks, with --write -->";
const end = "<!-- end of figures -->";

/** Load from which on a machine does something else as well. */
const BUSY = 0.5;

/** The page with its figures replaced; what people wrote before and after them stays. */
export function renderResults(page: string, sections: readonly Section[]): string {
  const [before, after] = [page.indexOf(begin), page.indexOf(end)];
  if (before < 0 || after < before) throw new Error(`RESULTS.md: expected the lines ${begin} and ${end}`);
  const figures = [
    "## Where each quality stands",
    "",
    ...markdownTable(standing(sections)),
    ...sections.flatMap((section) => ["", ...sectionMarkdown(section)]),
  ];
  return `${page.slice(0, before)}${begin}\n\n${figures.join("\n")}\n\n${page.slice(after)}`;
}

/** One line for each quality, measured or not. */
export function standing(sections: readonly Section[]): Table {
  return {
    columns: [
      { head: "quality" },
      { head: "measured", align: "right" },
      { head: "floor", align: "right" },
      { head: "aim", align: "right" },
      { head: "" },
      { head: "date" },
    ],
    rows: qualityIds.map((id) => {
      const { name, unit, floor, aim } = qualities[id];
      const targets = [formatFigure(floor, unit), formatFigure(aim, unit)];
      for (const { figures, date, load } of sections) {
        const figure = figures.find(({ quality }) => quality === id);
        if (figure === undefined) continue;
        const { median } = figure.value;
        return [
          name,
          formatFigure(median, unit),
          ...targets,
          verdictOn(id, median),
          load > BUSY ? `${date}, machine busy` : date,
        ];
      }
      return [name, "–", ...targets, "not measured", "–"];
    }),
  };
}

function sectionMarkdown(section: Section): string[] {
  const table = section.table ?? figureTable(section.figures);
  const notes = (section.notes ?? []).map((note) => `- ${note}`);
  return [
    `## ${section.title}`,
    "",
    ...markdownTable(table),
    ...(notes.length > 0 ? ["", ...notes] : []),
    "",
    circumstances(section),
  ];
}

/** The same for a terminal. */
export function sectionLines(section: Section): string[] {
  const table = section.table ?? figureTable(section.figures);
  return [section.title, ...tableLines(table), ...(section.notes ?? []), circumstances(section)];
}

function circumstances({ date, rows, machine, load }: Section): string {
  const busy = load > BUSY ? ` The machine was busy (load ${load} before the first measurement).` : "";
  return `${date}, ${formatCount(rows)} rows, ${machineText(machine)}.${busy}`;
}
