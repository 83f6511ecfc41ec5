import type { Finding } from "../document.ts";
import type { PageContext } from "./context.ts";
import { button, element, icon } from "./elements.ts";
import { tableView } from "./table-view.ts";

/** A note, and four steps that differ in shape, in lightness and in words. */
const severities = [
  { name: "note", path: "M7 2a5 5 0 1 0 0 10a5 5 0 1 0 0-10Z", fill: "none", stroke: "var(--axis)" },
  { name: "low", path: "M2.5 2.5H11.5V11.5H2.5Z", fill: "#e6b450", stroke: "#b07d10" },
  { name: "medium", path: "M7 1.5L13 12.5H1Z", fill: "#d55e00", stroke: "#d55e00" },
  { name: "high", path: "M7 .8L13.2 7L7 13.2L.8 7Z", fill: "#b3261e", stroke: "#b3261e" },
  {
    name: "critical",
    path: "M4.3 1H9.7L13 4.3V9.7L9.7 13H4.3L1 9.7V4.3Z",
    fill: "#6d0f12",
    stroke: "var(--text)",
  },
] as const;

/** Findings, the worst first; among equals in the order given. */
export function findingList(findings: readonly Finding[], context: PageContext): HTMLElement {
  const worstFirst = findings.toSorted((a, b) => b.severity - a.severity);
  return element("ul", { class: "findings" }, ...worstFirst.map((finding) => findingView(finding, context)));
}

function findingView({ severity, headline, details, evidence }: Finding, context: PageContext): HTMLElement {
  const { name, path, fill, stroke } = severities[severity];
  const proof =
    evidence === undefined
      ? undefined
      : element(
          "details",
          {},
          element("summary", {}, `Evidence: ${evidence.title}`),
          tableView(evidence, context),
        );
  if (proof !== undefined) context.beforePrint.push(() => proof.setAttribute("open", ""));
  return element(
    "li",
    {},
    element("div", { class: `severity severity-${severity}` }, icon(path, fill, stroke), name),
    element(
      "div",
      {},
      element("h3", {}, ...headlineParts(headline, context)),
      ...details.map((detail) => element("p", {}, detail)),
      proof,
    ),
  );
}

/** The sentence, with a button for each name in it that has a view of its own. */
function headlineParts(headline: string, { openable, openers }: PageContext): (string | HTMLElement)[] {
  return headline.split(/([^\s,;]+)/).map((word) => {
    // An address may end in a colon of the sentence.
    const name = openable.has(word) ? word : word.replace(/:$/, "");
    if (!openable.has(name)) return word;
    const link = button(name, () => openers.get(name)?.(), { class: "link" });
    return name === word ? link : element("span", {}, link, ":");
  });
}
