import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { Delivery, type Outbox } from "../../../src/sinks/delivery.ts";
import { fileSink } from "../../../src/sinks/file/file-sink.ts";
import { ndjsonForm } from "../../../src/sinks/file/ndjson-form.ts";
import { zeekForm } from "../../../src/sinks/file/zeek-form.ts";
import type { Message } from "../../../src/sinks/message.ts";

/**
 * A program to be killed: sends numbered messages to a file, and notes in another what is done, some time after it is.
 * Arguments: type of the sink, its file, the note, how many messages.
 */
const [type, path = "", note = "", count = "0"] = process.argv.slice(2);
const done = existsSync(note) ? readFileSync(note, "utf8").split("\n").length - 1 : 0;
const status = { code: "no-data", text: "no data for 10 min ".repeat(20) };
const queue: Message[] = [];
for (let number = done + 1; number <= Number(count); number++) {
  queue.push({ id: `message${number}`, kind: "status", time: number, sensor: "s", severity: "low", status });
}

const outbox: Outbox = {
  take: (_, limit) => Promise.resolve(queue.slice(0, Math.min(limit, 1 + (queue.length % 7)))),
  async done(_, ids) {
    await new Promise((resolve) => setTimeout(resolve, 3));
    appendFileSync(note, ids.map((id) => `${id}\n`).join(""));
    queue.splice(0, ids.length);
  },
  failed: (_, ids, error) => Promise.reject(new Error(`${ids.join()}: ${error}`)),
  waiting: () => Promise.resolve(queue.length),
};
const form = type === "ndjson" ? ndjsonForm("strayflow") : zeekForm;
const file = { path, form, rotateBytes: 20_000, rotateDaily: true, keep: 0, fsync: false, now: Date.now };
const route = {
  sink: fileSink("file", file),
  batch: 50,
  timeLimitMillis: 5000,
  pauseMillis: 0,
  giveUpMillis: 60_000,
};
await new Delivery({ outbox, routes: [route] }).close(60_000);
