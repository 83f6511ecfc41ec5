import { z } from "zod";
import { ExpectedError } from "../base/errors.ts";
import { severities } from "../detect/incidents/incident.ts";
import { messageKinds } from "./message.ts";
import { payloadFormats } from "./payload/payload.ts";
import { facilities } from "./syslog/syslog-format.ts";
import { oneLine } from "./text.ts";

const secret = z
  .union(
    [
      z.strictObject({
        env: z
          .string()
          .regex(/^[A-Za-z_]\w*$/)
          .describe("Name of the environment variable."),
      }),
      z.strictObject({
        file: z.string().min(1).describe("Path of the file; line ends at its end do not count."),
      }),
    ],
    {
      error: "expected { env: NAME } or { file: PATH }: a secret may not stand in the configuration itself",
    },
  )
  .describe("Where the secret stands: { env: NAME } or { file: PATH }.");

const format = z.enum(payloadFormats).default("strayflow");

function common(kinds: readonly (typeof messageKinds)[number][]) {
  return {
    name: z
      .string()
      .regex(/^[\w.-]{1,64}$/)
      .describe(
        "Name of the sink in logs, metrics and the outbox. Renaming it abandons what waits under the old name.",
      ),
    minimumSeverity: z
      .enum(severities)
      .default("low")
      .describe(
        "Incidents and alerts below this are not sent. An incident that grows to it is sent then. Status and drift are always sent if their kind is.",
      ),
    kinds: z
      .array(z.enum(messageKinds))
      .min(1)
      .default([...kinds])
      .describe("Which messages are sent."),
    timeLimitSeconds: z
      .number()
      .positive()
      .max(3600)
      .default(30)
      .describe("A delivery that takes longer has failed and is tried again."),
    giveUpAfterHours: z
      .number()
      .positive()
      .default(72)
      .describe(
        "A message that has failed for so long is given up, so that it does not hold up those behind it.",
      ),
  };
}

const forPrograms = messageKinds.filter((kind) => kind !== "alert");
const forPeople = messageKinds.filter((kind) => kind !== "alert" && kind !== "incident-grew");

const fileSettings = {
  path: z
    .string()
    .min(1)
    .describe("The file that is written. Old ones stand beside it, with their time in the name."),
  rotateBytes: z
    .number()
    .int()
    .min(1024)
    .default(100_000_000)
    .describe("A new file is begun when the old one has this size."),
  rotateDaily: z.boolean().default(true).describe("A new file is begun with each day (UTC)."),
  keep: z
    .number()
    .int()
    .min(0)
    .default(30)
    .describe("How many old files are kept; 0 keeps all, for those who rotate by other means."),
  fsync: z
    .boolean()
    .default(true)
    .describe(
      "A message counts as delivered when the disk has it. Without it, when the system has it: a power failure may lose some.",
    ),
};

const tls = {
  ca: z.string().min(1).optional().describe("File of certificates (PEM) to trust instead of the system's."),
  certificate: z.string().min(1).optional().describe("File of the certificate (PEM) that this side shows."),
  key: secret.optional().describe("The key (PEM) of that certificate: { env: NAME } or { file: PATH }."),
};

const ndjson = z.strictObject({
  type: z.literal("ndjson").describe("A file with one JSON object a line."),
  ...common(forPrograms),
  ...fileSettings,
  format: format.describe("Form of the objects: our own, or Elastic Common Schema."),
});

const zeekLog = z.strictObject({
  type: z.literal("zeek-log").describe("A log in Zeek's own tab-separated form."),
  ...common(forPrograms),
  ...fileSettings,
});

const syslog = z
  .strictObject({
    type: z.literal("syslog").describe("Syslog messages (RFC 5424)."),
    ...common(forPrograms),
    host: z.string().min(1).describe("Name or address of the server."),
    port: z
      .number()
      .int()
      .min(1)
      .max(65_535)
      .optional()
      .describe("514 for udp, 601 for tcp, 6514 for tls, unless said."),
    transport: z
      .enum(["udp", "tcp", "tls"])
      .default("tls")
      .describe(
        "udp (RFC 5426) may lose messages and says nothing about it; tcp is RFC 6587 with octet counting, tls RFC 5425.",
      ),
    facility: z.enum(facilities).default("local0").describe("Syslog facility."),
    hostname: z.string().optional().describe("HOSTNAME of the messages; this machine's name unless said."),
    content: z
      .enum(["text", ...payloadFormats])
      .default("text")
      .describe(
        "What follows the structured data: one line of text, or JSON in our own form or Elastic Common Schema.",
      ),
    enterpriseNumber: z
      .number()
      .int()
      .positive()
      .default(32_473)
      .describe(
        "Private enterprise number in the name of the structured data. The default is the one reserved for examples (RFC 5612).",
      ),
    maxBytes: z
      .number()
      .int()
      .min(480)
      .max(65_000)
      .optional()
      .describe("Longest message; longer ones are cut. 2,048 for udp, 8,192 for others, unless said."),
    ...tls,
  })
  .describe(
    "Over tcp and tls, a message counts as delivered when the connection has taken it: syslog knows no receipt.",
  );

