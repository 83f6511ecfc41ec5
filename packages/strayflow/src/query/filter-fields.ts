/** What a filter chooses among. */
export type FilterSubject = "incidents" | "alerts" | "connections";

/** How the values of a filter's field are written. */
export type FilterType =
  | "address"
  | "pair"
  | "port"
  | "text"
  | "severity"
  | "status"
  | "number"
  | "time"
  | "boolean";

export interface FilterField {
  readonly type: FilterType;
  /** What it can be asked of; of everything unless told. */
  readonly of?: readonly FilterSubject[];
  /** Text that is compared in small letters. */
  readonly caseless?: boolean;
  /** As one would type it. */
  readonly example: string;
  /** One sentence for help and docs. */
  readonly summary: string;
}

const judged = ["incidents", "alerts"] as const;

/** Everything that a filter can ask about, in the order in which it is documented. */
export const filterFields = {
  host: {
    type: "address",
    example: "host:10.0.0.23",
    summary:
      "Either end, an address or a network; of an incident also the host that it is about. An address alone means this.",
  },
  src: { type: "address", example: "src:10.0.0.0/8", summary: "Who began the connection (`id.orig_h`)." },
  dst: { type: "address", example: "dst:2001:db8::/32", summary: "Who was contacted (`id.resp_h`)." },
  pair: {
    type: "pair",
    example: "pair:10.0.0.23,10.0.0.5",
    summary: "Between these two, whoever began.",
  },
  port: {
    type: "port",
    example: "port:445,8000..8100",
    summary: "Port that was contacted (`id.resp_p`).",
  },
  proto: { type: "text", caseless: true, example: "proto:udp", summary: "Transport protocol." },
  service: {
    type: "text",
    caseless: true,
    example: "service:dns",
    summary: 'Service as Zeek logs it, as a whole: `service:"ssl,http"` is another one than `service:ssl`.',
  },
  since: {
    type: "time",
    example: "since:2d",
    summary:
      "Not before this moment: an age, or a date with or without a clock (UTC unless it names a zone).",
  },
  until: { type: "time", example: "until:2024-04-20T13:00", summary: "Before this moment." },
  p: {
    type: "number",
    example: "p:<1e-5",
    summary: "How often normal traffic gives the like; `p:<1/100000` says the same.",
  },
  severity: {
    type: "severity",
    of: judged,
    example: "severity:>=high",
    summary: "Severity of the incident: low, medium, high, critical.",
  },
  status: {
    type: "status",
    of: judged,
    example: "status:open",
    summary:
      "What became of the incident: open, confirmed, closed; suppressed, where all of it is covered; replaced, where it turned out to be part of another.",
  },
  kind: {
    type: "text",
    caseless: true,
    of: judged,
    example: "kind:beacon",
    summary: "Kind of the incident, or a detector that speaks of an alert.",
  },
  reason: {
    type: "text",
    of: judged,
    example: "reason:orig_conns_1h",
    summary: "A feature among the reasons of an alert.",
  },
  sensor: { type: "text", of: judged, example: "sensor:office", summary: "Name of the source." },
  incident: {
    type: "text",
    of: judged,
    example: "incident:3f0c5a1be2d49a77",
    summary: "Whole id of an incident.",
  },
  alerts: {
    type: "number",
    of: ["incidents"],
    example: "alerts:>100",
    summary: "Number of its alerts.",
  },
  over: {
    type: "boolean",
    of: ["incidents"],
    example: "over:F",
    summary: "Whether nothing more will join it.",
  },
  suppressed: {
    type: "boolean",
    of: ["alerts"],
    example: "suppressed:T",
    summary: "Whether a suppression covers it.",
  },
} as const satisfies Record<string, FilterField>;

export type FilterFieldId = keyof typeof filterFields;

/** The order is that of severity. */
export const querySeverities = ["low", "medium", "high", "critical"] as const;
export type QuerySeverity = (typeof querySeverities)[number];

export const queryStatuses = ["open", "closed", "confirmed", "suppressed", "replaced"] as const;
export type QueryStatus = (typeof queryStatuses)[number];

/** Other spellings. */
const aliases: Readonly<Record<string, FilterFieldId>> = {
  "id.orig_h": "src",
  orig_h: "src",
  orig: "src",
  "id.resp_h": "dst",
  resp_h: "dst",
  resp: "dst",
  "id.resp_p": "port",
  resp_p: "port",
  p_value: "p",
  detector: "kind",
};

export function filterField(id: FilterFieldId): FilterField {
  return filterFields[id];
}

/** What a written name stands for. Case does not matter. */
export function resolveFilterField(name: string): FilterFieldId | undefined {
  const lower = name.toLowerCase();
  if (Object.hasOwn(filterFields, lower)) return lower as FilterFieldId;
  return Object.hasOwn(aliases, lower) ? aliases[lower] : undefined;
}

/** Ids of the fields that a subject has. */
export function filterFieldsOf(subject: FilterSubject): readonly FilterFieldId[] {
  return (Object.keys(filterFields) as FilterFieldId[]).filter((id) => isFieldOf(id, subject));
}

export function isFieldOf(id: FilterFieldId, subject: FilterSubject): boolean {
  return filterField(id).of?.includes(subject) ?? true;
}
