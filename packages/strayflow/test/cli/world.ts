import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "vitest";
import { parseAttackList, simulate } from "../../src/simulate/index.ts";
import { simulatedDays } from "../../src/cli/simulated-days.ts";
import { run } from "./test-io.ts";

/** A simulated network on disk: a clean day, then one with attacks; everything in a folder that disposal removes. */
export interface World extends AsyncDisposable {
  readonly folder: string;
  readonly clean: readonly string[];
  readonly attacked: readonly string[];
  /** A path in the folder. */
  path(name: string): string;
  /** Trains on the clean day, quickly, and returns the model's directory. */
  train(name: string): Promise<string>;
}

export async function openWorld(): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "strayflow-cli-"));
  const path = (name: string) => join(folder, name);
  const attacks = parseAttackList("port-scan:strong,exfiltration,beacon:weak");
  const summary = await simulate({ out: path("logs"), days: 2, hosts: 10, seed: 5, attacks });
  const { clean, attacked } = simulatedDays(summary);
  return {
    folder,
    clean,
    attacked,
    path,
    async train(name) {
      const model = path(name);
      const words = [
        "train",
        ...clean,
        "--model",
        model,
        "--preset",
        "connection",
        "--epochs",
        "6",
        "--quiet",
      ];
      const { status, stderr } = await run(words);
      expect([status, stderr]).toEqual([0, ""]);
      return model;
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
