import { expect, test } from "vitest";
import { FlaggedRows } from "../../src/pipeline/flagged-rows.ts";
import { canReadAgain, gatherContext, nearbyRows } from "../../src/pipeline/incident-context.ts";
import { IncidentGrouper, type Incident } from "../../src/detect/incidents/index.ts";
import { makeAlert } from "../detect/make-alert.ts";
import { linesOf, openOffice, readBatches, writeLog } from "./office.ts";

test("flags are remembered as they were given, however they were cut", () => {
  const given = Uint8Array.from({ length: 100_000 }, (_, row) => (row % 7 === 3 || row % 64 === 0 ? 1 : 0));
  const flagged = new FlaggedRows();
  for (let at = 0, step = 1; at < given.length; at += step, step = (step % 9000) + 777)
    flagged.add(given.subarray(at, at + step));
  expect(flagged.rows).toBe(given.length);
  expect(Uint8Array.from(given, (_, row) => (flagged.has(row) ? 1 : 0))).toEqual(given);
  expect(flagged.has(given.length)).toBe(false);
});

/** An incident of one host in a stretch of time. */
function incidentOf(host: string, from: number, to: number): Incident {
  const grouper = new IncidentGrouper();
  grouper.add(makeAlert({ originator: host, ts: from, end: to }));
  return grouper.finish()[0]!;
}

test("what surrounds an incident is what a plain search of the log finds", async () => {
  await using office = await openOffice({ rows: 4000, seed: 3 });
  const batches = await readBatches(office.normal);
  const { fields, rows } = await linesOf(office.normal);
  const column = (name: string) => fields.indexOf(name);
  const all = rows.map((line, place) => {
    const cells = line.split("\t");
    const hosts = [cells[column("id.orig_h")]!, cells[column("id.resp_h")]!];
    return { uid: cells[column("uid")]!, ts: Number(cells[column("ts")]), hosts, place };
  });
  const flagged = new FlaggedRows();
  for (const batch of batches)
    flagged.add(
      Uint8Array.from({ length: batch.rows }, (_, row) => ((flagged.rows + row) % 5 === 0 ? 1 : 0)),
    );
  const host = [
    ...Map.groupBy(
      all.flatMap(({ hosts }) => hosts),
      (name) => name,
    ),
  ].sort(([, a], [, b]) => b.length - a.length)[0]![0];
  const own = all.filter(({ hosts }) => hosts.includes(host)).toSorted((a, b) => a.ts - b.ts);
  expect(own.length).toBeGreaterThan(200);
  const [from, to] = [own[Math.floor(own.length * 0.4)]!.ts, own[Math.floor(own.length * 0.6)]!.ts];
  const incident = incidentOf(host, from, to);
  const context = (await gatherContext([office.normal], [incident], flagged))!.get(incident.id)!;
  const placed = (place: string) => context.nearby.filter((one) => one.place === place);
  const uids = (list: readonly { readonly uid: string }[]) => list.map(({ uid }) => uid);
  expect(uids(placed("before"))).toEqual(uids(own.filter(({ ts }) => ts < from).slice(-nearbyRows)));
  expect(uids(placed("after"))).toEqual(uids(own.filter(({ ts }) => ts > to).slice(0, nearbyRows)));
  const within = own.filter(({ ts }) => ts >= from && ts <= to);
  expect(context.during).toBe(within.length);
  expect(placed("during")).toHaveLength(Math.min(within.length, 2 * nearbyRows));
  for (const { uid, flagged: isFlagged } of context.nearby)
    expect(isFlagged).toBe(all.find((one) => one.uid === uid)!.place % 5 === 0);
  const ordinary = own.filter(({ place }) => place % 5 !== 0);
  const { habits } = context;
  expect(habits.asOriginator).toBe(ordinary.filter(({ hosts }) => hosts[0] === host).length);
  expect(habits.asResponder).toBe(ordinary.filter(({ hosts }) => hosts[0] !== host).length);
  expect([habits.from, habits.to]).toEqual([ordinary[0]!.ts, ordinary.at(-1)!.ts]);
  const peers = ordinary.map(({ hosts }) => (hosts[0] === host ? hosts[1]! : hosts[0]!));
  expect(habits.peers).toBe(new Set(peers).size);
}, 20_000);

test("a log that changed since it was scored gives no context rather than a wrong one", async () => {
  await using office = await openOffice({ rows: 3000, seed: 4 });
  const { header, rows } = await linesOf(office.normal);
  const flagged = new FlaggedRows();
  flagged.add(new Uint8Array(rows.length));
  const incident = incidentOf("10.20.0.10", 0, 1);
  expect(await gatherContext([office.normal], [incident], flagged)).toBeDefined();
  await writeLog(office.normal, header, rows.slice(1));
  expect(await gatherContext([office.normal], [incident], flagged)).toBeUndefined();
}, 20_000);

test("standard input is not read twice", async () => {
  expect(await canReadAgain(["-"])).toBe(false);
});
