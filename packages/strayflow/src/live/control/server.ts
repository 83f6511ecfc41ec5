import { chmod, rm } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { ExpectedError } from "../../base/errors.ts";
import type { WatchStore } from "../../store/index.ts";
import { storeOperations, watchOperations, type StoreOperation, type WatchOperations } from "./operations.ts";
import { MOST_REQUEST_BYTES, packLine, requestSchema, unpackLine, type Answer } from "./wire.ts";

/** Answers other processes of the same user for the store that this one owns. Whoever opens it closes it. */
export class ControlServer {
  readonly path: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(path: string, server: Server) {
    this.path = path;
    this.#server = server;
    server.on("connection", (socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** @param store asked for anew with each request */
  static async open(path: string, store: () => WatchStore, watch: WatchOperations): Promise<ControlServer> {
    // The store's lock says that there is no other owner, so a socket that is there is left from a crash.
    if (process.platform !== "win32") await rm(path, { force: true });
    const server = createServer((socket) => serve(socket, store, watch));
    const opened = new ControlServer(path, server);
    const mask = process.umask(0o177);
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(path, () => resolve());
      });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new ExpectedError("output-failed", `cannot listen for other commands: ${reason}`, { file: path });
    } finally {
      process.umask(mask);
    }
    if (process.platform !== "win32") await chmod(path, 0o600);
    server.on("error", () => undefined);
    return opened;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}

function serve(socket: Socket, store: () => WatchStore, watch: WatchOperations): void {
  let gathered = "";
  let isAsked = false;
  socket.setEncoding("utf8");
  socket.on("error", () => socket.destroy());
  socket.on("data", (text: string) => {
    if (isAsked) return;
    gathered += text;
    const end = gathered.indexOf("\n");
    if (end < 0) {
      if (gathered.length > MOST_REQUEST_BYTES) socket.destroy();
      return;
    }
    isAsked = true;
    void respond(socket, answer(gathered.slice(0, end), store, watch));
  });
}

async function respond(socket: Socket, answered: Promise<Answer>): Promise<void> {
  const line = packLine(await answered);
  if (!socket.destroyed) socket.end(line);
}

async function answer(line: string, store: () => WatchStore, watch: WatchOperations): Promise<Answer> {
  try {
    const { operation, args } = requestSchema.parse(unpackLine(line));
    return { ok: true, value: await perform(operation, args, store(), watch) };
  } catch (error) {
    if (error instanceof ExpectedError) return { ok: false, kind: error.kind, message: error.message };
    const message = error instanceof Error ? error.message : String(error);
    return { ok: false, kind: "internal", message };
  }
}

function perform(operation: string, args: unknown[], store: WatchStore, watch: WatchOperations): unknown {
  const own = watchOperations.find((name) => name === operation);
  if (own !== undefined) return watch[own]();
  const asked: StoreOperation | undefined = storeOperations.find((name) => name === operation);
  if (asked === undefined)
    throw new ExpectedError("usage", `the watch knows no operation ${JSON.stringify(operation)}`);
  const ask: (...args: never[]) => unknown = store[asked].bind(store);
  return ask(...(args as never[]));
}
