import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { isSignedBy, type OpenedSink } from "../../../src/sinks/index.ts";
import { retryAfterMillis } from "../../../src/sinks/http/post.ts";
import { hostile, hostileText, oneOfEach, opened, openedMany } from "../make-message.ts";
import { never, openConfigured } from "../open.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Received {
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

type Answer = (response: ServerResponse, request: Received, count: number) => void;

/** A server that notes what it gets and answers as told. */
async function serve(answer: Answer = (response) => response.end()) {
  const requests: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("error", () => undefined);
    request
      .on("data", (chunk: Buffer) => chunks.push(chunk))
      .on("end", () => {
        const received = {
          url: request.url ?? "",
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        };
        requests.push(received);
        answer(response, received, requests.length);
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, requests, server };
}

const status =
  (code: number, headers: Record<string, string> = {}, text = "") =>
  (response: ServerResponse) =>
    response.writeHead(code, headers).end(text);

function webhook(port: number, config: object = {}, environment = {}): OpenedSink {
  const route = openConfigured(
    { type: "webhook", url: `http://127.0.0.1:${port}/hook`, ...config },
    { environment },
  );
  ends.push(() => route.sink.close());
  return route;
}

describe("webhook", () => {
  test("each message is a POST with its id as key, in order", async () => {
    const { port, requests } = await serve();
    const messages = Object.values(oneOfEach());
    await webhook(port).sink.send(messages, never);
    expect(requests.map(({ headers }) => headers["idempotency-key"])).toEqual(messages.map(({ id }) => id));
    expect(requests.map(({ body }) => (JSON.parse(body) as { id: string }).id)).toEqual(
      messages.map(({ id }) => id),
    );
    expect(requests[0]).toMatchObject({ url: "/hook", headers: { "content-type": "application/json" } });
    expect(requests[0]!.headers["strayflow-signature"]).toBeUndefined();
  });

  test("a signed request can be checked by whoever shares the secret, for five minutes", async () => {
    const { port, requests } = await serve();
    const config = {
      signingSecret: { env: "HOOK" },
      headers: { Authorization: { env: "TOKEN" }, "X-Team": "blue" },
    };
    await webhook(port, config, { HOOK: "s3cret", TOKEN: "Bearer abcdef" }).sink.send([opened()], never);
    const { headers, body } = requests[0]!;
    expect(headers).toMatchObject({ authorization: "Bearer abcdef", "x-team": "blue" });
    const timestamp = String(headers["strayflow-timestamp"]);
    const signed = { timestamp, signature: String(headers["strayflow-signature"]), body: Buffer.from(body) };
    const now = Number(timestamp);
    expect(isSignedBy("s3cret", signed, now + 299)).toBe(true);
    expect(isSignedBy("s3cret", signed, now + 301)).toBe(false);
    expect(isSignedBy("other", signed, now)).toBe(false);
    expect(isSignedBy("s3cret", { ...signed, timestamp: String(now + 1) }, now)).toBe(false);
    expect(isSignedBy("s3cret", { ...signed, body: Buffer.from(`${body} `) }, now)).toBe(false);
    expect(isSignedBy("s3cret", { ...signed, signature: "v1=" }, now)).toBe(false);
  });

  test.for([
    [500, true],
    [503, true],
    [429, true],
    [408, true],
    [400, false],
    [401, false],
    [404, false],
    [422, false],
    [301, false],
    [302, false],
  ] as const)("an answer of %i is worth another try: %s", async ([code, retriable]) => {
    const { port } = await serve((response, _, count) => status(count === 3 ? code : 200)(response));
    await expect(webhook(port).sink.send(openedMany(5), never)).rejects.toMatchObject({
      name: "SinkError",
      retriable,
      delivered: 2,
      refused: 1,
      message: expect.stringMatching(new RegExp(`^127.0.0.1:${port} answered ${code}`)) as string,
    });
  });

  test("Retry-After is understood as seconds and as a date", async () => {
    const { port } = await serve(status(429, { "retry-after": "17" }));
    await expect(webhook(port).sink.send([opened()], never)).rejects.toMatchObject({
      retryAfterMillis: 17_000,
    });
    expect(retryAfterMillis("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_770_000)).toBe(7000);
    expect(retryAfterMillis("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_799_000)).toBe(0);
    expect(retryAfterMillis("soon", 0)).toBeUndefined();
    expect(retryAfterMillis("-5x", 0)).toBeUndefined();
  });

  test("a redirect within the server is followed, one to another never", async () => {
    const elsewhere = await serve();
    const { port, requests } = await serve((response, { url }) => {
      if (url === "/hook") status(307, { location: "/moved" })(response);
      else if (url === "/out")
        status(308, { location: `http://127.0.0.1:${elsewhere.port}/steal` })(response);
      else if (url === "/loop") status(307, { location: "/loop" })(response);
      else response.end();
    });
    await webhook(port).sink.send([opened()], never);
    expect(requests.map(({ url }) => url)).toEqual(["/hook", "/moved"]);
    expect(requests[1]!.body).toBe(requests[0]!.body);
    for (const path of ["out", "loop"]) {
      const { sink } = webhook(port, { url: `http://127.0.0.1:${port}/${path}` });
      await expect(sink.send([opened()], never)).rejects.toMatchObject({
        retriable: false,
        message: expect.stringContaining("a redirect, which is not followed") as string,
      });
    }
    expect(elsewhere.requests).toEqual([]);
  });

  test("a server that hangs, closes or is not there is an error that may pass", async () => {
    const hanging = await serve(() => undefined);
    await expect(webhook(hanging.port).sink.send([opened()], AbortSignal.timeout(50))).rejects.toMatchObject({
      retriable: true,
    });
    const halfway = await serve((response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write("half");
    });
    await expect(webhook(halfway.port).sink.send([opened()], AbortSignal.timeout(50))).rejects.toMatchObject({
      retriable: true,
    });
    const closing = await serve((response) => response.destroy());
    await expect(webhook(closing.port).sink.send([opened()], never)).rejects.toMatchObject({
      retriable: true,
      message: `127.0.0.1:${closing.port}: the connection was cut (ECONNRESET)`,
    });
    closing.server.close();
    await expect(webhook(closing.port).sink.send([opened()], never)).rejects.toMatchObject({
      retriable: true,
      message: `127.0.0.1:${closing.port}: nobody listens there (ECONNREFUSED)`,
    });
  });

  test("an answer without end is not read to its end", async () => {
    const { port } = await serve((response) => {
      response.writeHead(500);
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(60_000)));
      };
      response.on("drain", more);
      more();
    });
    await expect(webhook(port).sink.send([opened()], AbortSignal.timeout(3000))).rejects.toMatchObject({
      message: expect.stringMatching(/answered 500: x+…$/) as string,
    });
  });

  test("no secret is in an error, even where the server repeats it", async () => {
    const environment = {
      URL: "http://127.0.0.1:1/T0K3N/path?key=hidden%20value",
      HOOK: "s3cret",
      TOKEN: "Bearer abcdef",
    };
    const { port } = await serve((response, { url, headers }) =>
      status(400, {}, `bad ${url} ${String(headers.authorization)} \u001b[31m\u202e`)(response),
    );
    environment.URL = environment.URL.replace(":1/", `:${port}/`);
    const config = {
      url: { env: "URL" },
      signingSecret: { env: "HOOK" },
      headers: { Authorization: { env: "TOKEN" } },
    };
    const route = webhook(port, config, environment);
    const error = await route.sink.send([opened()], never).then(
      () => undefined,
      (failure: unknown) => failure,
    );
    const shown = inspect([error, route], { depth: 20 }) + String(error) + JSON.stringify(error);
    for (const secret of ["T0K3N", "hidden", "s3cret", "abcdef"]) expect(shown).not.toContain(secret);
    expect((error as Error).message).toBe(
      `127.0.0.1:${port} answered 400: bad [secret] [secret] \\x1b[31m\\u{202e}`,
    );
  });

  test("an id that no header could carry is hashed, not sent", async () => {
    const { port, requests } = await serve();
    await webhook(port).sink.send([{ ...opened(), id: "a\r\nX-Evil: 1" }], never);
    expect(requests[0]!.headers).toMatchObject({
      "idempotency-key": expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(requests[0]!.headers["x-evil"]).toBeUndefined();
  });
});

describe("slack", () => {
  interface SlackPost {
    readonly text: string;
    readonly blocks?: {
      readonly text: { readonly type: string; readonly text: string; readonly verbatim: boolean };
    }[];
  }

  async function post(
    messages: Parameters<OpenedSink["sink"]["send"]>[0],
    config: object = {},
  ): Promise<SlackPost> {
    const { port, requests } = await serve();
    const environment = { SLACK: `http://127.0.0.1:${port}/services/T000/B000/XXXX` };
    const { sink } = openConfigured({ type: "slack", url: { env: "SLACK" }, ...config }, { environment });
    ends.push(() => sink.close());
    await sink.send(messages, never);
    expect(requests).toHaveLength(1);
    return JSON.parse(requests[0]!.body) as SlackPost;
  }

  test("several messages are one post, a block each", async () => {
    const { text, blocks } = await post(openedMany(3));
    expect(text).toBe("high: 10.0.0.23 tried 24 ports of 10.0.0.5; it usually contacts 4 a day (and 2 more)");
    expect(blocks).toHaveLength(3);
    expect(blocks![0]!.text).toMatchObject({ type: "mrkdwn", verbatim: true });
    expect(blocks![0]!.text.text).toMatch(/^\*high: 10\.0\.0\.23 tried 24 ports .*\*\nseen: 2025-02-22 /);
    expect((await post(openedMany(1), { style: "text" })).blocks).toBeUndefined();
  });

  test("no post is longer than the server takes", async () => {
    for (const count of [1, 20]) {
      const { blocks } = await post(Array(count).fill(hostile("&<>*".repeat(3000))));
      expect(blocks!.length).toBeLessThanOrEqual(50);
      for (const { text } of blocks!) expect(text.text.length).toBeLessThanOrEqual(3000);
      expect(blocks!.reduce((sum, { text }) => sum + text.text.length, 0)).toBeLessThanOrEqual(12_000);
      for (const { text } of blocks!) expect(text.text.replace(/&(amp|lt|gt);/g, "")).not.toContain("&");
    }
  });

  test("hostile text makes no mention, link or format", async () => {
    for (const style of ["blocks", "text"]) {
      const { text, blocks = [] } = await post([hostile()], { style });
      for (const shown of [text, ...blocks.map((block) => block.text.text)]) {
        expect(shown).not.toMatch(/[<>`~]|:\/\/|@\w|\]\(|\r|\u202e/);
        expect(shown.replace(/^\*{1,2}.*\*{1,2}$/m, "")).not.toContain("*");
        expect(shown).not.toContain("_under_");
      }
    }
    expect(hostileText).toMatch(/<!channel>/);
  });
});
