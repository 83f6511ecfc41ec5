import type { ReportPart, ReportSection } from "../report/document.ts";
import { escapeText } from "./escape.ts";
import type { ScoreFacts } from "./score-report.ts";

const MOST_FINDINGS = 200;

/** Whether the model may judge this traffic, and whether the sensor saw it. */
export function fitSection({ summary }: ScoreFacts): ReportSection {
  const { fit, sensor } = summary;
  const parts: ReportPart[] = [];
  if (fit !== undefined) {
    parts.push({ kind: "text", text: `${escapeText(fit.sentence)}.`.replace(/\.\.$/, ".") });
    for (const reason of fit.reasons.slice(0, MOST_FINDINGS))
      parts.push({ kind: "text", text: escapeText(reason) });
    if (fit.shifted.length > 0) {
      parts.push({
        kind: "table",
        table: {
          id: "shifted",
          title: "Features that are distributed otherwise than in training, the furthest first",
          columns: [
            { name: "feature", quantity: "code" },
            {
              name: "distance",
              quantity: "share",
              help: "largest difference of the two distributions (Kolmogorov and Smirnov's distance)",
            },
            {
              name: "usual distance",
              quantity: "share",
              help: "of later traffic of the model's own network",
            },
            { name: "outside the range of training", quantity: "share" },
          ],
          rows: fit.shifted.map(({ feature, shift, usual_shift, outside }) => [
            escapeText(feature),
            shift,
            usual_shift,
            outside,
          ]),
        },
      });
    }
  }
  if (sensor.length === 0) {
    parts.push({ kind: "text", text: "The sensor saw what it usually sees." });
    return { id: "fit", title: "May the model judge this?", parts };
  }
  parts.push({
    kind: "table",
    table: {
      id: "sensor",
      title: "Times and files in which the sensor did not see what it usually sees",
      columns: [
        { name: "from", quantity: "time" },
        { name: "to", quantity: "time" },
        { name: "what", quantity: "text" },
        { name: "share", quantity: "share" },
        { name: "usual share", quantity: "share" },
        { name: "not flagged for it", quantity: "count" },
      ],
      rows: sensor
        .slice(0, MOST_FINDINGS)
        .map(({ from, to, sentence, share, usual, folded }) => [
          Number.isFinite(from) ? from : null,
          Number.isFinite(to) ? to : null,
          escapeText(sentence),
          share,
          usual,
          folded,
        ]),
      ...(sensor.length > MOST_FINDINGS ? { of: sensor.length } : {}),
    },
  });
  return { id: "fit", title: "May the model judge this?", parts };
}
