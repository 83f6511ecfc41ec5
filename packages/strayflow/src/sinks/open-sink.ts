import { hostname } from "node:os";
import { ExpectedError, unreachable } from "../base/errors.ts";
import { accepts } from "./accepts.ts";
import type { SinkConfig, SinkConfigOf } from "./config.ts";
import { fileSink } from "./file/file-sink.ts";
import { ndjsonForm } from "./file/ndjson-form.ts";
import type { RecordForm } from "./file/record-form.ts";
import { zeekForm } from "./file/zeek-form.ts";
import { poster, type Poster } from "./http/post.ts";
import { mostShown } from "./http/slack-text.ts";
import { slackSink } from "./http/slack.ts";
import { webhookSink } from "./http/webhook.ts";
import { mailSink } from "./mail/mail-sink.ts";
import type { Message } from "./message.ts";
import { readSecret, Secret, type SecretReference } from "./secret.ts";
import type { Sink } from "./sink.ts";
import type { DeliveryRoute } from "./sink-loop.ts";
import { datagramLine } from "./syslog/datagram-line.ts";
import { streamLine } from "./syslog/stream-line.ts";
import { syslogSink } from "./syslog/syslog-sink.ts";
import { readTlsFiles } from "./tls-files.ts";

/** The world that sinks live in; tests give their own. */
export interface SinkWorld {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of what did not stop a delivery; safe to print. */
  readonly onWarning: (sink: string, text: string) => void;
}

/** A configured sink, ready for `Delivery`. */
export interface OpenedSink extends DeliveryRoute {
  /** Whether a message is to be put into the outbox for this sink. */
  accepts(message: Message): boolean;
}

/**
 * Makes the sink that a configuration describes. Secrets and certificates are read now, once; connections and files
 * are opened when the first message is sent, so that a server that is away stops nothing.
 *
 * @throws ExpectedError "usage" where a secret or certificate cannot be had
 */
export function openSink(config: SinkConfig, world: SinkWorld): OpenedSink {
  const { sink, batch, pauseSeconds = 0 } = parts(config, world);
  return {
    sink,
    batch,
    pauseMillis: pauseSeconds * 1000,
    timeLimitMillis: config.timeLimitSeconds * 1000,
    giveUpMillis: config.giveUpAfterHours * 3_600_000,
    accepts: (message) => accepts(config, message),
  };
}

interface Parts {
  readonly sink: Sink;
  /** Files and streams take many at once. Where each message is a call of its own, few: all have one time limit. */
  readonly batch: number;
  readonly pauseSeconds?: number;
}

function parts(config: SinkConfig, world: SinkWorld): Parts {
  switch (config.type) {
    case "ndjson":
      return { sink: file(config, ndjsonForm(config.format), world), batch: 200 };
    case "zeek-log":
      return { sink: file(config, zeekForm, world), batch: 200 };
    case "syslog":
      return { sink: syslog(config, world), batch: 100 };
    case "webhook":
      return { sink: webhook(config, world), batch: 10 };
    case "slack":
      return { ...slack(config, world), pauseSeconds: config.pauseSeconds };
    case "mail":
      return { sink: mail(config, world), batch: 50, pauseSeconds: config.pauseSeconds };
    default:
      return unreachable(config);
  }
}

function file(config: SinkConfigOf<"ndjson" | "zeek-log">, form: RecordForm, { now }: SinkWorld): Sink {
  const { name, path, rotateBytes, rotateDaily, keep, fsync } = config;
  return fileSink(name, { path, form, rotateBytes, rotateDaily, keep, fsync, now });
}

const syslogPorts = { udp: 514, tcp: 601, tls: 6514 } as const;

function syslog(config: SinkConfigOf<"syslog">, world: SinkWorld): Sink {
  const { name, host, transport, facility, content, enterpriseNumber } = config;
  const port = config.port ?? syslogPorts[transport];
  const format = {
    facility,
    content,
    enterpriseNumber,
    hostname: config.hostname ?? hostname(),
    processId: process.pid,
    maxBytes: config.maxBytes ?? (transport === "udp" ? 2048 : 8192),
  };
  if (transport === "udp") return syslogSink(name, format, datagramLine(host, port));
  return syslogSink(
    name,
    format,
    streamLine(host, port, transport === "tls" ? tlsOf(config, world) : undefined),
  );
}

function webhook(config: SinkConfigOf<"webhook">, world: SinkWorld): Sink {
  const secretHeaders = Object.entries(config.headers).map(
    ([header, value]) =>
      [
        header,
        typeof value === "string" ? value : secretOf(value, `sinks.${config.name}.headers.${header}`, world),
      ] as const,
  );
  const headers = Object.fromEntries(secretHeaders);
  const more = Object.values(headers).filter((value) => value instanceof Secret);
  const { signingSecret } = config;
  return webhookSink(config.name, {
    poster: posterTo(config, world, more),
    format: config.format,
    headers,
    signingSecret: signingSecret && secretOf(signingSecret, `sinks.${config.name}.signingSecret`, world),
    now: world.now,
  });
}

function slack(config: SinkConfigOf<"slack">, world: SinkWorld): Parts {
  return { sink: slackSink(config.name, posterTo(config, world, []), config.style), batch: mostShown };
}

function posterTo(
  config: SinkConfigOf<"webhook" | "slack">,
  world: SinkWorld,
  more: readonly Secret[],
): Poster {
  const what = `sinks.${config.name}.url`;
  const given = typeof config.url === "string" ? config.url : secretOf(config.url, what, world);
  const text = typeof given === "string" ? given : given.reveal();
  if (!/^https?:/i.test(text) || !URL.canParse(text)) {
    throw new ExpectedError("usage", `${what}: expected an http or https URL in the secret`);
  }
  const url = new URL(text);
  return poster({
    url,
    tls: url.protocol === "https:" ? tlsOf(config, world) : {},
    secrets: [...(typeof given === "string" ? [] : [given]), ...more],
    now: world.now,
  });
}

const mailPorts = { tls: 465, starttls: 587, none: 25 } as const;

function mail(config: SinkConfigOf<"mail">, world: SinkWorld): Sink {
  const { name, host, security, user, password, from, to, ca } = config;
  return mailSink(name, {
    host,
    port: config.port ?? mailPorts[security],
    security,
    user,
    password: password && secretOf(password, `sinks.${name}.password`, world),
    from,
    to,
    ca: readTlsFiles(`sinks.${name}`, { ca }, undefined).ca,
    timeLimitMillis: config.timeLimitSeconds * 1000,
    onWarning: (text) => world.onWarning(name, text),
  });
}

function tlsOf(config: SinkConfigOf<"syslog" | "webhook" | "slack">, world: SinkWorld) {
  const what = `sinks.${config.name}`;
  return readTlsFiles(what, config, config.key && secretOf(config.key, `${what}.key`, world));
}

function secretOf(reference: SecretReference, what: string, { environment }: SinkWorld): Secret {
  return readSecret(reference, what, environment);
}
