import {
  filterField,
  filterFieldsOf,
  filterFields,
  queryStatuses,
  querySeverities,
  type FilterFieldId,
  type FilterSubject,
} from "../query/index.ts";
import { markdownPage, markdownTable, shellBlock } from "./markdown.ts";

const subjects = ["incidents", "alerts", "connections"] as const satisfies readonly FilterSubject[];

/** `docs/queries.md`: the language in which lists are asked for, from the table of its fields. */
export function queriesPage(): string {
  return markdownPage("Queries", [
    "`incidents list`, `alerts list`, `alerts tail` and `store export` take a query: terms that all hold, in any order.",
    shellBlock([
      "strayflow incidents list severity:high..critical since:2d --store office.store",
      "strayflow alerts list src:10.0.0.0/8 port:445 'p:<1e-5' not sensor:lab --store office.store",
    ]),
    "## Fields",
    markdownTable(
      ["field", "as in", "meaning", "of"],
      (Object.keys(filterFields) as FilterFieldId[]).map((id) => [
        `\`${id}\``,
        `\`${filterField(id).example}\``,
        filterField(id).summary,
        ownersText(id),
      ]),
    ),
    `Severities are ${querySeverities.map((word) => `\`${word}\``).join(", ")}; statuses ${queryStatuses.map((word) => `\`${word}\``).join(", ")}. Zeek's own names work too: \`id.orig_h\`, \`id.resp_h\`, \`id.resp_p\`, \`p_value\`.`,
    "## Terms",
    markdownTable(
      ["written", "meaning"],
      [
        ["`port:445`, `port=445`", "the field has this value"],
        ["`port:139,445`", "one of these"],
        [
          "`port:1..1024`, `p:..1e-5`, `severity:high..`",
          "a range, both ends included; either may be left out",
        ],
        ["`p:<1e-5`, `alerts:>=100`, `severity:>=high`", "less, more; for ports, numbers and severities"],
        ["`not port:22`, `!port:22`, `port!=22`", "the opposite"],
        ["`10.0.0.5`, `2001:db8::/32`", "an address or a network alone: either end, as `host:`"],
        ["`service:-`", "unset, as Zeek writes it"],
        ['`service:"ssl,http"`', "a value with commas, blanks or brackets in it"],
        [
          "`since:2d`, `since:90min`, `until:2024-04-20T13:00`",
          "an age, or a time in UTC unless it names its zone",
        ],
      ],
    ),
    "A field stands in a query once, since a list already means any of its values; exclusions may be repeated. Conditions on addresses, ports, protocol, service and reason hold for an incident where one of its alerts that are kept satisfies all of them. A time chooses the incidents that were going on then, and alerts and connections by when they ended and began.",
    "The shell takes `<`, `>` and `!` for itself: put such a term in quotes, or write `p:..1e-5` and `not`.",
    "A query that is not understood is shown with a mark under the place:",
    '```\nstrayflow: there is no field "sevrity"; did you mean severity?\n  sevrity:high\n  ^\n```',
    "Unless a query says something of `status`, lists show what is open or confirmed; `--all` shows the rest too.",
  ]);
}

function ownersText(id: FilterFieldId): string {
  const owners = subjects.filter((subject) => filterFieldsOf(subject).includes(id));
  return owners.length === subjects.length ? "all" : owners.join(", ");
}
