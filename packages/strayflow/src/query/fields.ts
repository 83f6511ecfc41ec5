import { nearestWord } from "./nearest-word.ts";

/** How the values of a field are written, compared and stored. */
export type FieldType = "number" | "port" | "time" | "address" | "text" | "set" | "boolean";

export interface QueryField {
  readonly type: FieldType;
  /** What a bare number means, and which units may follow it. */
  readonly unit?: "bytes" | "seconds";
  /** Text that is compared without regard to case. */
  readonly caseless?: boolean;
  /** Known only once a connection has been scored. */
  readonly scored?: boolean;
  /** One sentence for the help. */
  readonly summary: string;
}

/** Everything that a query can ask about, under Zeek's own name where Zeek has one. */
const queryFields = {
  ts: { type: "time", summary: "Start of the connection." },
  end: { type: "time", summary: "End of the connection: start plus duration." },
  uid: { type: "text", summary: "Zeek's identifier of the connection." },
  "id.orig_h": { type: "address", summary: "Address that opened the connection, or the network it is in." },
  "id.orig_p": { type: "port", summary: "Port of the side that opened the connection." },
  "id.resp_h": { type: "address", summary: "Address that was contacted, or the network it is in." },
  "id.resp_p": { type: "port", summary: "Port that was contacted." },
  proto: { type: "text", caseless: true, summary: "Transport protocol: tcp, udp, icmp." },
  service: { type: "set", caseless: true, summary: "Application protocols; matches when it is one of them." },
  duration: { type: "number", unit: "seconds", summary: "How long the connection lasted." },
  orig_bytes: { type: "number", unit: "bytes", summary: "Payload sent by the side that opened it." },
  resp_bytes: { type: "number", unit: "bytes", summary: "Payload sent by the side that was contacted." },
  conn_state: { type: "text", caseless: true, summary: "Zeek's state of the connection: SF, S0, REJ." },
  local_orig: { type: "boolean", summary: "Whether the opening side is in a local network." },
  local_resp: { type: "boolean", summary: "Whether the contacted side is in a local network." },
  missed_bytes: { type: "number", unit: "bytes", summary: "Bytes that the sensor did not see." },
  history: { type: "text", summary: "Zeek's letters for what happened, in order; case matters." },
  orig_pkts: { type: "number", summary: "Packets sent by the side that opened it." },
  orig_ip_bytes: { type: "number", unit: "bytes", summary: "Bytes on the wire from the opening side." },
  resp_pkts: { type: "number", summary: "Packets sent by the side that was contacted." },
  resp_ip_bytes: { type: "number", unit: "bytes", summary: "Bytes on the wire from the contacted side." },
  ip_proto: { type: "number", summary: "IANA number of the transport protocol." },
  label: { type: "text", caseless: true, summary: "Label of a labelled log." },
  detailedlabel: { type: "text", caseless: true, summary: "Detailed label of a labelled log." },
  score: { type: "number", scored: true, summary: "Score of a scored connection." },
  p_value: { type: "number", scored: true, summary: "How often normal traffic scores this high." },
  flagged: { type: "boolean", scored: true, summary: "Whether a scored connection was flagged." },
} as const satisfies Record<string, QueryField>;

export type FieldId = keyof typeof queryFields;

/** The fields of one type. */
export type FieldOf<Type extends FieldType> = {
  [Id in FieldId]: (typeof queryFields)[Id]["type"] extends Type ? Id : never;
}[FieldId];

/** Shorter and other spellings. */
const fieldAliases: Readonly<Record<string, FieldId>> = {
  src: "id.orig_h",
  sport: "id.orig_p",
  dst: "id.resp_h",
  port: "id.resp_p",
  state: "conn_state",
  p: "p_value",
  orig_h: "id.orig_h",
  orig_p: "id.orig_p",
  resp_h: "id.resp_h",
  resp_p: "id.resp_p",
  id_orig_h: "id.orig_h",
  id_orig_p: "id.orig_p",
  id_resp_h: "id.resp_h",
  id_resp_p: "id.resp_p",
  "detailed-label": "detailedlabel",
};

/** Names that stand for more than one comparison. */
const fieldMacros = ["host", "since", "until"] as const;

export type FieldMacro = (typeof fieldMacros)[number];

export function fieldOf(id: FieldId): QueryField {
  return queryFields[id];
}

/** What a written name stands for, or undefined where there is no such field. Case does not matter. */
export function resolveField(name: string): FieldId | FieldMacro | undefined {
  const lower = name.toLowerCase();
  if (Object.hasOwn(queryFields, lower)) return lower as FieldId;
  if (Object.hasOwn(fieldAliases, lower)) return fieldAliases[lower];
  return fieldMacros.find((macro) => macro === lower);
}

/** The known name that is nearest to a mistyped one, when one is near enough to be meant. */
export function nearestField(name: string): string | undefined {
  return nearestWord(name, [...Object.keys(queryFields), ...Object.keys(fieldAliases), ...fieldMacros]);
}
