import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectSecure } from "node:tls";
import { networkError } from "../network-error.ts";
import type { TlsFiles } from "../tls-files.ts";

/** A connection that is opened when needed and kept. */
export interface StreamLine {
  readonly kind: "stream";
  /** Resolves when the connection has taken all bytes. @throws SinkError */
  write(bytes: Buffer, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

/** @param tls for TLS, absent for plain TCP; the server's certificate is always checked against `host` */
export function streamLine(host: string, port: number, tls?: TlsFiles): StreamLine {
  const where = `${host}:${port}/${tls === undefined ? "tcp" : "tls"}`;
  let open: Socket | undefined;

  function connect(): Socket {
    const socket =
      tls === undefined
        ? connectPlain({ host, port })
        : connectSecure({ host, port, ...tls, ...(isIP(host) === 0 ? { servername: host } : {}) });
    socket.setKeepAlive(true, 60_000);
    socket.setNoDelay(true);
    const drop = () => {
      if (open === socket) open = undefined;
      socket.destroy();
    };
    // Syslog servers never speak: whatever ends the reading side means that nobody listens any more.
    socket.on("end", drop).on("close", drop).on("error", drop).resume();
    return socket;
  }

  return {
    kind: "stream",
    async write(bytes, signal) {
      signal.throwIfAborted();
      const isKept = open !== undefined;
      try {
        // A server that went away meanwhile is noticed in the turn of the loop in which its farewell is read.
        if (isKept) await new Promise((resolve) => setImmediate(resolve));
        const socket = (open ??= connect());
        await written(socket, bytes, signal);
      } catch (error) {
        // Half a message may be out, after which nothing else can follow on this connection.
        open?.destroy();
        open = undefined;
        throw networkError(where, error);
      }
    },
    async close() {
      const socket = open;
      open = undefined;
      if (socket === undefined || socket.destroyed) return;
      await new Promise<void>((resolve) => {
        socket.once("close", () => resolve());
        const timer = setTimeout(() => socket.destroy(), 500);
        socket.once("close", () => clearTimeout(timer));
        socket.end();
      });
    },
  };
}

function written(socket: Socket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    const onAbort = () => end(new Error("gave up"));
    const onClose = () => end(new Error("the server closed the connection"));
    const onError = (error: Error) => end(error);
    function end(error: Error | null | undefined) {
      signal.removeEventListener("abort", onAbort);
      socket.off("close", onClose).off("error", onError);
      if (error == null) resolve();
      else {
        socket.destroy();
        reject(error);
      }
    }
    signal.addEventListener("abort", onAbort, { once: true });
    socket.on("close", onClose).on("error", onError);
    socket.write(bytes, end);
  });
}
