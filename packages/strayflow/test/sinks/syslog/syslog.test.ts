import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createSecureServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { OpenedSink } from "../../../src/sinks/index.ts";
import { hostile, oneOfEach, opened, openedMany } from "../make-message.ts";
import { never, openConfigured } from "../open.ts";
import { until } from "../until.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "strayflow-syslog-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function openSyslog(config: object): OpenedSink {
  const route = openConfigured({ type: "syslog", host: "127.0.0.1", hostname: "sensor1", ...config });
  ends.push(() => route.sink.close());
  return route;
}

/** Collects what comes in, cut by the lengths that stand before the messages. */
async function listen(
  server: Server,
): Promise<{ port: number; messages: () => string[]; sockets: Set<Socket> }> {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const connection =
    server.listenerCount("secureConnection") >= 0 && "setSecureContext" in server
      ? "secureConnection"
      : "connection";
  server.on(connection, (socket: Socket) => {
    sockets.add(socket);
    socket.on("data", (data: Buffer) => received.push(data)).on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    messages: () => deframed(Buffer.concat(received)),
    sockets,
  };
}

function deframed(bytes: Buffer): string[] {
  const messages: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(0x20, at);
    const length = Number(bytes.toString("ascii", at, space));
    expect(Number.isInteger(length)).toBe(true);
    if (space + 1 + length > bytes.length) break;
    messages.push(bytes.toString("utf8", space + 1, space + 1 + length));
    at = space + 1 + length;
  }
  return messages;
}

