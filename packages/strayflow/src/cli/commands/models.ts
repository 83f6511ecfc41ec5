import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { defineCommand, type CommandContext } from "../command.ts";
import { modelCard } from "../model-card.ts";
import { ExpectedError } from "../../base/errors.ts";
import { formatCount } from "../../base/units.ts";
import { loadBundle, reportFile } from "../../model/bundle.ts";
import type { Manifest } from "../../model/manifest.ts";
import { escapeText, shellWord } from "../../output/escape.ts";
import { utcTime } from "../../output/figures.ts";
import { systemCode } from "../../output/output-error.ts";
import { textTable } from "../../output/text-table.ts";

export const models = defineCommand({
  description: [
    "`list` names the models in a directory. `show` prints what one learned: from which traffic, how well, beside an untrained network and PCA, and where its threshold lies.",
  ],
  arguments: {
    action: { placeholder: "ACTION", choices: ["list", "show"], doc: "list or show" },
    directory: {
      placeholder: "DIR",
      optional: true,
      doc: "the model, or for list the directory of models (default .)",
    },
  },
  options: {
    json: { kind: "flag", doc: "print one JSON object: the manifest, or for list the names and manifests" },
  },
  examples: [
    { command: "strayflow models show office.model", doc: "the model's card" },
    { command: "strayflow models list .", doc: "the models in this directory" },
  ],

  async run({ action, directory, json }, context) {
    if (action === "list") return await listModels(directory ?? ".", json, context);
    if (directory === undefined)
      throw new ExpectedError("usage", "models show expects the directory of a model");
    const { manifest } = await loadBundle(directory);
    if (json) await context.print(JSON.stringify(manifest));
    else {
      for (const line of modelCard(manifest, context.io.columns)) await context.print(line);
      const report = join(directory, reportFile);
      if (await isFile(report)) {
        await context.print("");
        await context.print(`How it learned, with charts: ${shellWord(report)}`);
      }
    }
    return 0;
  },
});

async function isFile(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  return found?.isFile() === true;
}

type Found =
  | { readonly name: string; readonly manifest: Manifest }
  | { readonly name: string; readonly fault: string };

async function listModels(
  directory: string,
  json: boolean,
  { print, remark }: CommandContext,
): Promise<number> {
  const found = await findModels(directory);
  if (json) {
    await print(JSON.stringify({ models: found }));
    return 0;
  }
  if (found.length === 0) {
    remark(`No models in ${escapeText(directory)}. Train one: strayflow train LOGS --model DIR`);
    return 0;
  }
  const columns = [
    { head: "model" },
    { head: "preset" },
    { head: "learned from", align: "right" },
    { head: "traffic from (UTC)" },
    { head: "to" },
  ] as const;
  for (const line of textTable(columns, found.map(listRow))) await print(line);
  return 0;
}

function listRow(model: Found): string[] {
  const name = escapeText(model.name);
  if ("fault" in model) return [name, `not usable: ${escapeText(model.fault)}`];
  const { preset, traffic } = model.manifest;
  return [name, preset, formatCount(traffic.rows.train), utcTime(traffic.from), utcTime(traffic.to)];
}

async function findModels(directory: string): Promise<Found[]> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    const code = systemCode(error);
    const kind = code === "ENOENT" || code === "ENOTDIR" ? "input-missing" : "input-unreadable";
    const found =
      kind === "input-missing" ? "there is no such directory" : `cannot list the directory: ${code}`;
    throw new ExpectedError(kind, found, { file: directory }, { cause: error });
  });
  const names = entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name);
  const found: Found[] = [];
  for (const name of names.sort()) {
    try {
      found.push({ name, manifest: (await loadBundle(join(directory, name))).manifest });
    } catch (error) {
      if (!(error instanceof ExpectedError)) throw error;
      // A directory without a manifest is simply not a model.
      if (error.kind !== "model-missing") found.push({ name, fault: error.message });
    }
  }
  return found;
}
