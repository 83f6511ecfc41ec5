import { expect, test } from "vitest";
import { auditRows, type Audit } from "../../../src/detect/audit/index.ts";
import type { SomeConnection } from "../../features/make-batch.ts";
import { afternoon, conversation, inVain, ordinaryTraffic, replayable } from "./traffic.ts";

const ordinary = ordinaryTraffic(afternoon, 7200);

function range<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

async function suspicious(
  audit: Audit,
  rows: readonly SomeConnection[],
  least: "suspicious" | "overwhelming" = "suspicious",
) {
  const marks: number[] = [];
  for await (const batch of replayable(rows).replay()) {
    const out = new Uint8Array(batch.rows);
    audit.isSuspicious(batch, least, out);
    marks.push(...out);
  }
  return marks.reduce((sum, mark) => sum + mark, 0);
}

function activities({ findings }: Audit) {
  return findings.filter(({ evidence }) => evidence !== "remark");
}

test("ordinary traffic is clean", async () => {
  const audit = await auditRows(replayable(ordinary));
  expect(audit.findings).toEqual([]);
  expect(audit.isClean).toBe(true);
  expect(await suspicious(audit, ordinary)).toBe(0);
});

test("a scan of ports is found with who, whom, how many, when and how much of all", async () => {
  const scan = range(3000, (i) => inVain(afternoon + 120 + i * 0.5, "10.0.0.23", "10.0.0.5", 1 + i));
  const talk = range(40, (i) => conversation(afternoon + 100 + i * 60, "10.0.0.23", "10.0.0.5", 445));
  const web = range(40, (i) => conversation(afternoon + 110 + i * 60, "10.0.0.23", "93.184.1.3", 443));
  const rows = [...ordinary, ...scan, ...talk, ...web];
  const audit = await auditRows(replayable(rows));
  const [finding, ...rest] = activities(audit);
  const share = ((100 * 3000) / rows.length).toPrecision(3);
  expect(finding).toEqual({
    kind: "scan",
    sentence: `10.0.0.23 tried 3,000 ports of 10.0.0.5 on 2025-02-27 between 14:02 and 14:26 UTC: ${share} % of all connections`,
    rows: 3000,
    share: 3000 / rows.length,
    evidence: "overwhelming",
  });
  expect(rest).toEqual([]);
  // What the same host says to the same server, and to others, stays.
  expect(await suspicious(audit, [...talk, ...web])).toBe(0);
  expect(await suspicious(audit, scan)).toBe(3000);
  expect(await suspicious(audit, ordinary)).toBe(0);
});

test("a sweep of hosts is found, and one over a grid of hosts and ports", async () => {
  const sweep = range(120, (i) => inVain(afternoon + i, "10.0.0.9", `10.0.1.${i}`, 445));
  const grid = range(200, (i) =>
    inVain(afternoon + 3600 + i * 0.1, "10.0.0.8", `10.0.2.${i % 10}`, 20 + Math.floor(i / 10)),
  );
  const found = activities(await auditRows(replayable([...ordinary, ...sweep, ...grid])));
  expect(found.map(({ sentence }) => sentence.replace(/: [\d.]+ % of all connections$/, ""))).toEqual([
    "10.0.0.8 tried 20 ports on 10 hosts, 200 combinations in vain, on 2025-02-27 at 15:00 UTC",
    "10.0.0.9 tried port 445 of 120 hosts on 2025-02-27 between 14:00 and 14:01 UTC",
  ]);
  expect(found.map(({ evidence }) => evidence)).toEqual(["overwhelming", "suspicious"]);
});

test("guessing of passwords is found, and polling of a mailbox is not", async () => {
  const guesses = range(300, (i) =>
    conversation(afternoon + i * 2, "203.0.113.7", "10.0.0.5", 22, {
      service: "ssh",
      orig_bytes: 1800,
      resp_bytes: 2200,
    }),
  );
  const polls = range(120, (i) =>
    conversation(afternoon + i * 60, "10.0.0.77", "10.0.0.5", 993, { orig_bytes: 500, resp_bytes: 900 }),
  );
  const found = activities(await auditRows(replayable([...ordinary, ...guesses, ...polls])));
  expect(found.map(({ kind, rows }) => [kind, rows])).toEqual([["brute-force", 299]]);
  expect(found[0]!.sentence).toMatch(
    /^203\.0\.113\.7 held 300 conversations of one size with port 22 of 10\.0\.0\.5 /,
  );
});