const http = {
  ca: tls.ca,
  certificate: tls.certificate,
  key: tls.key,
};

const httpUrl = "expected an http or https URL, { env: NAME } or { file: PATH }";

const address = z
  .union([z.url({ protocol: /^https?$/, error: httpUrl }), secret], {
    error: httpUrl,
  })
  .refine((value) => typeof value !== "string" || !hasPassword(value), {
    error: "expected a URL without user and password: a secret may not stand in the configuration itself",
  });

const webhook = z.strictObject({
  type: z.literal("webhook").describe("Each message as JSON in an HTTP POST."),
  ...common(forPrograms),
  url: address.describe(
    "Where to post. As { env: NAME } or { file: PATH } where the URL itself is a secret.",
  ),
  format: format.describe("Form of the body: our own, or Elastic Common Schema."),
  signingSecret: secret
    .optional()
    .describe(
      "Key of the signature (HMAC-SHA256) over time and body; { env: NAME } or { file: PATH }. Without it nothing is signed.",
    ),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.union([z.string().regex(/^[\x20-\x7e]*$/), secret]))
    .default({})
    .describe("More headers. Those that carry credentials must be { env: NAME } or { file: PATH }.")
    .superRefine((headers, context) => {
      for (const [name, value] of Object.entries(headers)) {
        if (reservedHeader.test(name)) {
          context.addIssue({
            code: "custom",
            path: [name],
            message: "is set by strayflow",
            input: undefined,
          });
        } else if (typeof value === "string" && secretHeader.test(name)) {
          context.addIssue({
            code: "custom",
            path: [name],
            message:
              "expected { env: NAME } or { file: PATH }: a secret may not stand in the configuration itself",
            input: undefined,
          });
        }
      }
    }),
  ...http,
});

const reservedHeader = /^(host|content-.*|transfer-encoding|connection|idempotency-key|strayflow-.*)$/i;
const secretHeader = /auth|cookie|token|secret|password|key|credential|session/i;

const slack = z.strictObject({
  type: z.literal("slack").describe("Messages to a Slack-compatible incoming webhook."),
  ...common(forPeople),
  url: secret.describe("The webhook's URL, which is a secret: { env: NAME } or { file: PATH }."),
  style: z
    .enum(["blocks", "text"])
    .default("blocks")
    .describe("blocks for Slack; text for Mattermost, Rocket.Chat and others that know no blocks."),
  pauseSeconds: z
    .number()
    .min(0)
    .default(5)
    .describe("Least time between two posts. What happens meanwhile is posted together."),
  ...http,
});

const mailAddress = z.email().max(254);

const mail = z.strictObject({
  type: z.literal("mail").describe("E-mail over SMTP; several messages in one mail."),
  ...common(forPeople),
  host: z.string().min(1).describe("Name or address of the mail server."),
  port: z
    .number()
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe("465 for tls, 587 for starttls, 25 for none, unless said."),
  security: z
    .enum(["tls", "starttls", "none"])
    .default("starttls")
    .describe("tls from the first byte, starttls or nothing at all, or none: readable on the way."),
  user: z.string().min(1).optional().describe("Name to log in with."),
  password: secret.optional().describe("Password to log in with: { env: NAME } or { file: PATH }."),
  from: mailAddress.describe("Sender's address."),
  to: z.array(mailAddress).min(1).max(100).describe("Receivers' addresses."),
  pauseSeconds: z
    .number()
    .min(0)
    .default(300)
    .describe("Least time between two mails. What happens meanwhile goes into one."),
  ca: tls.ca,
});

/** One sink of the configuration. Its keys and their descriptions are what the docs are made of. */
export const sinkConfigSchema = z.discriminatedUnion("type", [
  ndjson,
  zeekLog,
  syslog.refine((sink) => sink.transport === "tls" || !(sink.ca ?? sink.certificate ?? sink.key), {
    error: "ca, certificate and key are for transport: tls",
  }),
  webhook,
  slack,
  mail.refine((sink) => (sink.user === undefined) === (sink.password === undefined), {
    error: "user and password come together",
  }),
]);

/** All sinks: their names differ. */
const sinksConfigSchema = z
  .array(sinkConfigSchema)
  .refine((sinks) => new Set(sinks.map((sink) => sink.name)).size === sinks.length, {
    error: "two sinks have the same name",
  });

export type SinkConfig = z.infer<typeof sinkConfigSchema>;
export type SinkConfigOf<Type extends SinkConfig["type"]> = Extract<SinkConfig, { type: Type }>;

/**
 * Checks the sinks of a configuration. Errors name the key and what was expected, and never repeat a value.
 *
 * @param file where the configuration stands, for the error
 * @throws ExpectedError "usage"
 */
export function parseSinks(value: unknown, file?: string): SinkConfig[] {
  const parsed = sinksConfigSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.slice(0, 5).map(({ path, message }) => {
    const where = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
    return oneLine(`sinks${where}: ${message}`, 300);
  });
  throw new ExpectedError("usage", problems.join("; "), file === undefined ? undefined : { file });
}

function hasPassword(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { username, password } = new URL(url);
  return username !== "" || password !== "";
}
