import { afterAll, beforeAll, expect, test } from "vitest";
import type { Office } from "../../pipeline/office.ts";
import { pathsOf, runChaos, startWatch, writeConfig } from "./chaos.ts";
import { openTrainedOffice, scored, sent, stored } from "./watched-office.ts";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";

/** How often the watch is killed: a few times usually, more in CI, and thousands of times in `npm run soak`. */
const kills = Number(process.env["STRAYFLOW_KILLS"] ?? 3);
const seed = Number(process.env["STRAYFLOW_SEED"] ?? 7);

let office: Office;
beforeAll(async () => {
  office = await openTrainedOffice({ rows: kills > 20 ? 12_000 : 4000, seed: 11 });
}, 60_000);
afterAll(() => office[Symbol.asyncDispose]());

test(
  `killed ${kills} times, it has scored every connection once, and found and sent the same`,
  async () => {
    // One that is never interrupted, and finds the whole log in place.
    const calm = { office, name: "calm" };
    await mkdir(pathsOf(calm).logs);
    await copyFile(office.later, join(pathsOf(calm).logs, "conn.log"));
    await writeConfig(calm);
    expect(await startWatch(calm, "--once").ended).toBe(0);
    const chaos = { office, name: "chaos", kills, seed };
    await runChaos(chaos);

    const found = await stored(pathsOf(chaos).store);
    const expected = await stored(pathsOf(calm).store);
    const verdicts = await scored(office, office.later);
    expect(found.rows).toBe(verdicts.size);
    expect(found.verdicts).toEqual(verdicts);
    expect(expected.verdicts).toEqual(verdicts);
    expect(expected.alerts.length).toBeGreaterThan(20);
    expect(found.alerts).toEqual(expected.alerts);
    expect(expected.incidents.length).toBeGreaterThan(2);
    expect(found.incidents).toEqual(expected.incidents);
    expect(found.waiting).toBe(0);

    const heard = await sent(pathsOf(chaos).sent);
    const heardCalmly = await sent(pathsOf(calm).sent);
    for (const { incident, isOver } of found.incidents) {
      for (const messages of [heard, heardCalmly]) {
        const kinds = [...messages.values()]
          .filter(({ id }) => id.startsWith(`${incident.id}.`))
          .map(({ kind }) => kind);
        expect(kinds.filter((kind) => kind === "incident-opened")).toHaveLength(1);
        expect(kinds.filter((kind) => kind === "incident-closed")).toHaveLength(isOver ? 1 : 0);
        expect(kinds[0]).toBe("incident-opened");
      }
    }
    // A message has the same content whenever it is sent; which of an incident's steps are told one by one depends on the pace.
    const shared = [...heardCalmly].filter(([id]) => heard.has(id));
    for (const [id, { text }] of shared) expect(contentOf(heard.get(id)!.text)).toEqual(contentOf(text));
    const lasts = (messages: ReadonlyMap<string, { readonly text: string }>) => {
      const last = new Map([...messages].map(([id, { text }]) => [id.split(".")[0]!, contentOf(text)]));
      return new Map([...last].filter(([id]) => found.incidents.some(({ incident }) => incident.id === id)));
    };
    expect(lasts(heard)).toEqual(lasts(heardCalmly));
  },
  20_000 + kills * 10_000,
);

/** Without what a message says about those before it. */
function contentOf(text: string): object {
  const { kind: _kind, severity_before: _before, ...content } = JSON.parse(text) as Record<string, unknown>;
  return content;
}