test("attempts at a password service that say nothing are no guesses", async () => {
  const attempts = range(900, (i) => inVain(afternoon + i * 7, "203.0.113.7", "10.0.0.5", 3306));
  const silent = range(300, (i) =>
    conversation(afternoon + i * 2, "203.0.113.8", "10.0.0.5", 22, { orig_bytes: 0, resp_bytes: 0 }),
  );
  const { findings } = await auditRows(replayable([...ordinary, ...attempts, ...silent]));
  expect(findings.filter(({ kind }) => kind === "brute-force")).toEqual([]);
});

test("a flood is found whether it has one source or many, and a busy server is not one", async () => {
  const usual = range(7200, (i) => conversation(afternoon + i, `198.51.100.${i % 200}`, "10.0.0.5", 443));
  const many = range(3000, (i) =>
    inVain(afternoon + 3600 + i * 0.02, `203.0.${i % 256}.${(i * 7) % 256}`, "10.0.0.6", 80),
  );
  const one = range(3000, (i) =>
    inVain(afternoon + 1800 + i * 0.02, "10.0.0.66", "10.0.0.7", 53, { proto: "udp" }),
  );
  const some = range(60, (i) => conversation(afternoon + (i % 28) * 120, "198.51.100.9", "10.0.0.6", 80));
  const rows = [...ordinary, ...usual, ...many, ...one, ...some];
  const audit = await auditRows(replayable(rows));
  const floods = activities(audit).filter(({ kind }) => kind === "flood");
  expect(floods.map(({ sentence }) => sentence.replace(/ on 2025.*/, "")).toSorted()).toEqual([
    "10.0.0.6 got up to 3,000 connections a minute to port 80 from several hosts, usually 3,",
    "10.0.0.66 opened up to 3,000 connections a minute to port 53/udp of 10.0.0.7,",
  ]);
  expect(await suspicious(audit, some)).toBe(0);
  expect(await suspicious(audit, usual)).toBe(0);
});

test("where many strangers scan all the time, only the one that stands out is suspicious", async () => {
  const scanners = range(40, (host) =>
    range(45, (i) =>
      inVain(
        afternoon + host * 60 + i * 10,
        `203.0.113.${host}`,
        "198.51.100.1",
        1 + ((i * 37 + host) % 1000),
        { local_orig: false, local_resp: true },
      ),
    ),
  ).flat();
  const noisy = range(2000, (i) =>
    inVain(afternoon + i, "192.0.2.66", "198.51.100.1", 1 + i, { local_orig: false, local_resp: true }),
  );
  const rows = [...ordinary, ...scanners, ...noisy];
  const audit = await auditRows(replayable(rows));
  expect(activities(audit).map(({ sentence }) => sentence.split(" ")[0])).toEqual(["192.0.2.66"]);
  expect(audit.findings.find(({ kind }) => kind === "background")?.sentence).toMatch(
    /^41 hosts from outside scan ports, half of them more than 45/,
  );
  expect(await suspicious(audit, scanners)).toBe(0);
});

test("a host that sweeps its own network every day has been told to", async () => {
  const days = range(4, (day) =>
    range(200, (i) => inVain(afternoon + day * 86_400 + i, "10.0.0.2", `10.0.3.${i}`, 161, { proto: "udp" })),
  ).flat();
  const audit = await auditRows(replayable([...ordinaryTraffic(afternoon, 4 * 86_400, 12), ...days]));
  expect(audit.findings[0]).toMatchObject({ kind: "scan", evidence: "remark" });
  expect(audit.findings[0]!.sentence).toMatch(
    /^10\.0\.0\.2 tried port 161\/udp of 200 hosts in 4 runs between 2025-02-27 14:00 and 2025-03-02 14:03 UTC/,
  );
  expect(audit.isClean).toBe(true);
});

