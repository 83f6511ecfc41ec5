/** The few blocks of Markdown that generated pages are made of. Blocks are joined by `markdownPage`. */

/** A table; a bar in a cell does not end it. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heads, heads.map(() => "---"), ...rows].map(tableLine).join("\n");
}

function tableLine(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

export function markdownList(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join("\n");
}

/** Lines of a shell, as code. */
export function shellBlock(lines: readonly string[]): string {
  return ["```sh", ...lines, "```"].join("\n");
}

/** A page under its title, with the remark that it is not to be changed by hand. */
export function markdownPage(title: string, blocks: readonly string[]): string {
  return `${[`# ${title}`, notice, ...blocks].join("\n\n")}\n`;
}

const notice =
  "<!-- Written by scripts/generate-docs.ts. Change the tables in the source, not this page. -->";
