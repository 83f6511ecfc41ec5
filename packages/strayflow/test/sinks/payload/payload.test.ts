import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { join } from "node:path";
import { expect, test } from "vitest";
import { program } from "../../../src/base/program.ts";
import { incidentJson } from "../../../src/output/incident-json.ts";
import {
  packMessage,
  payloadFormats,
  payloadOf,
  unpackMessage,
  type Message,
} from "../../../src/sinks/index.ts";
import { slackBody } from "../../../src/sinks/http/slack-text.ts";
import { mailBody } from "../../../src/sinks/mail/mail-body.ts";
import { payloadText } from "../../../src/sinks/payload/payload.ts";
import { syslogMessage } from "../../../src/sinks/syslog/syslog-format.ts";
import { zeekForm } from "../../../src/sinks/file/zeek-form.ts";
import { hostile, makeIncident, oneOfEach, opened, start } from "../make-message.ts";

const golden = fileURLToPath(new URL("../golden/", import.meta.url));
/** An ending that no formatter takes for its own. */
const fileOf = (name: string) => join(golden, `${name}.golden`);
const pretty = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;

const all: Readonly<Record<string, Message>> = { ...oneOfEach(), hostile: hostile() };
const syslog = {
  facility: "local0",
  hostname: "sensor1",
  processId: 1,
  enterpriseNumber: 32_473,
  content: "text",
  maxBytes: 2048,
} as const;

const made: Readonly<Record<string, () => string>> = {
  ...Object.fromEntries(
    Object.entries(all).flatMap(([name, message]) =>
      payloadFormats.map((format) => [
        `${name}.${format}.json`,
        () => pretty(JSON.parse(payloadText(message, format))).replace(program.version, "VERSION"),
      ]),
    ),
  ),
  "zeek.log": () =>
    `${zeekForm.header(start * 1000)}${Object.values(all)
      .map((message) => `${zeekForm.line(message)}\n`)
      .join("")}${zeekForm.footer(start * 1000)}`,
  "syslog.txt": () =>
    Object.values(all)
      .map((message) => `${syslogMessage(message, syslog).toString()}\n`)
      .join(""),
  "slack.blocks.json": () => pretty(slackBody(Object.values(all), "blocks")),
  "slack.text.json": () => pretty(slackBody(Object.values(all), "text")),
  "mail.txt": () => `${mailBody(Object.values(all)).subject}\n\n${mailBody(Object.values(all)).text}`,
  "mail.html": () => mailBody(Object.values(all)).html,
};

test("the golden folder holds what is made, and nothing else", () => {
  if (process.env["UPDATE_GOLDEN"] !== undefined) {
    for (const [name, make] of Object.entries(made)) writeFileSync(fileOf(name), make());
  }
  expect(readdirSync(golden).sort()).toEqual(
    Object.keys(made)
      .map((name) => `${name}.golden`)
      .sort(),
  );
});

test.for(Object.keys(made))("%s is as it was agreed on", (name) => {
  expect(made[name]!()).toBe(readFileSync(fileOf(name), "utf8"));
});

test("an incident has the same JSON as `score` writes", () => {
  const incident = makeIncident();
  expect(payloadOf(opened(1, incident), "strayflow")).toMatchObject({
    incident: incidentJson({ ...incident }),
  });
});

test("a message comes back from the outbox as it was, unknown numbers included", () => {
  for (const message of Object.values(all)) expect(unpackMessage(packMessage(message))).toEqual(message);
  expect(packMessage(hostile())).not.toMatch(/[\r\n]/);
  for (const text of ["{}", '{"id":"a","kind":"other"}', "3"])
    expect(() => unpackMessage(text)).toThrow("a packed message has an id and a known kind");
});

test("Elastic's typed fields hold their type or are absent", () => {
  const strange = { host: "fe80::1%eth0", sentBytes: 1.5, receivedBytes: Infinity, firstSeen: 1e300 };
  for (const message of [...Object.values(all), opened(1, strange)]) {
    const fields = payloadOf(message, "ecs") as Record<string, Record<string, unknown>>;
    for (const { ip = "::", bytes = 0, port = 0 } of [fields["source"] ?? {}, fields["destination"] ?? {}]) {
      expect(ip).toMatch(/^[\da-f.:]+$/i);
      expect([bytes, port].every(Number.isSafeInteger)).toBe(true);
    }
    for (const ip of (fields["related"]?.["ip"] ?? []) as string[]) expect(ip).toMatch(/^[\da-f.:]+$/i);
    for (const time of [fields["@timestamp"], fields["event"]?.["start"] ?? fields["@timestamp"]]) {
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    }
  }
});
