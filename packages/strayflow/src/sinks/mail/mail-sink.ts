import { createTransport } from "nodemailer";
import { hideSecrets, type Secret } from "../secret.ts";
import { SinkError, type Sink } from "../sink.ts";
import { oneLine } from "../text.ts";
import { mailBody } from "./mail-body.ts";

export interface MailOptions {
  readonly host: string;
  readonly port: number;
  readonly security: "tls" | "starttls" | "none";
  readonly user: string | undefined;
  readonly password: Secret | undefined;
  readonly from: string;
  readonly to: readonly string[];
  readonly ca: Buffer | undefined;
  readonly timeLimitMillis: number;
  /** Told of what did not stop the delivery: one of several receivers was refused. */
  readonly onWarning: (text: string) => void;
}

/** All messages of a call in one mail; a connection for each mail, since mails are rare. */
export function mailSink(name: string, options: MailOptions): Sink {
  const { host, port, security, user, password, from, to, ca, timeLimitMillis, onWarning } = options;
  const secrets = password === undefined ? [] : [password];
  const shown = (error: unknown) => {
    const said = error instanceof Error ? error.message : String(error);
    return oneLine(hideSecrets(said, secrets), 300);
  };
  const transport = createTransport({
    host,
    port,
    secure: security === "tls",
    requireTLS: security === "starttls",
    ignoreTLS: security === "none",
    ...(user === undefined || password === undefined ? {} : { auth: { user, pass: password.reveal() } }),
    ...(ca === undefined ? {} : { tls: { ca } }),
    connectionTimeout: timeLimitMillis,
    greetingTimeout: timeLimitMillis,
    socketTimeout: timeLimitMillis,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return {
    name,
    async send(messages, signal) {
      if (messages.length === 0) return;
      const { subject, text, html, messageId } = mailBody(messages);
      let refused: readonly unknown[];
      try {
        const info = await transport.sendMail({
          from,
          to: [...to],
          subject,
          text,
          html,
          messageId,
          headers: { "Auto-Submitted": "auto-generated" },
          signal,
        });
        refused = info.rejected ?? [];
      } catch (error) {
        throw new SinkError(`${host}:${port}: ${shown(error)}`, { retriable: isRetriable(error) });
      }
      if (refused.length > 0) onWarning(`${host} refused ${refused.length} of ${to.length} receivers`);
    },
    close() {
      transport.close();
      return Promise.resolve();
    },
  };
}

/**
 * A server's 5xx is final for this mail (RFC 5321, 4.2.1), unless it is about the login: that fails for all mails until
 * somebody mends it, and none should be lost until then.
 */
function isRetriable(error: unknown): boolean {
  if (!(error instanceof Error)) return true;
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown };
  if (code === "EAUTH" || code === "ENOAUTH" || code === "ETLS") return true;
  return !(typeof responseCode === "number" && responseCode >= 500 && responseCode < 600);
}