/** RFC 5424, section 6, as strictly as its grammar. */
function parse(message: string): {
  priority: number;
  id: string;
  parameters: Record<string, string>;
  text: string;
} {
  const match =
    /^<(\d{1,3})>1 (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z|-) ([\x21-\x7e]{1,255}) strayflow (\d+) ([\x21-\x7e]{1,32}) \[strayflow@\d+((?: [\x21-\x7e]{1,32}="(?:[^"\\\]]|\\["\\\]])*")+)\](?: \ufeff([^]*))?$/u.exec(
      message,
    );
  expect(match, message).not.toBeNull();
  const parameters: Record<string, string> = {};
  for (const [, name, value] of match![6]!.matchAll(/ ([^=]+)="((?:[^"\\\]]|\\["\\\]])*)"/gu)) {
    parameters[name!] = value!.replace(/\\(["\\\]])/g, "$1");
  }
  return { priority: Number(match![1]), id: match![5]!, parameters, text: match![7] ?? "" };
}

async function udpServer() {
  const server = createSocket("udp4");
  const datagrams: Buffer[] = [];
  server.on("message", (datagram) => datagrams.push(datagram)).bind(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => server.close());
  return { port: server.address().port, datagrams, server };
}

describe("udp", () => {
  test("each message is one datagram", async () => {
    const { port, datagrams } = await udpServer();
    await openSyslog({ transport: "udp", port }).sink.send(Object.values(oneOfEach()), never);
    await until(() => datagrams.length === 5);
    const messages = datagrams.map((datagram) => parse(datagram.toString("utf8")));
    expect(messages.map(({ id }) => id)).toEqual(Object.keys(oneOfEach()));
    expect(messages.map(({ priority }) => priority)).toEqual([131, 130, 132, 131, 132]);
    expect(messages[0]).toMatchObject({
      parameters: {
        id: "incident1.1",
        sensor: "office",
        severity: "high",
        host: "10.0.0.23",
        what: "port-scan",
      },
      text: "high: 10.0.0.23 tried 24 ports of 10.0.0.5; it usually contacts 4 a day",
    });
  });

  test("a datagram is never longer than asked, and JSON that does not fit becomes text", async () => {
    const { port, datagrams } = await udpServer();
    const long = opened(1, { headline: "ü".repeat(9000) });
    await openSyslog({ transport: "udp", port, maxBytes: 700 }).sink.send([long], never);
    await openSyslog({ transport: "udp", port, maxBytes: 700, content: "ecs" }).sink.send([long], never);
    await openSyslog({ transport: "udp", port, maxBytes: 60_000, content: "ecs" }).sink.send(
      [opened()],
      never,
    );
    await until(() => datagrams.length === 3);
    for (const datagram of datagrams.slice(0, 2)) {
      expect(datagram.length).toBeLessThanOrEqual(700);
      expect(datagram.length).toBeGreaterThan(690);
      expect(parse(datagram.toString("utf8")).text).toMatch(/^high: ü+…$/);
    }
    expect(JSON.parse(parse(datagrams[2]!.toString("utf8")).text)).toMatchObject({
      event: { id: "incident1.1" },
    });
  });

  test("a port where nobody listens is noticed, and sending works again when somebody does", async () => {
    const first = await udpServer();
    const { sink } = openSyslog({ transport: "udp", port: first.port });
    await sink.send([opened(1)], never);
    await until(() => first.datagrams.length === 1);
    await new Promise<void>((resolve) => first.server.close(() => resolve()));
    ends.splice(0, 1);
    const refused = (async () => {
      for (let attempt = 0; attempt < 20; attempt++) {
        await sink.send([opened(2)], never);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    await expect(refused).rejects.toMatchObject({
      message: `127.0.0.1:${first.port}/udp: nobody listens there (ECONNREFUSED)`,
      retriable: true,
    });
  });
});

describe("tcp", () => {
  test("messages are told apart by their lengths, over one connection", async () => {
    const { port, messages, sockets } = await listen(createServer());
    const { sink } = openSyslog({ transport: "tcp", port });
    await sink.send(openedMany(50), never);
    await sink.send([hostile()], never);
    await until(() => messages().length === 51);
    expect(
      messages()
        .slice(0, 50)
        .map((message) => parse(message).parameters["id"]),
    ).toEqual(openedMany(50).map(({ id }) => id));
    expect(sockets.size).toBe(1);
  });

  test("a server that went away is noticed before the next message, and the connection made again", async () => {
    const { port, messages, sockets } = await listen(createServer());
    const { sink } = openSyslog({ transport: "tcp", port });
    await sink.send([opened(1)], never);
    await until(() => messages().length === 1);
    for (const socket of sockets) socket.end();
    await until(() => sockets.size === 0);
    await sink.send([opened(2)], never);
    await until(() => messages().length === 2);
    expect(messages().map((message) => parse(message).parameters["id"])).toEqual([
      "incident1.1",
      "incident2.1",
    ]);
  });

  test("a server that is not there is an error that may pass", async () => {
    const server = createServer();
    const { port } = await listen(server);
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await expect(openSyslog({ transport: "tcp", port }).sink.send([opened()], never)).rejects.toMatchObject({
      message: `127.0.0.1:${port}/tcp: nobody listens there (ECONNREFUSED)`,
      retriable: true,
    });
  });

  test("a server that does not read is given up when asked", async () => {
    const server = createServer({ pauseOnConnect: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const sockets: Socket[] = [];
    server.on("connection", (socket) => sockets.push(socket));
    ends.push(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { sink } = openSyslog({
      transport: "tcp",
      port: (server.address() as AddressInfo).port,
      maxBytes: 65_000,
      content: "strayflow",
    });
    const large = opened(1, { headline: "x".repeat(40_000) });
    await expect(sink.send(Array(400).fill(large), AbortSignal.timeout(200))).rejects.toMatchObject({
      retriable: true,
    });
  });
});

describe("tls", () => {
  function certificate(name: string): { key: string; cert: string } {
    const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
    execFileSync(
      "openssl",
      [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "2",
      ].concat([
        "-subj",
        `/CN=${name}`,
        "-addext",
        `subjectAltName=DNS:${name}`,
        "-keyout",
        key,
        "-out",
        cert,
      ]),
      { stdio: "ignore" },
    );
    return { key, cert };
  }
  const hasOpenssl = (() => {
    try {
      execFileSync("openssl", ["version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  })();
  async function serve(name: string, options: object = {}) {
    const { key, cert } = certificate(name);
    const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert), ...options });
    server.on("tlsClientError", () => undefined);
    return { ...(await listen(server)), cert };
  }

  test.skipIf(!hasOpenssl)("messages arrive at a server whose certificate is trusted", async () => {
    const { port, messages, cert } = await serve("localhost");
    const { sink } = openSyslog({ transport: "tls", host: "localhost", port, ca: cert });
    await sink.send(openedMany(3), never);
    await until(() => messages().length === 3);
    expect(messages().map((message) => parse(message).parameters["id"])).toEqual(
      openedMany(3).map(({ id }) => id),
    );
  });

  test.skipIf(!hasOpenssl)(
    "a certificate that is not trusted, or for another name, gets no message",
    async () => {
      const { port, messages } = await serve("localhost");
      await expect(
        openSyslog({ transport: "tls", host: "localhost", port }).sink.send([opened()], never),
      ).rejects.toMatchObject({
        message: `localhost:${port}/tls: the certificate is self-signed and not trusted (DEPTH_ZERO_SELF_SIGNED_CERT)`,
      });
      const other = await serve("other.example");
      await expect(
        openSyslog({ transport: "tls", host: "localhost", port: other.port, ca: other.cert }).sink.send(
          [opened()],
          never,
        ),
      ).rejects.toMatchObject({
        message: expect.stringContaining("the certificate is for another host") as string,
      });
      expect([...messages(), ...other.messages()]).toEqual([]);
    },
  );

  test.skipIf(!hasOpenssl)("a server that asks for a certificate gets it", async () => {
    const client = certificate("client");
    const { port, messages, cert } = await serve("localhost", {
      requestCert: true,
      rejectUnauthorized: true,
      ca: readFileSync(client.cert),
    });
    const wanted = { transport: "tls", host: "localhost", port, ca: cert };
    await openSyslog({ ...wanted, certificate: client.cert, key: { file: client.key } }).sink.send(
      [opened()],
      never,
    );
    await until(() => messages().length === 1);
    expect(parse(messages()[0]!).id).toBe("incident-opened");
  });
});

test("hostile text stays where it belongs", async () => {
  const { port, datagrams } = await udpServer();
  for (const content of ["text", "strayflow", "ecs"]) {
    await openSyslog({ transport: "udp", port, maxBytes: 60_000, content, hostname: "a b\nc" }).sink.send(
      [hostile()],
      never,
    );
  }
  await until(() => datagrams.length === 3);
  for (const datagram of datagrams) {
    expect(datagram.filter((byte) => byte < 0x20)).toHaveLength(0);
    const { parameters } = parse(datagram.toString("utf8"));
    expect(Object.keys(parameters)).toEqual(["id", "sensor", "severity", "host", "what"]);
  }
});
