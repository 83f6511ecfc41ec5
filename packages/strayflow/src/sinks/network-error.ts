import { SinkError } from "./sink.ts";
import { oneLine } from "./text.ts";

/** What the commonest codes mean to somebody who has to mend it. */
const meanings: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENOTFOUND: "no such host",
  EAI_AGAIN: "the name could not be looked up",
  EHOSTUNREACH: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ETIMEDOUT: "the host does not answer",
  EMSGSIZE: "the message is longer than a datagram may be",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is self-signed and not trusted",
  SELF_SIGNED_CERT_IN_CHAIN: "a certificate of the chain is self-signed and not trusted",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate is signed by nobody who is trusted",
  CERT_HAS_EXPIRED: "the certificate has expired",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for another host",
};

/** A failure on the way to a server: worth another try, except for what is too long to ever arrive. */
export function networkError(where: string, cause: unknown): SinkError {
  if (cause instanceof SinkError) return cause;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  const said = cause instanceof Error ? cause.message : String(cause);
  const why = meanings[code] ?? oneLine(said, 200);
  return new SinkError(`${where}: ${why}${code === "" ? "" : ` (${code})`}`, {
    retriable: code !== "EMSGSIZE",
    cause,
  });
}
