import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseQuery, QueryError } from "../../src/query/index.ts";
import { anyQuery, writeQuery } from "./any-query.ts";

test("a query means the same once it is written out and read again", () => {
  fc.assert(
    fc.property(anyQuery, (query) => {
      expect(parseQuery(writeQuery(query))).toEqual(query);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ["id.resp_p = 445", "port:445"],
  [
    "id.orig_h = 10.0.0.0/8 and id.resp_p = 445 and end >= 2024-04-20",
    "src:10.0.0.0/8 port:445 since:2024-04-20",
  ],
  ["p_value < 1e-5", "p:<1e-5"],
  ["p_value < 1e-5", "p: < 1/100000"],
  ["id.orig_h = 10.0.0.5 or id.resp_h = 10.0.0.5", "10.0.0.5"],
  ["id.orig_h = 2001:db8::/32 or id.resp_h = 2001:db8::/32", "2001:db8::/32"],
  ["not (id.orig_h = ::1 or id.resp_h = ::1)", "not ::1"],
  ["id.resp_p = 25 or id.resp_p = 445", "port:25,445"],
  ["not (service = dns or service = ssl)", "service != dns, ssl"],
  ["id.resp_p >= 1 and id.resp_p <= 1024", "port:1..1024"],
  ["orig_bytes > 30000000", "orig_bytes > 30MB"],
  ["duration > 7200", "duration > 2h"],
  ["label = -", "label:-"],
  ["conn_state = S0", "STATE == S0"],
  ["id.orig_h = 10.1.2.3/8", "id_orig_h = 10.0.0.0/8"],
])("%s and %s mean the same", (long, short) => {
  expect(parseQuery(short)).toEqual(parseQuery(long));
});

const leaf = (port: number) => ({ kind: "number", field: "id.resp_p", op: "=", value: port });

test("and binds closer than or, not closer than and", () => {
  expect(parseQuery("port:1 or port:2 and not port:3 port:4")).toEqual({
    kind: "or",
    terms: [leaf(1), { kind: "and", terms: [leaf(2), { kind: "not", term: leaf(3) }, leaf(4)] }],
  });
  expect(parseQuery("(port:1 or port:2) !port:3")).toEqual({
    kind: "and",
    terms: [
      { kind: "or", terms: [leaf(1), leaf(2)] },
      { kind: "not", term: leaf(3) },
    ],
  });
});

test("an empty query asks for everything", () => {
  expect(parseQuery("")).toEqual({ kind: "everything" });
  expect(parseQuery("  \t")).toEqual({ kind: "everything" });
});

test("quoted text keeps spaces, commas and brackets", () => {
  expect(parseQuery(`label = "C&C (HTTP), slow"`)).toEqual({
    kind: "text",
    field: "label",
    value: "C&C (HTTP), slow",
  });
  expect(parseQuery(`service = "ssl,quic"`)).toEqual({
    kind: "elements",
    field: "service",
    values: ["ssl", "quic"],
  });
});

const faults: readonly (readonly [query: string, position: number, problem: RegExp])[] = [
  ["foo = 3", 0, /no field "foo"/],
  ["id.resp_prt = 3", 0, /did you mean id\.resp_p\?/],
  ["port:1 durtion > 3", 7, /did you mean duration\?/],
  ["id.resp_p", 9, /expected a comparison .* found the end/],
  ["id.resp_p 25", 10, /found "25"/],
  ["id.resp_p = ", 12, /expected a value, found the end/],
  ["id.resp_p = 70000", 12, /port from 0 to 65535, found "70000"/],
  ["port:1-1024", 5, /two dots: 1\.\.1024/],
  ["src:10.0.0.0/33", 4, /address or a network/],
  ["src:999.1.1.1", 4, /address or a network/],
  ["src > 10.0.0.1", 6, /takes = and !=/],
  ["duration ~ 3", 11, /is no text/],
  ["duration > fast", 11, /number of seconds/],
  ["since:yesterday", 6, /2024-04-20T13:00 or an age such as 2d/],
  ["(port:1", 7, /expected "\)", found the end/],
  ["port:1)", 6, /expected "and", "or" or the end, found "\)"/],
  ["port:1 or", 9, /expected a field or an address, found the end/],
  [`label = "C&C`, 8, /not closed/],
  ["port < 1, 2", 10, /one value, not a list/],
  ["local_orig = maybe", 13, /takes T or F/],
  [`label = ""`, 8, /asks for unset/],
  ["duration > -", 11, /unset and takes = or !=/],
];

test.each(faults)("the error for %s points at character %i", (query, position, problem) => {
  const error = errorOf(query);
  expect(error.problem).toMatch(problem);
  expect(error.position).toBe(position);
  expect(error.message).toBe(`${error.problem}\n  ${query}\n  ${" ".repeat(position)}^`);
});

test("any text is either a query or a query error", () => {
  const pieces = fc.array(
    fc.oneof(
      fc.constantFrom(
        "port",
        "src",
        "(",
        ")",
        "not ",
        "and ",
        "or ",
        "=",
        "!=",
        ":",
        "<",
        "10.0.0.1",
        "::1",
        '"',
        ",",
        "..",
        "-",
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 12 },
  );
  fc.assert(
    fc.property(pieces, (texts) => {
      expect(outcomeOf(texts.join(""))).toMatch(/^(query|query error)$/);
    }),
    { numRuns: 2000 },
  );
});

test("brackets without end do not exhaust the stack", () => {
  expect(errorOf("(".repeat(100_000)).problem).toMatch(/too many brackets/);
  expect(errorOf("not ".repeat(100_000)).problem).toMatch(/too many brackets/);
});

function outcomeOf(query: string): string {
  try {
    parseQuery(query);
    return "query";
  } catch (error) {
    return error instanceof QueryError ? "query error" : String(error);
  }
}

function errorOf(query: string): QueryError {
  try {
    parseQuery(query);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  }
  throw new Error(`no error for ${query}`);
}
