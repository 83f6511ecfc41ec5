import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { trainModel } from "../../src/pipeline/train.ts";
import { openOffice, quick, shares, type Office } from "../pipeline/office.ts";
import { run, type Circumstances, type Finished } from "./test-io.ts";

/** An office of which one day was learned and the next was watched, scan included. */
export interface WatchedWorld extends AsyncDisposable {
  readonly office: Office;
  readonly store: string;
  /** A store of its own for a test that changes it. */
  copy(name: string): Promise<string>;
  /** Runs a command on the store, in UTC, as eva. */
  ask(words: readonly string[], store?: string, circumstances?: Circumstances): Promise<Finished>;
  /** The same with `--json`, which must succeed. */
  json<Answer>(words: readonly string[], store?: string): Promise<Answer>;
}

export async function openWatchedWorld(): Promise<WatchedWorld> {
  const office = await openOffice({ rows: 5000, seed: 3 });
  const model = office.path("model");
  const learning = { preset: "behavior", seed: 1, inputs: [office.normal], modelDir: model } as const;
  await trainModel({ ...learning, split: "time", shares, ...quick });
  await mkdir(office.path("logs"));
  await copyFile(office.later, office.path("logs/conn.log"));
  const store = office.path("office.store");
  const source = ["watch", `office=${office.path("logs")}`, "--from-start", "--once"];
  const { status } = await run([...source, "--model", model, "--store", store, "--p-value", "0.01"]);
  expect(status).toBe(0);
  const ask: WatchedWorld["ask"] = (words, file = store, { env, ...others } = {}) =>
    run([...words, "--store", file], { env: { STRAYFLOW_TIMEZONE: "UTC", USER: "eva", ...env }, ...others });
  return {
    office,
    store,
    async copy(name) {
      const path = join(office.folder, name);
      await copyFile(store, path);
      return path;
    },
    ask,
    async json(words, file) {
      const { status: exit, stdout, stderr } = await ask([...words, "--json"], file);
      expect([exit, stderr]).toEqual([0, ""]);
      return JSON.parse(stdout);
    },
    [Symbol.asyncDispose]: () => office[Symbol.asyncDispose](),
  };
}

/** What the tests look at of the JSON of incidents and alerts. */
export interface ListedIncident {
  readonly id: string;
  readonly headline: string;
  readonly severity: string;
  readonly host: string;
  readonly kind: string;
  readonly status: string;
  readonly alerts: number;
  readonly p_value: number;
  readonly suppressed_alerts: number;
}

export interface ListedAlert {
  readonly id: string;
  readonly incident: string;
  readonly uid: string;
  readonly p_value: number;
  readonly "id.orig_h": string;
  readonly "id.resp_p": number;
}
