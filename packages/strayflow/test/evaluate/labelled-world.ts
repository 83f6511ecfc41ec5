import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { trainModel } from "../../src/pipeline/train.ts";
import { usualOptions } from "../../src/pipeline/usual-options.ts";
import { ordinary, temporaryFolder, writeTsvLog } from "./write-log.ts";

/** A model of 800 ordinary connections, and a later log with a scan of 50 ports in it. */
export async function labelledWorld() {
  const folder = temporaryFolder();
  const clean = writeTsvLog(
    folder,
    "clean.log",
    Array.from({ length: 800 }, (_, i) => ordinary(i)),
  );
  const rows = Array.from({ length: 300 }, (_, i) => ordinary(800 + i));
  const scan = Array.from({ length: 50 }, (_, i) =>
    ordinary(1000, {
      ts: 1_700_000_000 + 600 * 1000 + i / 10,
      uid: `S${i}`,
      "id.resp_p": 1000 + i,
      service: undefined!,
      duration: 0.001,
      orig_bytes: 0,
      resp_bytes: 0,
      conn_state: "REJ",
      history: "Sr",
    }),
  );
  const later = [...rows.slice(0, 200), ...scan, ...rows.slice(200)];
  const plain = writeTsvLog(folder, "later.log", later);
  const labelled = writeTsvLog(
    folder,
    "labelled.log",
    later.map((row) => ({
      ...row,
      label: row.uid!.startsWith("S") ? "Malicious" : "Benign",
      ...(row.uid!.startsWith("S") && { detailedlabel: "PortScan" }),
    })),
  );
  const truth = join(folder, "truth.csv");
  writeFileSync(truth, `uid,label\n${scan.map(({ uid }) => `${uid},scan\n`).join("")}Cnowhere,scan\n`);
  const model = join(folder, "model");
  await trainModel({
    ...usualOptions("connection"),
    inputs: [clean],
    modelDir: model,
    epochs: 3,
    seed: 1,
    split: "time",
    shares: { train: 0.6, validation: 0.15, test: 0.25 },
  });
  return { folder, plain, labelled, truth, model };
}
