import { wrapText } from "./display-width.ts";
import { escapeText } from "./escape.ts";
import { saidOf } from "../detect/incidents/index.ts";
import { endpointsText, rarityText } from "./incident-table.ts";
import type { ListStyle } from "./incident-list.ts";
import { shortId, type ShownAlert } from "./stored.ts";

const timeWidth = 19;
const rarityWidth = 16;
const indent = " ".repeat(timeWidth + 2);

/** The line above a list of alerts. */
export function alertHead({ times, style }: ListStyle): string {
  return style.dim(
    `${"end of connection".padEnd(timeWidth)}  ${"normal traffic".padEnd(rarityWidth)}  connection (times are ${escapeText(times.zone)})`,
  );
}

/** An alert for reading: when, how rare and who with whom; below it why, and its ids. */
export function alertLines(
  { id, incident, alert, suppressions, sensor }: ShownAlert,
  list: ListStyle,
): string[] {
  const { columns, style, times } = list;
  const width = Math.max(30, columns - indent.length);
  const start = `${times.time(alert.end)}  ${rarityText(alert.pValue).padEnd(rarityWidth)}  `;
  const [first = "", ...rest] = wrapText(endpointsText(alert), Math.max(30, columns - start.length));
  const covered = suppressions.length === 0 ? "" : `, suppressed by ${suppressions.join(", ")}`;
  const ids = `alert ${shortId(id)}, incident ${shortId(incident)}, ${times.age(alert.end)}, sensor ${escapeText(sensor)}${covered}`;
  return [
    start + first,
    ...rest.map((line) => indent + line),
    ...wrapText(escapeText(saidOf(alert)), width).map((line) => indent + line),
    ...wrapText(ids, width).map((line) => style.dim(indent + line)),
  ];
}
