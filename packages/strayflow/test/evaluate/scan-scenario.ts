import { join } from "node:path";
import { parseScenario, type Scenario } from "../../src/evaluate/scenario.ts";
import { ordinary, temporaryFolder, writeTsvLog } from "./write-log.ts";

/** So many ordinary rows, and a fast scan of 100 that is moved among the last of them; more keys of the scenario at will. */
export function scanScenario(
  rows: number,
  more: object,
  label: (i: number) => string = () => "scan",
): Scenario {
  const folder = temporaryFolder();
  const log = (name: string, count: number, row: (i: number) => ReturnType<typeof ordinary>) =>
    writeTsvLog(
      folder,
      name,
      Array.from({ length: count }, (_, i) => row(i)),
    );
  log("conn.log", rows, (i) => ordinary(i));
  log("scan.log", 100, (i) =>
    ordinary(0, {
      ts: 1000 + i / 10,
      uid: `S${i}`,
      "id.resp_p": 1000 + i,
      service: undefined!,
      duration: 0.001,
      orig_bytes: 0,
      resp_bytes: 0,
      conn_state: "REJ",
      history: "Sr",
      label: label(i),
    }),
  );
  const scenario = {
    name: "scan",
    normal: { logs: ["conn.log"] },
    attack: { logs: ["scan.log"], into: "test", as_host: "10.0.0.3" },
    rates: [0.01, 0.001],
    seeds: [1, 2],
    ...more,
  };
  return parseScenario(JSON.stringify(scenario), join(folder, "s.json"));
}
