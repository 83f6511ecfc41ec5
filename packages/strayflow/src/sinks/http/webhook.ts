import { createHash } from "node:crypto";
import { program } from "../../base/program.ts";
import { payloadText, type PayloadFormat } from "../payload/payload.ts";
import { hideSecrets, type Secret } from "../secret.ts";
import { SinkError, type Sink } from "../sink.ts";
import type { Poster } from "./post.ts";
import { signatureHeader, signatureOf, timestampHeader } from "./signature.ts";

export interface WebhookOptions {
  readonly poster: Poster;
  readonly format: PayloadFormat;
  readonly headers: Readonly<Record<string, string | Secret>>;
  readonly signingSecret: Secret | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** One POST for each message, in order, with the stable id as its idempotency key. */
export function webhookSink(name: string, options: WebhookOptions): Sink {
  const { poster, format, signingSecret, now } = options;
  const headers = Object.fromEntries(
    Object.entries(options.headers).map(([header, value]) => [
      header,
      typeof value === "string" ? value : value.reveal(),
    ]),
  );
  return {
    name,
    async send(messages, signal) {
      for (const [index, message] of messages.entries()) {
        const body = Buffer.from(payloadText(message, format));
        const seconds = Math.floor(now() / 1000);
        const signed =
          signingSecret === undefined
            ? {}
            : { [signatureHeader]: signatureOf(signingSecret.reveal(), seconds, body) };
        try {
          await poster.post(
            body,
            {
              ...headers,
              "content-type": "application/json",
              "user-agent": `${program.name}/${program.version}`,
              "idempotency-key": headerToken(message.id),
              [timestampHeader]: String(seconds),
              ...signed,
            },
            signal,
          );
        } catch (error) {
          throw atMessage(index, error, signingSecret);
        }
      }
    },
    close() {
      poster.close();
      return Promise.resolve();
    },
  };
}

function atMessage(delivered: number, error: unknown, secret: Secret | undefined): unknown {
  if (!(error instanceof SinkError)) return error;
  const { message, retriable, retryAfterMillis } = error;
  const shown = hideSecrets(message, secret === undefined ? [] : [secret]);
  // What the server refused is this message; those behind it have not been tried.
  return new SinkError(shown, { retriable, retryAfterMillis, delivered, refused: 1 });
}

/** The id itself; the hash of one that no header could carry. */
function headerToken(id: string): string {
  return /^[\x21-\x7e]{1,200}$/.test(id) ? id : createHash("sha256").update(id).digest("hex");
}
