import { once } from "node:events";
import {
  Agent as PlainAgent,
  request as requestPlain,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { Agent as SecureAgent, request as requestSecure } from "node:https";
import { networkError } from "../network-error.ts";
import { hideSecrets, type Secret } from "../secret.ts";
import { SinkError } from "../sink.ts";
import { oneLine } from "../text.ts";
import type { TlsFiles } from "../tls-files.ts";

export interface PostOptions {
  readonly url: URL;
  readonly tls: TlsFiles;
  /** Never shown in errors, not even where the server repeats them. */
  readonly secrets: readonly Secret[];
  /** Milliseconds since 1970, for a Retry-After that is a date. */
  readonly now: () => number;
}

/** Posts to one address over connections that are kept. */
export interface Poster {
  /** Resolves when the server said 2xx. @throws SinkError */
  post(body: Buffer, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<void>;
  close(): void;
}

/**
 * - 2xx is delivered.
 * - 408, 425, 429, 5xx and a network that fails are worth another try, not before the server's Retry-After.
 * - All else is not: the server has understood, and will not have it.
 * - 307 and 308 are followed three times, to the same origin only: another host is not who was configured, and must not
 *   get what was meant for it. Other redirects would make a GET of it.
 */
export function poster({ url, tls, secrets, now }: PostOptions): Poster {
  const isSecure = url.protocol === "https:";
  const agent = isSecure
    ? new SecureAgent({ keepAlive: true, maxSockets: 1, ...tls })
    : new PlainAgent({ keepAlive: true, maxSockets: 1 });

  async function post(
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
    { at = url, redirects = 0 } = {},
  ): Promise<void> {
    const answer = await exchange(at, body, headers, signal).catch((error: unknown) => {
      throw hidden(networkError(url.host, error));
    });
    const { status, location, retryAfter, text } = answer;
    if (status >= 200 && status < 300) return;
    if (status === 307 || status === 308) {
      const next = location === undefined || !URL.canParse(location, at) ? undefined : new URL(location, at);
      if (next?.origin === url.origin && redirects < 3) {
        await post(body, headers, signal, { at: next, redirects: redirects + 1 });
        return;
      }
    }
    const isRetriable = status >= 500 || status === 408 || status === 425 || status === 429;
    const said = status >= 300 && status < 400 ? "a redirect, which is not followed" : oneLine(text, 200);
    throw hidden(
      new SinkError(`${url.host} answered ${status}${said === "" ? "" : `: ${said}`}`, {
        retriable: isRetriable,
        retryAfterMillis: retryAfterMillis(retryAfter, now()),
      }),
    );
  }

  async function exchange(
    at: URL,
    body: Buffer,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<Answer> {
    const options: RequestOptions = {
      method: "POST",
      agent,
      signal,
      headers: { ...headers, "content-length": body.length },
    };
    const request = isSecure ? requestSecure(at, options) : requestPlain(at, options);
    // What goes wrong after the response began is told by the response; unheard, it would end the process.
    request.on("error", () => undefined);
    try {
      request.end(body);
      const [response] = (await once(request, "response")) as [IncomingMessage];
      return await readAnswer(response);
    } catch (error) {
      // The server closed a kept connection just when it was to be used again: nothing was read, so nothing is wrong.
      const isStale =
        request.reusedSocket && error instanceof Error && "code" in error && error.code === "ECONNRESET";
      if (isStale && !signal.aborted) return await exchange(at, body, headers, signal);
      throw error;
    }
  }

  /** The cause is left out: a printed error shows its causes too, and they hold what was sent. */
  function hidden({ message, retriable, retryAfterMillis: asked }: SinkError): SinkError {
    return new SinkError(hideSecrets(message, secrets), { retriable, retryAfterMillis: asked });
  }

  return { post, close: () => agent.destroy() };
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly retryAfter: string | undefined;
  /** The beginning of it. */
  readonly text: string;
}

/** More of an answer is of no use, and a hostile one has no end. */
const mostAnswerBytes = 65_536;
const mostTextBytes = 1000;

async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (length < mostTextBytes) chunks.push(chunk);
    length += chunk.length;
    if (length > mostAnswerBytes) break;
  }
  return {
    status: response.statusCode ?? 0,
    location: response.headers.location,
    retryAfter: response.headers["retry-after"],
    text: Buffer.concat(chunks).subarray(0, mostTextBytes).toString("utf8").trim(),
  };
}

/** Seconds, or a date (RFC 9110, 10.2.3); undefined where it is neither. */
export function retryAfterMillis(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
