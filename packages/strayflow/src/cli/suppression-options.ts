import { ExpectedError } from "../base/errors.ts";
import type { SuppressionConditions } from "../detect/suppress/index.ts";
import { escapeText } from "../output/escape.ts";
import { parseFilter } from "../query/index.ts";
import { parseAge, parseTime } from "../query/values.ts";
import type { ParsedOptions } from "./options.ts";

/** What a suppression is limited to, for a command's table: all that is given must hold, of a list one entry. */
export const conditionOptions = {
  host: { kind: "words", placeholder: "IP,...", doc: "either end: addresses or networks such as 10.0.0.0/8" },
  src: { kind: "words", placeholder: "IP,...", doc: "who began the connection: addresses or networks" },
  dst: { kind: "words", placeholder: "IP,...", doc: "who was contacted: addresses or networks" },
  pair: { kind: "words", placeholder: "IP,IP", doc: "between these two, whoever began" },
  port: { kind: "words", placeholder: "PORT,...", doc: "the port that was contacted: 445 or 8000..8100" },
  proto: { kind: "words", placeholder: "NAME,...", doc: "transport protocol: tcp, udp, icmp" },
  service: { kind: "text", placeholder: "NAME", doc: "service as Zeek logs it; - for unset" },
  kind: {
    kind: "words",
    placeholder: "NAME,...",
    doc: "kind of the incident, or a detector: port-scan, beacon",
  },
  reason: {
    kind: "words",
    placeholder: "NAME,...",
    doc: "a feature among the reasons, as incidents show names it",
  },
  sensor: { kind: "words", placeholder: "NAME,...", doc: "name of the source" },
} as const;

/** The conditions that options and ids of incidents stand for. Throws `usage` where there is none, or where one is not right. */
export function conditionsOf(
  options: ParsedOptions<typeof conditionOptions>,
  incidents: readonly string[],
): SuppressionConditions {
  // By the language of the queries, so that a value means the same in both.
  const words = Object.keys(conditionOptions).flatMap((name) => {
    const value = options[name as keyof typeof conditionOptions];
    if (value === undefined) return [];
    return [
      `${name}:${typeof value === "string" ? queryValue(name, value) : value.map((one) => queryValue(name, one)).join(",")}`,
    ];
  });
  const conditions = {
    ...parseFilter(words.join(" "), { subject: "alerts", now: 0 }),
    ...(incidents.length > 0 && { incident: incidents }),
  } as SuppressionConditions;
  if (Object.keys(conditions).length > 0) return conditions;
  throw new ExpectedError(
    "usage",
    "expected what is fine: an incident's id, or --host, --src, --dst, --pair, --port, --proto, --service, --kind, --reason, --sensor",
  );
}

function queryValue(name: string, value: string): string {
  if (name === "service" && value === "-") return value;
  if (!/[\s(),"']/.test(value)) return value;
  if (!value.includes('"')) return `"${value}"`;
  if (!value.includes("'")) return `'${value}'`;
  throw new ExpectedError("usage", `--${name} cannot hold both kinds of quotes: ${escapeText(value)}`);
}

/** For how long a suppression holds: 7d, never, or up to a date. */
export const expiresOption = {
  kind: "text",
  placeholder: "TIME",
  default: "30d",
  doc: "when it ends by itself: 7d, 12h, a date, or never",
} as const;

/** Days of `expiresOption`, null where it never ends. @param now seconds since 1970; throws `usage` */
export function parseExpires(text: string, now: number): number | null {
  if (text.toLowerCase() === "never") return null;
  const age = parseAge(text);
  const time = age === undefined ? parseTime(text) : now + age;
  const days = time === undefined ? Number.NaN : (time - now) / 86_400;
  if (days > 0 && days <= MOST_DAYS) return days;
  const problem = days <= 0 ? "a time to come" : "a time such as 7d, 2026-12-31 or never";
  throw new ExpectedError("usage", `--expires expects ${problem}, found "${escapeText(text)}"`);
}

const MOST_DAYS = 36_500;
