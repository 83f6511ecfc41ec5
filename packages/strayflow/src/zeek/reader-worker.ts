import { parentPort, type MessagePort } from "node:worker_threads";
import { assert } from "../base/errors.ts";
import { openFile } from "./log-file.ts";
import { readLog } from "./log-reading.ts";
import type { Reject } from "./rejects.ts";
import { MAX_UNTAKEN_BYTES, type FromWorker, type ToWorker } from "./worker-messages.ts";

const REJECTS_AT_ONCE = 500;

assert(parentPort !== null, "this file runs as a worker only");
serve(parentPort);

/** The worker's side of the reader: reads whole files as told, one after the other, and sends what is in them. */
function serve(port: MessagePort): void {
  let untaken = 0;
  let goOn = () => {};
  const send = (message: FromWorker, moved: ArrayBuffer[] = []) => {
    port.postMessage(message, moved);
    untaken += message.bytes;
  };
  const room = async () => {
    while (untaken > MAX_UNTAKEN_BYTES) await new Promise<void>((resolve) => (goOn = resolve));
  };
  port.on("message", (message: ToWorker) => {
    if (message.kind === "taken") {
      untaken -= message.bytes;
      goOn();
    } else void read(message, send, room);
  });
}

type ReadMessage = Extract<ToWorker, { kind: "read" }>;
type Send = (message: FromWorker, moved?: ArrayBuffer[]) => void;

/** A failure here is a bug: the rejection ends the worker, and the reader hears of it. */
async function read(
  { index, file, batchRows, wantsRejects }: ReadMessage,
  send: Send,
  room: () => Promise<void>,
) {
  const source = openFile(file);
  let rejects: Reject[] = [];
  const sendRejects = () => {
    if (rejects.length === 0) return;
    const bytes = rejects.reduce((sum, { text }) => sum + 200 + text.length * 2, 0);
    send({ kind: "rejects", index, bytes, bytesRead: source.bytesRead, rejects });
    rejects = [];
  };
  const onReject = (reject: Reject) => {
    if (rejects.push(reject) >= REJECTS_AT_ONCE) sendRejects();
  };
  const reading = readLog(file, source, {
    batchRows,
    onReject: wantsRejects ? onReject : undefined,
    onChunk: room,
  });
  for (;;) {
    const next = await reading.next();
    sendRejects();
    const { bytesRead } = source;
    if (next.done === true) {
      const { tally, problem } = next.value;
      const sent = problem && { kind: problem.kind, message: problem.message, place: problem.place };
      send({ kind: "end", index, bytes: 0, bytesRead, tally, problem: sent });
      return;
    }
    const batch = next.value;
    // All columns are views of one buffer (builder.ts), so that two buffers are all there is to move.
    const columns = batch.ts.buffer as ArrayBuffer;
    const text = batch.text.buffer as ArrayBuffer;
    send({ kind: "batch", index, bytes: columns.byteLength + text.byteLength, bytesRead, batch }, [
      columns,
      text,
    ]);
    await room();
  }
}
