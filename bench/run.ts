import { parseArgs } from "node:util";
import { demo } from "./parts/demo.ts";
import { epoch } from "./parts/epoch.ts";
import { explore } from "./parts/explore.ts";
import { features } from "./parts/features.ts";
import { read } from "./parts/read.ts";
import { score } from "./parts/score.ts";
import { simulate } from "./parts/simulate.ts";
import { train } from "./parts/train.ts";
import { usualRows } from "./support/logs.ts";
import type { Part, Settings } from "./support/part.ts";
import {
  cacheDirectory,
  commonHelp,
  commonOptions,
  remark,
  report,
  runScript,
  wholeNumber,
} from "./support/script.ts";

const parts: Readonly<Record<string, Part>> = {
  read,
  features,
  epoch,
  train,
  score,
  explore,
  simulate,
  demo,
};
const names = Object.keys(parts);

const help = `Measures how fast strayflow is, on simulated logs, beside zcat.

  npm run bench -- [PART...] [options]     parts: ${names.join(", ")}; default all

  --repeats N    how often to measure each thing (default 5); trainings are measured once
  --epochs N     most epochs of a training (default: until it stops by itself)
${commonHelp}`;

await runScript(help, async () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { ...commonOptions, repeats: { type: "string", default: "5" }, epochs: { type: "string" } },
  });
  const unknown = positionals.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`no part ${unknown}; there are ${names.join(", ")}`);
  const rows = wholeNumber("rows", values.rows ?? String(usualRows));
  const settings: Settings = {
    rows,
    repeats: wholeNumber("repeats", values.repeats),
    epochs: values.epochs === undefined ? undefined : wholeNumber("epochs", values.epochs),
    cache: cacheDirectory(values),
    remark,
  };
  const chosen = names.filter((name) => positionals.length === 0 || positionals.includes(name));
  await report(
    values,
    rows,
    chosen.map((id) => async () => {
      const part = parts[id]!;
      return { id, title: part.title, ...(await part.measure(settings)) };
    }),
  );
});
