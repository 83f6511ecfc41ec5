import * as fc from "fast-check";
import type { Network, Query } from "../../src/query/index.ts";
import { formatAddress } from "../../src/zeek/address.ts";

/** Values that meet those of `anyRow`, so that comparisons hold now and then. */
const fewNumbers = fc.constantFrom(0, 0.5, 1, 60, 1500, 1e6);
const comparisons = fc.constantFrom("=", "<", "<=", ">", ">=");
export const fewServices = ["dns", "ssl", "quic", "HTTP", "http,ssl", "ssl,quic"] as const;
export const fewTexts = ["tcp", "udp", "SF", "S0", "ShADadFf", "Benign", "C&C (slow), odd", "Cabc"] as const;
export const fewAddresses = [
  "10.0.0.1",
  "10.0.0.2",
  "10.200.3.4",
  "192.168.1.255",
  "2001:db8::1",
  "2001:db8::2:1",
  "2001:db8:1:2::1",
  "::1",
] as const;
const fewNetworks: readonly (readonly [
  address: readonly [number, number, number, number],
  prefix: number,
])[] = [
  [[0, 0, 0xffff, 0x0a000001], 128],
  [[0, 0, 0xffff, 0x0a000000], 104],
  [[0, 0, 0xffff, 0x0a000000], 125],
  [[0, 0, 0xffff, 0], 96],
  [[0x20010db8, 0, 0, 0], 32],
  [[0x20010db8, 0, 0, 1], 128],
  [[0x20010db8, 0, 0, 0], 64],
  [[0x20010db8, 0x00010000, 0, 0], 48],
  [[0, 0, 0, 1], 128],
];

const leaf: fc.Arbitrary<Query> = fc.oneof(
  fc.record({
    kind: fc.constant("number" as const),
    field: fc.constantFrom("duration", "orig_bytes", "resp_pkts", "missed_bytes", "ip_proto"),
    op: comparisons,
    value: fewNumbers,
  }),
  fc.record({
    kind: fc.constant("number" as const),
    field: fc.constantFrom("id.orig_p", "id.resp_p"),
    op: comparisons,
    value: fc.constantFrom(0, 25, 443, 445, 65_535),
  }),
  fc.record({
    kind: fc.constant("time" as const),
    field: fc.constantFrom("ts", "end"),
    op: comparisons,
    seconds: fc.constantFrom(0, 1000, 1060, 1713484795.943239),
  }),
  fc.record({
    kind: fc.constant("age" as const),
    field: fc.constantFrom("ts", "end"),
    op: comparisons,
    seconds: fc.constantFrom(0, 60, 1000),
  }),
  fc.record({
    kind: fc.constant("text" as const),
    field: fc.constantFrom("uid", "proto", "conn_state", "history", "label", "detailedlabel"),
    value: fc.constantFrom(...fewTexts, "TCP", "sf", "shadADff"),
  }),
  fc.record({
    kind: fc.constant("contains" as const),
    field: fc.constantFrom("uid", "proto", "service", "history", "label"),
    value: fc.constantFrom("c", "S", "ssl", "C&C", "d,", "AD"),
  }),
  fc.record({
    kind: fc.constant("elements" as const),
    field: fc.constant("service" as const),
    values: fc.subarray(["dns", "ssl", "quic", "http"], { minLength: 1 }),
  }),
  fc.record({
    kind: fc.constant("boolean" as const),
    field: fc.constantFrom("local_orig", "local_resp"),
    value: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("network" as const),
    field: fc.constantFrom("id.orig_h", "id.resp_h"),
    network: fc.constantFrom(...fewNetworks).map(([words, prefix]): Network => ({ words, prefix })),
  }),
  fc.record({
    kind: fc.constant("unset" as const),
    field: fc.constantFrom(
      "ts",
      "uid",
      "duration",
      "service",
      "history",
      "label",
      "local_orig",
      "resp_bytes",
      "id.resp_h",
    ),
  }),
);

/** Queries as the parser makes them: and and or have two terms or more, and no and holds an and. */
export const anyQuery: fc.Arbitrary<Query> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Query>({ kind: "everything" }) },
  {
    weight: 30,
    arbitrary: fc.letrec<{ query: Query }>((tie) => ({
      query: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        leaf,
        fc.record({ kind: fc.constant("not" as const), term: tie("query") }),
        fc.record({
          kind: fc.constantFrom("and" as const, "or" as const),
          terms: fc.array(tie("query"), { minLength: 2, maxLength: 3 }),
        }),
      ),
    })).query,
  },
);

/** The query in the long form, with brackets around everything. */
export function writeQuery(query: Query): string {
  switch (query.kind) {
    case "everything":
      return "";
    case "and":
    case "or":
      return query.terms.map((term) => `(${writeQuery(term)})`).join(` ${query.kind} `);
    case "not":
      return `not (${writeQuery(query.term)})`;
    case "unset":
      return `${query.field} = -`;
    case "number":
      return `${query.field} ${query.op} ${query.value}`;
    case "time":
      return `${query.field} ${query.op} ${query.seconds}`;
    case "age":
      return `${query.field} ${query.op} ${query.seconds}s`;
    case "text":
      return `${query.field} = "${query.value}"`;
    case "contains":
      return `${query.field} ~ "${query.value}"`;
    case "elements":
      return `${query.field} = "${query.values.join(",")}"`;
    case "boolean":
      return `${query.field} = ${query.value ? "T" : "F"}`;
    case "network": {
      const { words, prefix } = query.network;
      const text = formatAddress(Uint32Array.from(words), 0);
      return `${query.field} = ${text}/${text.includes(":") ? prefix : prefix - 96}`;
    }
    default:
      return query satisfies never;
  }
}
