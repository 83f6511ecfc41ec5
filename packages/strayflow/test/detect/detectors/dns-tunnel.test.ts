import { expect, test } from "vitest";
import type { SomeConnection } from "../../features/make-batch.ts";
import { inOffice, inOrder, judge, learn, noon, office, repeat } from "./bank.ts";

const question = {
  "id.orig_h": "10.0.0.3",
  "id.resp_h": "10.0.0.53",
  "id.resp_p": 53,
  proto: "udp",
  service: "dns",
  conn_state: "SF",
  duration: 0.1,
  orig_pkts: 1,
  resp_pkts: 1,
  resp_bytes: 200,
} as const satisfies SomeConnection;

const tunnel = (bytes: number, change: SomeConnection = {}) =>
  repeat(400, (i) => ({ ts: noon + 4 * i, ...question, orig_bytes: bytes + (i % 9), ...change }));

test("many long questions stand out, whichever name server they are put to, and the sentence says how much they held", () => {
  const { attack, normal, last } = inOffice("dns-tunnel", tunnel(160));
  expect(attack).toBeGreaterThan(8);
  expect(normal).toBeLessThan(3);
  expect(last).toMatch(
    /^10\.0\.0\.3 asked name servers long questions: in 1 h they held 3\d(\.\d)? kB more than ordinary ones of 4\d bytes do, the last had 163 bytes; usually \d+ bytes more an hour$/,
  );
  const outside = inOffice("dns-tunnel", tunnel(160, { "id.resp_h": "198.51.100.3" }));
  expect(outside.attack).toBeGreaterThan(8);
});

test("questions of ordinary size say nothing, however many there are", () => {
  expect(inOffice("dns-tunnel", tunnel(40)).attack).toBeLessThan(1);
});

test("a tunnel that keeps its port is counted by its packets, and tells many long questions from many short ones", () => {
  const held = (bytes: number) => [
    { ts: noon, ...question, duration: 1200, orig_pkts: 500, resp_pkts: 500, orig_bytes: 500 * bytes },
  ];
  expect(inOffice("dns-tunnel", held(150)).attack).toBeGreaterThan(8);
  expect(inOffice("dns-tunnel", held(40)).attack).toBe(0);
});

test("what asks the neighbours, or is not about names, is no tunnel", () => {
  const neighbours = { "id.resp_h": "224.0.0.251", "id.resp_p": 5353 };
  expect(inOffice("dns-tunnel", tunnel(400, neighbours)).attack).toBe(0);
  expect(inOffice("dns-tunnel", tunnel(120, { "id.resp_p": 137 })).attack).toBe(0);
  expect(inOffice("dns-tunnel", tunnel(400, { "id.resp_p": 443, service: "quic" })).attack).toBe(0);
});

test("a host whose questions are always long is used to them", () => {
  const mailServer = repeat(3 * 24 * 12, (i) => ({
    ...question,
    ts: noon - 2.5 * 86_400 + 300 * i,
    "id.orig_h": "10.0.0.25",
    orig_bytes: 90 + (i % 30),
  }));
  const rows = inOrder(office(3), mailServer);
  const { values } = judge("dns-tunnel", rows, learn(office(2, 7)));
  const late = values.filter((_, i) => rows[i]!.ts! > noon - 86_400);
  expect(Math.max(...late)).toBeLessThan(4);
});
