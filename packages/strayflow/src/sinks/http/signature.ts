import { createHmac, timingSafeEqual } from "node:crypto";

export const timestampHeader = "strayflow-timestamp";
export const signatureHeader = "strayflow-signature";

/**
 * Signature of a body at a time: "v1=" and the HMAC-SHA256 in hexadecimal of the time in seconds since 1970 as decimal
 * digits, a full stop, and the bytes of the body.
 */
export function signatureOf(secret: string, seconds: number, body: Uint8Array): string {
  return `v1=${createHmac("sha256", secret).update(`${seconds}.`).update(body).digest("hex")}`;
}

export interface SignedRequest {
  /** The headers' values as received. */
  readonly timestamp: string;
  readonly signature: string;
  readonly body: Uint8Array;
}

/**
 * What a receiver does with a request: whether it was signed with this secret, not long ago. A request that was
 * recorded can be replayed only within the tolerance, and then has an id (in the body) that is known already.
 * Each attempt is signed anew, so that a late one is not taken for a replay.
 *
 * @param now seconds since 1970
 */
export function isSignedBy(
  secret: string,
  { timestamp, signature, body }: SignedRequest,
  now: number,
  toleranceSeconds = 300,
): boolean {
  if (!/^\d{1,12}$/.test(timestamp) || Math.abs(now - Number(timestamp)) > toleranceSeconds) return false;
  const expected = Buffer.from(signatureOf(secret, Number(timestamp), body));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
