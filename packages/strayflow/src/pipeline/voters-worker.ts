import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../base/errors.ts";
import { MatrixVoters } from "./matrix-voters.ts";
import type { FromVoters, ToVoters, VotersThreadData } from "./voters-thread.ts";

assert(parentPort !== null, "this file runs as a worker only");
const port = parentPort;
const { network, features } = workerData as VotersThreadData;
const voters = await MatrixVoters.open(network, features);
const answer = (message: FromVoters) => port.postMessage(message);

/** A failure is a bug: the rejection ends the worker, and the other side hears of it. */
async function hear({ values, rows }: ToVoters): Promise<void> {
  answer({ kind: "heard", ...(await voters.hear(values, rows)) });
}
port.on("message", (message: ToVoters) => void hear(message));
answer({ kind: "open" });
