import { parseArgs } from "node:util";
import { comparePeers } from "./parts/peers.ts";
import { usualRows } from "./support/logs.ts";
import {
  cacheDirectory,
  commonHelp,
  commonOptions,
  remark,
  report,
  runScript,
  wholeNumber,
} from "./support/script.ts";

const help = `Runs the same data through strayflow and through pandas, scikit-learn and PyTorch or Keras, by turns.

  npm run bench:peers -- [options]

  --rounds N        how often to measure each step, by turns (default 3)
  --train-rounds N  how often to train end to end (default 1)
  --epochs N        most epochs of a training (default: until ours stops by itself; the peers take as many)
  --python PATH     a Python to try before those on the PATH; may be given more than once
${commonHelp}`;

await runScript(help, async () => {
  const { values } = parseArgs({
    options: {
      ...commonOptions,
      rounds: { type: "string", default: "3" },
      "train-rounds": { type: "string", default: "1" },
      epochs: { type: "string" },
      python: { type: "string", multiple: true, default: [] },
    },
  });
  const rows = wholeNumber("rows", values.rows ?? String(usualRows));
  const settings = {
    rows,
    repeats: wholeNumber("rounds", values.rounds),
    trainRounds: wholeNumber("train-rounds", values["train-rounds"]),
    epochs: values.epochs === undefined ? undefined : wholeNumber("epochs", values.epochs),
    cache: cacheDirectory(values),
    pythons: values.python,
    remark,
  };
  await report(values, rows, [() => comparePeers(settings)]);
});
