import { connect } from "node:net";
import { ExpectedError } from "../../base/errors.ts";
import { storeOperations, watchOperations, type RemoteStore } from "./operations.ts";
import { answerSchema, controlPath, packLine, unpackLine } from "./wire.ts";

/**
 * The store that a running watch owns, by the store's file; undefined where no watch runs on it. Each call is a connection of
 * its own and rejects with the same `ExpectedError` as the function of the store.
 */
export async function connectWatch(storeFile: string): Promise<RemoteStore | undefined> {
  const path = controlPath(storeFile);
  const ask = (operation: string, args: readonly unknown[]) => askOnce(path, operation, args);
  try {
    await ask("status", []);
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
  const operations = [...storeOperations, ...watchOperations].map(
    (operation) => [operation, (...args: unknown[]) => ask(operation, withoutOptions(args))] as const,
  );
  return Object.fromEntries(operations) as unknown as RemoteStore;
}

function askOnce(path: string, operation: string, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    const parts: string[] = [];
    socket.setEncoding("utf8");
    socket.on("error", reject);
    socket.on("data", (text: string) => parts.push(text));
    socket.on("end", () => {
      try {
        const answer = answerSchema.parse(unpackLine(parts.join("")));
        if (answer.ok) resolve(answer.value);
        else reject(new ExpectedError(answer.kind, answer.message));
      } catch (cause) {
        const what = "the watch ended while it was asked";
        reject(new ExpectedError("store-busy", what, undefined, { cause }));
      }
    });
    socket.write(packLine({ version: 1, operation, args }));
  });
}

/** A signal cannot be sent. */
function withoutOptions(args: readonly unknown[]): unknown[] {
  return args.filter((one) => !(typeof one === "object" && one !== null && "signal" in one));
}

function isAbsent(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ECONNREFUSED";
}
