import { describe, expect, test } from "vitest";
import { seededRandom } from "../../../src/base/random.ts";
import { detectors } from "../../../src/detect/detectors/index.ts";
import { zeekColumns } from "../../../src/zeek/batch.ts";
import type { SomeConnection } from "../../features/make-batch.ts";
import { DAY, HOUR, inOffice, inOrder, judge, learn, noon, office, repeat, start } from "./bank.ts";

const tcp = { proto: "tcp", conn_state: "SF", resp_pkts: 5 } as const;
const unanswered = { proto: "tcp", conn_state: "S0", resp_pkts: 0 } as const;

test("every detector names itself, and columns that Zeek has", () => {
  expect(new Set(detectors.map(({ id }) => id)).size).toBe(detectors.length);
  for (const { id, summary, reads, subject, entities } of detectors) {
    expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(summary).toMatch(/^A-?.*\.$|^[A-Z].*\.$/);
    for (const column of reads) expect(zeekColumns).toContain(column);
    expect(entities).toContain(subject);
  }
});

describe("beacon", () => {
  const random = seededRandom(2);
  const calls = (jitter: number, count = 60): SomeConnection[] => {
    let time = noon;
    return repeat(count, () => ({
      ts: (time += 300 * (1 + jitter * (2 * random.uniform() - 1))),
      "id.orig_h": "10.0.0.3",
      "id.resp_h": "203.0.113.9",
      "id.resp_p": 443,
      ...tcp,
      duration: 0.4,
      orig_bytes: 512,
      resp_bytes: 300,
    }));
  };

  test("stands out with and without jitter, and says how often", () => {
    const exact = inOffice("beacon", calls(0));
    expect(exact.attack).toBeGreaterThan(20);
    expect(exact.normal).toBeLessThan(5);
    expect(exact.last).toBe(
      "10.0.0.3 calls port 443 of 203.0.113.9 every 5 min (±0 s), 60 times over 4 h 55 min, each 512 bytes; it did not before",
    );
    const loose = inOffice("beacon", calls(0.4, 110));
    expect(loose.attack).toBeGreaterThan(2 * loose.normal + 5);
  });

  test("says nothing of a pair that training knows", () => {
    const knowing = learn(
      inOrder(
        office(2, 7),
        calls(0).map((row) => ({ ...row, ts: row.ts! - 2 * DAY })),
      ),
    );
    expect(inOffice("beacon", calls(0), knowing).attack).toBe(0);
  });

  test("counts for less where the host is as new as its calls, or where both are hosts of this network", () => {
    const fromNew = calls(0).map((row) => ({ ...row, "id.orig_h": "10.0.0.99" }));
    const within = calls(0).map((row) => ({ ...row, "id.resp_h": "10.0.0.10" }));
    const full = inOffice("beacon", calls(0)).attack;
    expect(inOffice("beacon", fromNew).attack).toBeLessThan(full / 4);
    expect(inOffice("beacon", within).attack).toBeLessThan(full / 4);
  });

  test("counts for less where many do the same", () => {
    const all = [1, 2, 3, 4, 5].flatMap((host) =>
      calls(0.02).map((row) => ({ ...row, "id.orig_h": `10.0.0.${host}`, ts: row.ts! + host })),
    );
    expect(inOffice("beacon", all).attack).toBeLessThan(inOffice("beacon", calls(0.02)).attack / 3);
  });
});

test("a long connection is long for its host, its service and the network", () => {
  const held = { "id.orig_h": "10.0.0.2", "id.resp_h": "198.51.100.7", "id.resp_p": 443, ...tcp };
  const { attack, normal, last } = inOffice("long-connection", [
    { ts: noon, ...held, duration: 6 * HOUR, orig_bytes: 9000, resp_bytes: 9000 },
  ]);
  expect(attack).toBeGreaterThan(10);
  expect(normal).toBeLessThan(6);
  expect(last).toMatch(
    /^10\.0\.0\.2 held a connection to port 443 of 198\.51\.100\.7 for 6 h; its own usually last/,
  );
  const oneSided = inOffice("long-connection", [
    { ts: noon, ...held, "id.resp_h": "224.0.0.1", duration: 6 * HOUR, conn_state: "S0", orig_bytes: 9000 },
  ]);
  expect(oneSided.attack).toBe(0);
});

test("a strobe is far more than usual between the pair; the name server that is always asked is not", () => {
  const { attack, normal, last } = inOffice(
    "strobe",
    repeat(2000, (i) => ({
      ts: noon + i,
      "id.orig_h": "10.0.0.2",
      "id.resp_h": "203.0.113.5",
      "id.resp_p": 8080,
      ...tcp,
      duration: 0.1,
    })),
  );
  expect(attack).toBeGreaterThan(12);
  expect(normal).toBeLessThan(6);
  expect(last).toMatch(
    /^10\.0\.0\.2 opened 2,000 connections to port 8080 of 203\.0\.113\.5 in 1 h; usually/,
  );
});

