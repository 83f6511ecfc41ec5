import { wrapText } from "./display-width.ts";
import type { TextStyle } from "./text-style.ts";

const labelWidth = 12;

/** A page for the terminal, put together line by line. What goes in must have been escaped. */
export class Page {
  readonly lines: string[] = [];
  readonly #columns: number;
  readonly #style: TextStyle;

  constructor(columns: number, style: TextStyle) {
    this.#columns = Math.max(40, columns);
    this.#style = style;
  }

  title(text: string): void {
    this.lines.push(...wrapText(text, this.#columns).map((line) => this.#style.bold(line)), "");
  }

  /** A label and what it is about; nothing where there is nothing to say. */
  fact(label: string, text: string | undefined): void {
    if (text === undefined || text === "") return;
    const lines = wrapText(text, this.#columns - labelWidth - 2);
    this.lines.push(
      ...lines.map((line, index) => `${(index === 0 ? label : "").padEnd(labelWidth)}  ${line}`),
    );
  }

  /** A heading with what stands below it; nothing where that is nothing. */
  section(heading: string, fill: () => void): void {
    const before = this.lines.length;
    fill();
    if (this.lines.length > before) this.lines.splice(before, 0, "", this.#style.bold(heading));
  }

  /** Text in lines, `indent` columns further in; lines after the first two more. */
  text(text: string, indent = 2): void {
    const [first = "", ...rest] = wrapText(text, this.#columns - indent);
    const remaining =
      rest.length === 0 ? [] : wrapText(text.slice(first.length).trimStart(), this.#columns - indent - 2);
    this.lines.push(" ".repeat(indent) + first, ...remaining.map((line) => " ".repeat(indent + 2) + line));
  }

  /** As it is: a command to paste may be longer than a line. */
  verbatim(line: string): void {
    this.lines.push(`  ${line}`);
  }
}
