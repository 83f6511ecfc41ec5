import { parseArgs } from "node:util";
import { measureBacklog, measureLatency } from "./parts/watch.ts";
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

const help = `Measures watch: from a log that grows, how long a line takes to become an alert that was sent; from a backlog, how many rows a second.

  npm run bench:watch -- [options]

  --rate N       lines a second of the growing log (default 1000)
  --seconds N    how long it grows (default 600)
  --repeats N    how often the backlog is worked off (default 3)
${commonHelp}`;

await runScript(help, async () => {
  const { values } = parseArgs({
    options: {
      ...commonOptions,
      rate: { type: "string", default: "1000" },
      seconds: { type: "string", default: "600" },
      repeats: { type: "string", default: "3" },
    },
  });
  const rows = wholeNumber("rows", values.rows ?? String(usualRows));
  const settings = {
    rows,
    repeats: wholeNumber("repeats", values.repeats),
    epochs: undefined,
    cache: cacheDirectory(values),
    rowsPerSecond: wholeNumber("rate", values.rate),
    seconds: wholeNumber("seconds", values.seconds),
    remark,
  };
  await report(values, rows, [() => measureLatency(settings), () => measureBacklog(settings)]);
});