describe("sweeps", () => {
  const sweep = (hosts: number, answer: SomeConnection) =>
    repeat(hosts, (i) => ({
      ts: noon + 3 * i,
      "id.orig_h": "10.0.0.4",
      "id.resp_h": `10.0.1.${i}`,
      "id.resp_p": 445,
      ...answer,
    }));

  test("a port of many hosts is a host sweep, worse where nobody answers", () => {
    const vain = inOffice("host-sweep", sweep(100, unanswered));
    expect(vain.attack).toBeGreaterThan(10);
    expect(vain.normal).toBeLessThan(5);
    expect(vain.last).toMatch(
      /^10\.0\.0\.4 tried port 445 of 100 new hosts in 4 min 57 s, 100 more in vain than answered; usually .* an hour$/,
    );
    const welcome = inOffice("host-sweep", sweep(100, { ...tcp, orig_bytes: 300, resp_bytes: 300 }));
    expect(welcome.attack).toBeLessThan(vain.attack / 2);
    expect(welcome.attack).toBeGreaterThan(2.5);
    expect(inOffice("port-scan", sweep(100, unanswered)).attack).toBe(0);
  });

  test("many ports of one host are a port scan, and not a host sweep", () => {
    const scan = repeat(200, (i) => ({
      ts: noon + i,
      "id.orig_h": "10.0.0.4",
      "id.resp_h": "10.0.0.10",
      "id.resp_p": 1000 + i,
      proto: "tcp",
      conn_state: i % 20 === 0 ? "SF" : "REJ",
      resp_pkts: 1,
    }));
    const found = inOffice("port-scan", scan);
    expect(found.attack).toBeGreaterThan(12);
    expect(found.normal).toBeLessThan(3);
    expect(found.last).toMatch(
      /^10\.0\.0\.4 tried 200 new ports of 10\.0\.0\.10 in 3 min 19 s, \d+ more in vain/,
    );
    expect(inOffice("host-sweep", scan).attack).toBeLessThan(5);
  });

  test("a host that complains to many by ICMP sweeps nothing, one that pings them does", () => {
    const icmp = (type: number) =>
      repeat(100, (i) => ({
        ts: noon + i,
        "id.orig_h": "10.0.0.4",
        "id.orig_p": type,
        "id.resp_h": `198.18.0.${i}`,
        proto: "icmp",
        conn_state: "OTH",
        resp_pkts: 0,
      }));
    expect(inOffice("host-sweep", icmp(3)).attack).toBe(0);
    expect(inOffice("host-sweep", icmp(8)).attack).toBeGreaterThan(8);
  });

  test("what training has contacted is not contacted for the first time", () => {
    const knowing = learn(
      inOrder(
        office(2, 7),
        [...sweep(100, unanswered), ...sweep(100, unanswered)].map((row) => ({
          ...row,
          ts: row.ts - 2 * DAY,
        })),
      ),
    );
    expect(inOffice("host-sweep", sweep(100, unanswered), knowing).attack).toBeLessThan(1);
  });
});

test("brute force is one conversation over and over; the one that differs keeps the statistic", () => {
  const guess = {
    "id.orig_h": "203.0.113.8",
    "id.resp_h": "10.0.0.10",
    "id.resp_p": 22,
    service: "ssh",
    ...tcp,
    duration: 2,
  };
  const guesses = repeat(150, (i) => ({
    ts: noon + 6 * i,
    ...guess,
    orig_bytes: 900 + (i % 3) * 84,
    resp_bytes: 1500,
  }));
  const success = { ts: noon + 1000, ...guess, duration: 300, orig_bytes: 40_000, resp_bytes: 90_000 };
  const { attack, normal, last } = inOffice("brute-force", [...guesses, success]);
  expect(attack).toBeGreaterThan(8);
  expect(normal).toBeLessThan(4);
  expect(last).toMatch(
    /^203\.0\.113\.8 repeated 149 conversations of about 2\.5 kB with port 22 of 10\.0\.0\.10 in 1 h; usually .*; then came one of 130 kB$/,
  );
  const web = guesses.map((row) => ({ ...row, service: "ssl", "id.resp_p": 443 }));
  expect(inOffice("brute-force", web).attack).toBe(0);
});

test("a flood is many sources or many failures for one service; a scan of many ports is none", () => {
  const flooded = repeat(3000, (i) => ({
    ts: noon + i / 50,
    "id.orig_h": `198.18.${i % 250}.${i % 241}`,
    "id.resp_h": "10.0.0.10",
    "id.resp_p": 80,
    ...unanswered,
  }));
  const { attack, normal, last } = inOffice("flood", flooded);
  expect(attack).toBeGreaterThan(12);
  expect(normal).toBeLessThan(5);
  expect(last).toMatch(/^port 80 of 10\.0\.0\.10 was contacted by .* sources in 1 min .* attempts in vain/);
  const scan = flooded.map((row, i) => ({ ...row, "id.orig_h": "10.0.0.4", "id.resp_p": 1 + i }));
  expect(inOffice("flood", scan).attack).toBeLessThan(3);
});

