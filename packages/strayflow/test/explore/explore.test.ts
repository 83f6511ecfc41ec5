import { globSync } from "node:fs";
import { expect, test } from "vitest";
import { explore } from "../../src/explore/explore.ts";
import { hasSharedData, sharedData } from "../shared-data.ts";
import { expectPlain } from "./against-plain.ts";
import { readPlain } from "./plain-log.ts";

test.skipIf(!hasSharedData).each([
  ["office-day/2009-11-18.conn.log.gz", "America/New_York"],
  ["small-attacks/honeypot-ssh.conn.log", "Asia/Kathmandu"],
  ["small-attacks/simda.conn.log", "UTC"],
  ["small-attacks/android-rat.conn.log", "Europe/Berlin"],
])("every number on %s in %s is what a plain computation gives", async (name, timezone) => {
  const file = sharedData(name);
  const result = await explore({ inputs: [file], timezone });
  const rows = readPlain([file]);
  expect(result.shape.connections).toBe(rows.length);
  expectPlain(result, rows);
});

test.skipIf(!hasSharedData)("many hourly files of a server are counted as one log", async () => {
  const files = globSync(sharedData("cloud-server-3days/2024-04-20/conn.0[0-5]*"));
  expect(files.length).toBeGreaterThan(5);
  const result = await explore({ inputs: files, timezone: "Australia/Lord_Howe" });
  expect(result.shape.files).toBe(files.length);
  expectPlain(result, readPlain(files));
});
