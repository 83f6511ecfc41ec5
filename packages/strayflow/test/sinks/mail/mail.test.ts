import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { inspect } from "node:util";
import { afterEach, expect, test } from "vitest";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";
import type { OpenedSink, SinkWorld } from "../../../src/sinks/index.ts";
import { mailBody } from "../../../src/sinks/mail/mail-body.ts";
import { hostile, oneOfEach, opened, openedMany } from "../make-message.ts";
import { never, openConfigured } from "../open.ts";

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function serve(options: SMTPServerOptions = {}) {
  const mails: { to: string[]; source: string }[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData(stream, session, callback) {
      const chunks: Buffer[] = [];
      stream
        .on("data", (chunk: Buffer) => chunks.push(chunk))
        .on("end", () => {
          mails.push({
            to: session.envelope.rcptTo.map(({ address }) => address),
            source: Buffer.concat(chunks).toString(),
          });
          callback();
        });
    },
    ...options,
  });
  server.on("error", () => undefined);
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  ends.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
  return { port: (server.server.address() as AddressInfo).port, mails };
}

function openMail(port: number, config: object = {}, world: Partial<SinkWorld> = {}): OpenedSink {
  const mail = {
    type: "mail",
    host: "127.0.0.1",
    port,
    security: "none",
    from: "strayflow@example.org",
    to: ["ops@example.org"],
  };
  const route = openConfigured({ ...mail, ...config }, world);
  ends.push(() => route.sink.close());
  return route;
}

const failing = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode });

test("several messages are one mail with text and HTML", async () => {
  const { port, mails } = await serve();
  const messages = Object.values(oneOfEach());
  await openMail(port, { to: ["ops@example.org", "night@example.org"] }).sink.send(messages, never);
  expect(mails).toHaveLength(1);
  const { source, to } = mails[0]!;
  expect(to).toEqual(["ops@example.org", "night@example.org"]);
  expect(source).toContain("Auto-Submitted: auto-generated");
  expect(source).toContain(`Message-ID: ${mailBody(messages).messageId}`);
  expect(source).toContain("multipart/alternative");
  expect(source.replace(/\r\n[ \t]/g, " ")).toContain(
    "Subject: [strayflow] critical: more of this: 10.0.0.23 tried 24 ports of 10.0.0.5; it",
  );
  for (const said of ["no data for 10 min", "orig_bytes moved"])
    expect(source.replace(/=\r\n/g, "")).toContain(said);
});

test("the same messages have the same Message-ID, others another", () => {
  expect(mailBody(openedMany(2)).messageId).toBe(mailBody(openedMany(2)).messageId);
  expect(mailBody(openedMany(2)).messageId).not.toBe(mailBody(openedMany(3)).messageId);
});

test("hostile text makes no header, no markup and no link", async () => {
  const { port, mails } = await serve();
  const message = hostile();
  await openMail(port).sink.send([message], never);
  const [headers = ""] = mails[0]!.source.split("\r\n\r\n");
  expect(headers).not.toMatch(/^bcc/im);
  expect(mails[0]!.to).toEqual(["ops@example.org"]);
  const { subject, text, html } = mailBody([message]);
  expect(subject).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}]/u);
  expect(subject.length).toBeLessThanOrEqual(180);
  expect(text + html).not.toMatch(/:\/\/|(?!\n)[\p{Cc}\p{Cf}\p{Zl}]/u);
  expect(
    html.replace(/<\/?(?:h3|table|tr|td|title)>|<!doctype html>|<meta charset="utf-8">/g, ""),
  ).not.toMatch(/[<>"]/);
});

test("a server that is busy is asked again, one that refuses is not", async () => {
  const busy = await serve({
    onRcptTo: (_address, _session, callback) => callback(failing(451, "try later")),
  });
  await expect(openMail(busy.port).sink.send([opened()], never)).rejects.toMatchObject({ retriable: true });
  const refusing = await serve({
    onRcptTo: (_address, _session, callback) => callback(failing(550, "no such user")),
  });
  await expect(openMail(refusing.port).sink.send([opened()], never)).rejects.toMatchObject({
    retriable: false,
    message: expect.stringMatching(/^127\.0\.0\.1:\d+: .*no such user/) as string,
  });
});

test("one of two receivers that is refused is a warning", async () => {
  const { port, mails } = await serve({
    onRcptTo: ({ address }, _session, callback) =>
      address.startsWith("gone") ? callback(failing(550, "no such user")) : callback(),
  });
  const warnings: string[] = [];
  const world = { onWarning: (sink: string, text: string) => warnings.push(`${sink}: ${text}`) };
  await openMail(port, { to: ["ops@example.org", "gone@example.org"] }, world).sink.send([opened()], never);
  expect(mails).toHaveLength(1);
  expect(warnings).toEqual(["test: 127.0.0.1 refused 1 of 2 receivers"]);
});

test("a login that fails loses no mail and shows no password", async () => {
  const { port } = await serve({
    authOptional: false,
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, callback) => callback(failing(535, `wrong password ${password}`)),
  });
  const route = openMail(
    port,
    { user: "me", password: { env: "PASS" } },
    { environment: { PASS: "hunter22" } },
  );
  const error = await route.sink.send([opened()], never).then(
    () => undefined,
    (failure: unknown) => failure,
  );
  expect(error).toMatchObject({ name: "SinkError", retriable: true });
  expect(inspect([error, route], { depth: 20 })).not.toContain("hunter22");
});

test("a server without STARTTLS gets no mail unless that is asked for", async () => {
  const { port, mails } = await serve();
  await expect(openMail(port, { security: "starttls" }).sink.send([opened()], never)).rejects.toMatchObject({
    retriable: true,
  });
  expect(mails).toEqual([]);
});

test("a server that hangs or is not there is an error that may pass", async () => {
  const silent = createServer();
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  await expect(openMail(port).sink.send([opened()], AbortSignal.timeout(50))).rejects.toMatchObject({
    retriable: true,
  });
  await new Promise<void>((resolve) => silent.close(() => resolve()));
  await expect(openMail(port).sink.send([opened()], never)).rejects.toMatchObject({ retriable: true });
});
