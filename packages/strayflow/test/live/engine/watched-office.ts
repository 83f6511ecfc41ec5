import { readFile } from "node:fs/promises";
import { trainModel } from "../../../src/pipeline/train.ts";
import { scoreLogs } from "../../../src/pipeline/score.ts";
import { openWatchStore } from "../../../src/store/index.ts";
import { openOffice, quick, shares, type Office } from "../../pipeline/office.ts";

/** Of ordinary traffic too, so that there is enough to lose. */
export const flagAt = 0.05;

/** An office with a model of its ordinary traffic in folder `model`. */
export async function openTrainedOffice(options: { rows: number; seed: number }): Promise<Office> {
  const office = await openOffice(options);
  const modelDir = office.path("model");
  await trainModel({
    preset: "behavior",
    seed: 1,
    inputs: [office.normal],
    modelDir,
    split: "time",
    shares,
    ...quick,
  });
  return office;
}

/** p-value, score and flag, by uid. */
export type Verdicts = ReadonlyMap<string, readonly [number, number, boolean]>;

export async function scored(office: Office, log: string): Promise<Verdicts> {
  const verdicts = new Map<string, readonly [number, number, boolean]>();
  for await (const { batch, pValue, score, flagged } of scoreLogs({
    inputs: [log],
    modelDir: office.path("model"),
    pValue: flagAt,
  })) {
    for (let row = 0; row < batch.rows; row++) {
      const uid = Buffer.from(batch.text.subarray(batch.uid.start[row], batch.uid.end[row])).toString();
      verdicts.set(uid, [pValue[row]!, score[row]!, flagged[row] === 1]);
    }
  }
  return verdicts;
}

/** Everything in a store that a reader can see, in a form that two stores can be compared by. */
export async function stored(file: string) {
  await using store = await openWatchStore({ file });
  const verdicts = new Map<string, readonly [number, number, boolean]>();
  let rows = 0;
  let cursor: string | undefined;
  do {
    const page = await store.rows({ limit: 10_000, ...(cursor === undefined ? {} : { cursor }) });
    for (const row of page.rows) verdicts.set(row.uid!, [row.p_value!, row.score!, row.flagged!]);
    rows += page.rows.length;
    cursor = page.next;
  } while (cursor !== undefined);
  const incidents = [];
  do {
    const page = await store.incidents({
      limit: 1000,
      order: "first",
      ...(cursor === undefined ? {} : { cursor }),
    });
    incidents.push(
      ...page.incidents.map(({ incident, isOver, sensor, revision }) => ({
        incident,
        isOver,
        sensor,
        revision,
      })),
    );
    cursor = page.next;
  } while (cursor !== undefined);
  const alerts = [];
  do {
    const page = await store.alerts({
      limit: 1000,
      order: "first",
      ...(cursor === undefined ? {} : { cursor }),
    });
    alerts.push(...page.alerts);
    cursor = page.next;
  } while (cursor !== undefined);
  const waiting = (await store.outboxCounts()).reduce((sum, one) => sum + one.waiting, 0);
  return { rows, verdicts, incidents, alerts, waiting };
}

interface SentIncident {
  readonly id: string;
  readonly kind: string;
  readonly text: string;
}

/**
 * What a sink of NDJSON was sent of incidents: by id, since a message may come twice. A message that is there twice with
 * different contents is an error.
 */
export async function sent(file: string): Promise<ReadonlyMap<string, SentIncident>> {
  const messages = new Map<string, SentIncident>();
  for (const text of (await readFile(file, "utf8").catch(() => "")).split("\n")) {
    if (text === "") continue;
    const message = JSON.parse(text) as SentIncident;
    if (!message.kind.startsWith("incident")) continue;
    const known = messages.get(message.id);
    if (known !== undefined && known.text !== text)
      throw new Error(`${message.id} was sent with two contents`);
    messages.set(message.id, { id: message.id, kind: message.kind, text });
  }
  return messages;
}