test("a traceroute is no scan", async () => {
  const probes = range(90, (i) =>
    inVain(afternoon + i, "10.0.0.50", "93.184.1.1", 33_434 + i, { proto: "udp" }),
  );
  expect(
    activities(await auditRows(replayable([...ordinary, ...probes]))).filter(({ sentence }) =>
      sentence.includes("ports of"),
    ),
  ).toEqual([]);
});

test("a host that does far more than the others is odd, and one in most connections dominates", async () => {
  const hosts = ordinaryTraffic(afternoon, 4 * 3600, 20);
  const odd = range(12_000, (i) =>
    conversation(afternoon + i, "10.0.0.200", `93.${i % 200}.${i % 250}.1`, 443),
  );
  const { findings } = await auditRows(replayable([...hosts, ...odd]));
  expect(findings.map(({ kind, evidence }) => [kind, evidence])).toEqual([
    ["odd-host", "remark"],
    ["one-host", "remark"],
  ]);
  expect(findings[0]!.sentence).toMatch(/^10\.0\.0\.200 \w+ .+; half of the other hosts here stay below \d+/);
  expect(findings[1]!.sentence).toMatch(/^10\.0\.0\.200 opens \d\d(\.\d)? % of all connections/);
});

test("no more than half of all rows can be left out, and the warning says so", async () => {
  const scan = range(3 * ordinary.length, (i) =>
    inVain(afternoon + i * 0.01, "10.0.0.23", "10.0.0.5", i % 65_536),
  );
  const small = range(200, (i) => inVain(afternoon + i, "10.0.0.9", `10.0.1.${i}`, 445));
  const rows = [...ordinary, ...scan, ...small];
  const audit = await auditRows(replayable(rows));
  expect(await suspicious(audit, scan)).toBe(0);
  expect(await suspicious(audit, small)).toBe(200);
  expect(audit.warnings("suspicious")[0]).toMatch(/look like attacks; at most half are left out/);
});

test("what is beyond doubt is part of what is suspicious", async () => {
  const slow = range(40, (i) => inVain(afternoon + i * 60, "10.0.0.9", "10.0.0.5", 100 + i));
  const fast = range(1000, (i) => inVain(afternoon + i * 0.1, "10.0.0.23", "10.0.0.5", 1 + i));
  const audit = await auditRows(replayable([...ordinary, ...slow, ...fast]));
  expect(await suspicious(audit, slow, "overwhelming")).toBe(0);
  expect(await suspicious(audit, slow)).toBe(40);
  expect(await suspicious(audit, fast, "overwhelming")).toBe(1000);
});

test("where batches are cut makes no difference", async () => {
  const scan = range(500, (i) => inVain(afternoon + 120 + i * 0.5, "10.0.0.23", "10.0.0.5", 1 + i));
  const rows = [...ordinary, ...scan];
  const whole = (await auditRows(replayable(rows, 10_000))).findings;
  for (const batchRows of [1, 77, 512, 513]) {
    expect((await auditRows(replayable(rows, batchRows))).findings).toEqual(whole);
  }
});

test("a flood of spoofed sources is audited in bounded time and memory", async () => {
  const spoofed = range(150_000, (i) =>
    inVain(
      afternoon + i * 0.001,
      `${20 + (i % 90)}.${(i >> 4) % 256}.${(i >> 3) % 256}.${i % 256}`,
      "10.0.0.6",
      80,
    ),
  );
  const audit = await auditRows(replayable([...ordinary, ...spoofed], 8192));
  expect(activities(audit).map(({ kind }) => kind)).toEqual(["flood"]);
}, 20_000);

test("an abort stops the audit", async () => {
  const controller = new AbortController();
  controller.abort();
  await expect(auditRows(replayable(ordinary), { signal: controller.signal })).rejects.toThrow(/abort/i);
});
