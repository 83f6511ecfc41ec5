import * as fc from "fast-check";
import { expect, test } from "vitest";
import { severities } from "../../src/detect/incidents/index.ts";
import {
  filterField,
  filterFieldsOf,
  parseFilter,
  QueryError,
  querySeverities,
  queryStatuses,
  type FilterSubject,
} from "../../src/query/index.ts";
import { alertFilterSchema, incidentFilterSchema, incidentStatuses } from "../../src/store/index.ts";

const now = 1_740_000_000;
const read = (text: string, subject: FilterSubject = "incidents") => parseFilter(text, { subject, now });

test.each([
  ["", {}],
  ["  ", {}],
  [
    "src:10.0.0.0/8 port:445 since:2d severity:high status:open sensor:office kind:beacon",
    {
      orig: ["10.0.0.0/8"],
      port: [445],
      from: now - 2 * 86_400,
      severity: ["high"],
      status: ["open"],
      sensor: ["office"],
      kind: ["beacon"],
    },
  ],
  ["dst:10.0.0.5 host:2001:db8::/32", { resp: ["10.0.0.5"], host: ["2001:db8::/32"] }],
  ["10.0.0.5", { host: ["10.0.0.5"] }],
  ["not 10.0.0.5", { not: { host: ["10.0.0.5"] } }],
  ["id.orig_h = 10.0.0.5 and id.resp_p = 22", { orig: ["10.0.0.5"], port: [22] }],
  ["pair:10.0.0.1,10.1.0.0/16", { pair: [["10.0.0.1", "10.1.0.0/16"]] }],
  ["port:139,445, 8000..8100", { port: [139, 445, { from: 8000, to: 8100 }] }],
  ["port:<1024", { port: [{ to: 1023 }] }],
  ["port!=22 !port:80", { not: { port: [22, 80] } }],
  ["proto:UDP service:DNS", { proto: ["udp"], service: ["dns"] }],
  ['service:-,"ssl,http"', { service: ["", "ssl,http"] }],
  ["p:<=1e-5", { pValue: { to: 1e-5 } }],
  ["p:..1/1000 p:>=1e-6", { pValue: { from: 1e-6, to: 0.001 } }],
  ["not p:>1e-5", { pValue: { to: 1e-5 } }],
  ["severity:>=high", { severity: ["high", "critical"] }],
  ["severity:..medium", { severity: ["low", "medium"] }],
  ["alerts:>=10 over:T", { alerts: { from: 10 }, isOver: true }],
  ["not over:T", { isOver: false }],
  ["since:2025-02-19 until:2025-02-20T12:00Z", { from: 1_739_923_200, to: 1_740_052_800 }],
])("%s", (text, filter) => {
  expect(read(text)).toEqual(filter);
});

test("p:<1e-5 leaves out what is exactly that", () => {
  const { pValue } = read("p:<1e-5");
  expect(pValue?.to).toBeLessThan(1e-5);
  expect(pValue?.to).toBeCloseTo(1e-5, 15);
});

test.each([
  ["sevrity:high", 0, /no field "sevrity"; did you mean severity\?/],
  ["port:445 frob:1", 9, /no field "frob"; known are host, src/],
  ["severity:hgh", 9, /low, medium, high, critical, found "hgh"; did you mean high/],
  ["port:445 or port:22", 9, /a list means any of them/],
  ["(port:445)", 0, /all conditions hold together/],
  ["port:445 port:22", 9, /asked for twice/],
  ["host:10.0.0.1 host:10.0.0.2", 14, /pair:/],
  ["port:70000", 5, /from 0 to 65535, found "70000"/],
  ["port:1-5", 5, /two dots: 1\.\.5/],
  ["port:9..5", 5, /the smaller comes first/],
  ["src:10.0.0", 4, /an address or a network/],
  ["p:often", 2, /such as 1e-5/],
  ["p:1..oft", 5, /found "oft"/],
  ["since:yesterday", 6, /an age such as 2d/],
  ["not since:2d", 4, /say until instead/],
  ["status:done", 7, /open, closed, confirmed/],
  ["src:<10.0.0.1", 0, /src takes : and !=/],
  ["suppressed:T", 0, /known of alerts, not of incidents/],
  ["over:maybe", 5, /T or F/],
  ["kind~scan", 4, /"~" is not for this/],
  ["pair:10.0.0.1", 5, /two addresses/],
  ['service:"dns', 8, /not closed/],
  ["port", 4, /expected ":" after "port"/],
])("%s: the mistake is pointed at", (text, position, problem) => {
  const mistake = caught(() => read(text));
  expect(mistake.problem).toMatch(problem);
  expect(mistake.position).toBe(position);
});

test("whatever is typed is a filter that the store takes, or a mistake with a place", () => {
  const word = fc.constantFrom(...(["incidents", "alerts"] as const).flatMap(filterFieldsOf));
  const value = fc.oneof(
    fc.constantFrom(
      "445",
      "1..5",
      "..9",
      "10.0.0.0/8",
      "::1",
      "-",
      "high",
      "open",
      "2d",
      "T",
      "1e-5",
      '"a b"',
    ),
    fc.string(),
  );
  const op = fc.constantFrom(":", "=", "!=", ":<", ">=", "");
  const term = fc.oneof(
    fc.tuple(fc.constantFrom("", "not ", "!"), word, op, value).map((parts) => parts.join("")),
    word.map((id) => filterField(id).example),
    fc.string(),
  );
  fc.assert(
    fc.property(
      fc.array(term, { maxLength: 4 }),
      fc.constantFrom("incidents", "alerts"),
      (terms, subject) => {
        const text = terms.join(" ");
        const outcome = attempt(() => read(text, subject));
        const schema = subject === "incidents" ? incidentFilterSchema : alertFilterSchema;
        const isFine =
          outcome instanceof QueryError ? outcome.position <= text.length : schema.safeParse(outcome).success;
        expect(isFine).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});

test("every field's example is a filter of each of its subjects", () => {
  for (const subject of ["incidents", "alerts", "connections"] as const)
    for (const id of filterFieldsOf(subject))
      expect(Object.keys(parseFilter(filterField(id).example, { subject, now }))).toHaveLength(1);
});

test("severities and statuses are those of the rest of the program", () => {
  expect(querySeverities).toEqual(severities);
  expect(queryStatuses).toEqual(incidentStatuses);
});

function caught(work: () => unknown): QueryError {
  const outcome = attempt(work);
  if (outcome instanceof QueryError) return outcome;
  throw new Error("expected a mistake");
}

/** What comes of it, a mistake included. */
function attempt<Result>(work: () => Result): Result | QueryError {
  try {
    return work();
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
}
