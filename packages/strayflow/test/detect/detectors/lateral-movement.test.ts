import { expect, test } from "vitest";
import type { SomeConnection } from "../../features/make-batch.ts";
import { DAY, HOUR, inOffice, inOrder, judge, learn, noon, office, repeat } from "./bank.ts";

const copy = {
  "id.orig_h": "10.0.0.3",
  "id.resp_p": 445,
  proto: "tcp",
  service: "gssapi,smb,ntlm",
  conn_state: "SF",
  duration: 4,
  orig_bytes: 1e6,
  resp_bytes: 3000,
  resp_pkts: 30,
} as const satisfies SomeConnection;

const moves = (hosts: number, change: SomeConnection = {}) =>
  repeat(hosts, (i) => ({ ts: noon + 600 * i, ...copy, "id.resp_h": `10.0.0.${100 + i}`, ...change }));

test("a host that reaches others one by one stands out before it has reached many, and the sentence says how many", () => {
  const { attack, normal, last } = inOffice("lateral-movement", moves(6));
  expect(attack).toBeGreaterThan(8);
  expect(normal).toBeLessThan(2);
  expect(last).toBe(
    "10.0.0.3 used services of administration on 6 hosts that it never used them on before in 50 min, " +
      "at last port 445 of 10.0.0.105; usually 0 new hosts a day",
  );
  expect(inOffice("lateral-movement", moves(2)).attack).toBeLessThan(3);
});

test("remote management over HTTP is known by its port, a shell by its name", () => {
  const http = { "id.resp_p": 5985, service: "http" };
  expect(inOffice("lateral-movement", moves(6, http)).attack).toBeGreaterThan(8);
  const shell = { "id.resp_p": 2222, service: "ssh" };
  expect(inOffice("lateral-movement", moves(6, shell)).attack).toBeGreaterThan(8);
  const web = { "id.resp_p": 80, service: "http" };
  expect(inOffice("lateral-movement", moves(6, web)).attack).toBe(0);
});

test("what nobody answers, and what leaves or enters the network, is no movement in it", () => {
  const vain = { conn_state: "S0", resp_pkts: 0, orig_bytes: 0, resp_bytes: 0 };
  expect(inOffice("lateral-movement", moves(30, vain)).attack).toBe(0);
  const away = moves(6).map((row, i) => ({ ...row, "id.resp_h": `198.51.100.${i}` }));
  expect(inOffice("lateral-movement", away).attack).toBe(0);
  expect(inOffice("lateral-movement", moves(6, { "id.orig_h": "198.51.100.7" })).attack).toBe(0);
});

test("servers that everybody uses say nothing: a new host calls on all of them in its first hours", () => {
  const servers = (host: string, from: number) =>
    repeat(6, (i) => ({ ts: from + 60 * i, ...copy, "id.orig_h": host, "id.resp_h": `10.0.0.${100 + i}` }));
  const everybody = repeat(12, (i) => servers(`10.0.1.${i}`, noon - DAY + 100 * i)).flat();
  const { last, attack } = inOffice("lateral-movement", [...everybody, ...servers("10.0.1.99", noon)]);
  expect(attack).toBeLessThan(6);
  expect(last).toBeUndefined();
});

test("a host that always manages others goes on doing so, and so does one that training knew to", () => {
  const manager = repeat(3 * 24, (i) => ({
    ts: noon - 2.5 * DAY + HOUR * i,
    ...copy,
    "id.resp_h": `10.0.0.${100 + i}`,
  }));
  const usual = judge("lateral-movement", inOrder(office(3), manager), learn(office(2, 7)));
  const unusual = inOffice("lateral-movement", moves(24));
  expect(usual.values.at(-1)! + 5).toBeLessThan(unusual.attack / 4);
  const before = repeat(2, (k) => moves(6).map((row) => ({ ...row, ts: row.ts - 2 * DAY + k * HOUR })));
  const knowing = learn(inOrder(office(2, 7), ...before));
  expect(inOffice("lateral-movement", moves(6), knowing).attack).toBe(0);
});
