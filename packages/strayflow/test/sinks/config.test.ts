import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { ExpectedError } from "../../src/base/errors.ts";
import { accepts } from "../../src/sinks/accepts.ts";
import { incidentMessage, parseSinks, Secret, sinkConfigSchema } from "../../src/sinks/index.ts";
import { hideSecrets, readSecret } from "../../src/sinks/secret.ts";
import { makeIncident, oneOfEach, start } from "./make-message.ts";
import { openConfigured } from "./open.ts";

const folder = mkdtempSync(join(tmpdir(), "strayflow-config-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const mail = {
  type: "mail",
  name: "ops",
  host: "mail.example.org",
  from: "a@example.org",
  to: ["b@example.org"],
};

function problem(...sinks: readonly object[]): string {
  try {
    parseSinks(sinks, "watch.yaml");
  } catch (error) {
    if (error instanceof ExpectedError && error.place?.file === "watch.yaml") return error.message;
    throw error;
  }
  return "no problem";
}

describe("configuration", () => {
  test("every key of every sink has a description", () => {
    const { oneOf, anyOf } = z.toJSONSchema(sinkConfigSchema, { io: "input" }) as {
      oneOf?: object[];
      anyOf?: object[];
    };
    const kinds = (oneOf ?? anyOf ?? []) as { properties: Record<string, { description?: string }> }[];
    expect(kinds).toHaveLength(6);
    for (const { properties } of kinds) {
      for (const [key, { description }] of Object.entries(properties)) {
        expect(description, key).toMatch(/^.{10,}[.]$/);
      }
    }
  });

  test("what is left out has a sensible value", () => {
    expect(parseSinks([{ type: "ndjson", name: "file", path: "alerts.ndjson" }, mail])).toMatchObject([
      {
        minimumSeverity: "low",
        fsync: true,
        keep: 30,
        rotateDaily: true,
        format: "strayflow",
        timeLimitSeconds: 30,
      },
      {
        security: "starttls",
        pauseSeconds: 300,
        kinds: ["incident-opened", "incident-closed", "status", "drift"],
      },
    ]);
  });

  test.for([
    ["a password", { ...mail, user: "me", password: "hunter22" }, "sinks[0].password"],
    [
      "a signing secret",
      { type: "webhook", name: "w", url: "https://a.example", signingSecret: "hunter22" },
      "sinks[0].signingSecret",
    ],
    ["a Slack URL", { type: "slack", name: "s", url: "https://hooks.example/hunter22" }, "sinks[0].url"],
    [
      "a header with credentials",
      { type: "webhook", name: "w", url: "https://a.example", headers: { "X-Api-Key": "hunter22" } },
      "sinks[0].headers.X-Api-Key",
    ],
    [
      "a password in a URL",
      { type: "webhook", name: "w", url: "https://me:hunter22@a.example" },
      "sinks[0].url",
    ],
    ["a key", { type: "syslog", name: "y", host: "a.example", key: "hunter22" }, "sinks[0].key"],
  ] as const)("%s as it is, is refused and not repeated", ([, sink, where]) => {
    const said = problem(sink);
    expect(said).toContain(`${where}: expected`);
    expect(said).toContain("a secret may not stand in the configuration itself");
    expect(said).not.toContain("hunter22");
  });

  test("mistakes are named by their place", () => {
    expect(problem({ ...mail, tpo: 1 })).toContain('sinks[0]: Unrecognized key: "tpo"');
    expect(problem(mail, { ...mail })).toBe("sinks: two sinks have the same name");
    expect(problem({ ...mail, type: "pager" })).toContain("sinks[0].type");
    expect(problem({ ...mail, name: "a/../b" })).toContain("sinks[0].name");
    expect(problem({ ...mail, to: ["b@example.org\r\nBcc: c@example.org"] })).toContain("sinks[0].to[0]");
    expect(problem({ ...mail, user: "me" })).toContain("user and password come together");
    expect(problem({ type: "syslog", name: "y", host: "h", transport: "tcp", ca: "ca.pem" })).toContain(
      "are for transport: tls",
    );
    expect(problem({ type: "webhook", name: "w", url: "file:///etc/passwd" })).toContain(
      "expected an http or https URL",
    );
    expect(
      problem({ type: "webhook", name: "w", url: "https://a.example", headers: { Host: "b" } }),
    ).toContain("is set by strayflow");
  });
});

describe("secrets", () => {
  test("they come from a variable or a file, without its line end", () => {
    writeFileSync(join(folder, "secret"), "hunter22\r\n");
    expect(readSecret({ file: join(folder, "secret") }, "x", {}).reveal()).toBe("hunter22");
    expect(readSecret({ env: "PASS" }, "x", { PASS: "hunter22" }).reveal()).toBe("hunter22");
  });

  test("one that cannot be had stops the start, and says which", () => {
    const withPassword = { ...mail, user: "me" };
    const open =
      (password: object, environment = {}) =>
      () =>
        openConfigured({ ...withPassword, password }, { environment });
    expect(open({ env: "PASS" })).toThrow(
      "sinks.ops.password is taken from the variable PASS, which is not set",
    );
    expect(open({ env: "PASS" }, { PASS: "" })).toThrow(
      "sinks.ops.password is taken from the variable PASS, which is empty",
    );
    expect(open({ file: join(folder, "none") })).toThrow(
      "sinks.ops.password is taken from a file that cannot be read (ENOENT)",
    );
    writeFileSync(join(folder, "empty"), "\n");
    expect(open({ file: join(folder, "empty") })).toThrow(
      "sinks.ops.password is taken from a file that is empty",
    );
    const slack = { type: "slack", url: { env: "SLACK" } };
    expect(() => openConfigured(slack, { environment: { SLACK: "hunter22" } })).toThrow(
      /^sinks\.test\.url: expected an http or https URL in the secret$/,
    );
  });

  test("nothing shows them", () => {
    const secret = new Secret("hunter22");
    for (const shown of [
      String(secret),
      inspect({ secret }, { showHidden: true }),
      JSON.stringify({ secret }),
    ]) {
      expect(shown).toContain("[secret]");
      expect(shown).not.toContain("hunter22");
    }
  });

  test("they are taken out of text in each form that servers repeat", () => {
    const secret = new Secret("p+ss/w rd");
    const forms = [
      "p+ss/w rd",
      "p%2Bss%2Fw%20rd",
      "p+ss/w%20rd",
      Buffer.from("p+ss/w rd").toString("base64"),
    ];
    for (const form of forms) expect(hideSecrets(`a ${form} b`, [secret])).toBe("a [secret] b");
  });
});

describe("what a sink wants", () => {
  const { status, drift, alert } = oneOfEach();
  const people = { kinds: ["incident-opened", "status"], minimumSeverity: "high" } as const;
  const grew = (severity: "low" | "medium" | "high" | "critical", severityBefore: typeof severity) =>
    incidentMessage("incident-grew", makeIncident({ severity }), {
      time: start,
      sensor: "s",
      revision: 2,
      severityBefore,
    });

  test("severity holds back incidents and alerts, never status", () => {
    expect(accepts(people, { ...status!, severity: "low" })).toBe(true);
    expect(accepts(people, drift!)).toBe(false);
    expect(accepts({ kinds: ["alert"], minimumSeverity: "high" }, alert!)).toBe(false);
    expect(accepts({ kinds: ["alert"], minimumSeverity: "medium" }, alert!)).toBe(true);
  });

  test("an incident that becomes serious is news to a sink that wants serious ones only", () => {
    expect(accepts(people, grew("high", "medium"))).toBe(true);
    expect(accepts(people, grew("critical", "high"))).toBe(false);
    expect(accepts(people, grew("medium", "low"))).toBe(false);
    expect(accepts({ ...people, kinds: ["incident-grew"] }, grew("critical", "high"))).toBe(true);
  });
});