test("exfiltration is much to a place that gets little; the backup of every night is none", () => {
  const send = (ts: number, to: string, bytes: number) => ({
    ts,
    "id.orig_h": "10.0.0.5",
    "id.resp_h": to,
    "id.resp_p": 443,
    ...tcp,
    duration: 60,
    orig_bytes: bytes,
    resp_bytes: 5000,
  });
  const theft = inOffice(
    "exfiltration",
    repeat(3, (i) => send(noon + 600 * i, "203.0.113.77", 3e8)),
  );
  expect(theft.attack).toBeGreaterThan(8);
  expect(theft.normal).toBeLessThan(6);
  expect(theft.last).toMatch(
    /^10\.0\.0\.5 sent 900 MB to port 443 of 203\.0\.113\.77 in 1 day; usually .* a day there, and as much to any other place on 0 of 4 days$/,
  );
  const backups = repeat(12, (day) => send(start + day * DAY + 100, "203.0.113.77", 9e8));
  const nightly = judge("exfiltration", inOrder(office(12, 3), backups));
  expect(nightly.highest).toBeGreaterThan(3);
  const rows = inOrder(office(12, 3), backups);
  expect(nightly.values[rows.indexOf(backups.at(-1)!)]).toBeLessThan(3);
});

test("who sends much to a new address every day does not stand out on the next, another host that does so for the first time does", () => {
  const sync = (host: number, day: number) => ({
    ts: start + (day + 0.5) * DAY + 100,
    "id.orig_h": `10.0.0.${host}`,
    "id.resp_h": `203.0.113.${10 * host + day}`,
    "id.resp_p": 443,
    ...tcp,
    duration: 600,
    orig_bytes: 4e8 + 3e7 * (day % 3),
    resp_bytes: 90_000,
  });
  const synced = repeat(11, (day) => sync(2, day));
  const rows = inOrder(office(12, 5), synced, [sync(4, 10)]);
  const { values } = judge("exfiltration", rows);
  const ofHost = (host: string) =>
    rows.flatMap((row, i) => (row["id.orig_h"] === host && row.orig_bytes! >= 4e8 ? [values[i]!] : []));
  const [first, ...later] = ofHost("10.0.0.2");
  expect(first).toBeGreaterThan(4);
  expect(later.at(-1)).toBeLessThan(2);
  expect(ofHost("10.0.0.4")[0]).toBeGreaterThan(4);
});

test("a host that calls on a thousand places does not make what others send rare", () => {
  const upload = {
    ts: noon,
    "id.orig_h": "10.0.0.5",
    "id.resp_h": "203.0.113.77",
    "id.resp_p": 443,
    ...tcp,
    duration: 60,
    orig_bytes: 2e7,
    resp_bytes: 5000,
  };
  const calls = repeat(5000, (i) => ({
    ts: noon - 20_000 + i,
    "id.orig_h": "10.0.0.4",
    "id.resp_h": `192.0.2.${i % 250}`,
    "id.resp_p": 1000 + i,
    ...tcp,
    duration: 1,
    orig_bytes: 40,
    resp_bytes: 40,
  }));
  const alone = inOffice("exfiltration", [upload]).attack;
  expect(inOffice("exfiltration", [...calls, upload]).attack).toBeLessThan(alone + 0.2);
});

test("a new service is news on a host that answers much on few ports, not on one that opens ports all the time", () => {
  const answer = (ts: number, host: string, port: number) => ({
    ts,
    "id.orig_h": "10.0.0.1",
    "id.resp_h": host,
    "id.resp_p": port,
    ...tcp,
    duration: 1,
    orig_bytes: 10,
    resp_bytes: 10,
  });
  const { attack, normal, last } = inOffice("new-service", [answer(noon, "10.0.0.53", 4444)]);
  expect(attack).toBeGreaterThan(4);
  expect(normal).toBeLessThan(4);
  expect(last).toMatch(
    /^10\.0\.0\.53 now answers on port 4444; before, it answered [\d,]+ connections on 1 other service and never on this one$/,
  );
  const busy = repeat(300, (i) => answer(noon + i, "198.51.100.250", 20_000 + i));
  expect(inOffice("new-service", busy).attack).toBeLessThan(3);
  const refused = { ...answer(noon, "10.0.0.53", 4444), conn_state: "REJ" };
  expect(inOffice("new-service", [refused]).attack).toBe(0);
});
