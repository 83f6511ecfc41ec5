import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { networkError } from "../network-error.ts";

/** Datagrams to one server (RFC 5426). */
export interface DatagramLine {
  readonly kind: "datagram";
  /** @throws SinkError where the system refuses, or the server refused an earlier one */
  send(datagram: Buffer, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export function datagramLine(host: string, port: number): DatagramLine {
  let open: { readonly socket: Socket; failure: Error | undefined } | undefined;

  async function connect(signal: AbortSignal): Promise<NonNullable<typeof open>> {
    const { address, family } = await abortable(lookup(host), signal);
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    const made: NonNullable<typeof open> = { socket, failure: undefined };
    // A connected socket is told when nobody listens (ICMP port unreachable), one that is not never hears of it.
    socket.on("error", (error) => {
      made.failure = error;
    });
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.connect(port, address, () => {
        socket.off("error", reject);
        resolve();
      });
    });
    return made;
  }

  function drop(): void {
    open?.socket.close();
    open = undefined;
  }

  return {
    kind: "datagram",
    async send(datagram, signal) {
      signal.throwIfAborted();
      try {
        open ??= await connect(signal);
        const { socket, failure } = open;
        if (failure !== undefined) throw failure;
        await new Promise<void>((resolve, reject) => {
          socket.send(datagram, (error) => (error === null ? resolve() : reject(error)));
        });
      } catch (error) {
        drop();
        throw networkError(`${host}:${port}/udp`, error);
      }
    },
    close() {
      drop();
      return Promise.resolve();
    },
  };
}

/** The lookup itself cannot be stopped; nobody waits for it any more. */
async function abortable<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
