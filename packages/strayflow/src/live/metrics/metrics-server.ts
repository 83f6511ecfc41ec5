import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { ExpectedError } from "../../base/errors.ts";

/** Whether all is well, and if not, why. */
export interface Health {
  readonly isHealthy: boolean;
  readonly problems: readonly string[];
}

export interface MetricsServerOptions {
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly metrics: () => string;
  readonly health: () => Health;
}

/** Serves `/metrics` and `/healthz`, and nothing else. Whoever opens it closes it. */
export class MetricsServer {
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open({ host, port, metrics, health }: MetricsServerOptions): Promise<MetricsServer> {
    const server = createServer((request, response) => {
      const send = (status: number, type: string, body: string) => {
        response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
        response.end(request.method === "HEAD" ? undefined : body);
      };
      if (request.method !== "GET" && request.method !== "HEAD") return send(405, "text/plain", "only GET\n");
      const [path] = (request.url ?? "").split("?");
      if (path === "/metrics") return send(200, "text/plain; version=0.0.4; charset=utf-8", metrics());
      if (path === "/healthz") {
        const { isHealthy, problems } = health();
        const body = { status: isHealthy ? "ok" : "failing", problems };
        return send(isHealthy ? 200 : 503, "application/json", `${JSON.stringify(body)}\n`);
      }
      return send(404, "text/plain", "there are /metrics and /healthz\n");
    });
    server.headersTimeout = 5000;
    server.requestTimeout = 10_000;
    server.maxConnections = 64;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (error) =>
        reject(new ExpectedError("output-failed", `cannot listen on ${host}:${port}: ${error.message}`)),
      );
      server.listen(port, host, () => resolve());
    });
    server.on("error", () => undefined);
    return new MetricsServer(server);
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}
