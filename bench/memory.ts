import { parseArgs } from "node:util";
import { measureMemory } from "./parts/memory.ts";
import {
  cacheDirectory,
  commonHelp,
  commonOptions,
  remark,
  report,
  runScript,
  wholeNumber,
} from "./support/script.ts";

const help = `Measures the peak memory of exploring many rows, of training on them and of scoring them. Takes a while.

  npm run bench:memory -- [options]        default 10,000,000 rows

  --memory SIZE  what train may keep of the matrix in memory (default: train's own)
  --epochs N     epochs of the training (default 2; memory does not depend on them)
  --preset NAME  features (default: connection and behavior)
${commonHelp}`;

await runScript(help, async () => {
  const { values } = parseArgs({
    options: {
      ...commonOptions,
      memory: { type: "string" },
      epochs: { type: "string", default: "2" },
      preset: { type: "string", multiple: true, default: ["connection", "behavior"] },
    },
  });
  const rows = wholeNumber("rows", values.rows ?? "10_000_000");
  const settings = {
    rows,
    repeats: 1,
    epochs: wholeNumber("epochs", values.epochs),
    cache: cacheDirectory(values),
    memory: values.memory,
    presets: values.preset,
    remark,
  };
  await report(values, rows, [() => measureMemory(settings)]);
});
