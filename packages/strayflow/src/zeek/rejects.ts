/**
 * Why a line of a log is not taken as a connection, each with its sentence. A line is rejected whole as soon as one field
 * that the program understands is not what its type says: half a connection would be a false statement about the network.
 */
export const rejectReasons = {
  "field-count": "the line has more or fewer fields than the header names",
  "cut-short": "the input ends in the middle of this line",
  "line-too-long": "the line is longer than any connection can be",
  "time-missing": "the line has no start time",
  "time-invalid": "the start time is neither seconds since 1970 nor an ISO-8601 time",
  "time-range": "the start time is before 1970 or after 2199",
  "address-missing": "the line lacks one of its two addresses",
  "address-invalid": "the field is not an IPv4 or IPv6 address",
  "port-missing": "the line lacks one of its two ports",
  "port-invalid": "the port is not a whole number from 0 to 65535",
  "proto-missing": "the line does not name its transport protocol",
  "number-invalid": "the field is not a number",
  "number-negative": "the number is below zero, which this field cannot be",
  "number-huge": "the number is above 2^53, which no connection reaches",
  "number-fraction": "the field counts something and must be a whole number",
  "boolean-invalid": "the field is neither true nor false",
  "text-invalid": "the field is neither text nor a list of texts",
  "json-invalid": "the line is not a JSON object",
  "no-header": "no header above the line says what its fields are",
} as const satisfies Record<string, string>;

export type RejectReason = keyof typeof rejectReasons;

export const rejectReasonList = Object.keys(rejectReasons) as readonly RejectReason[];

/**
 * What the kernels return: 0 where the value was read, else the place of the reason in the table, from 1. A number, so
 * that reading a field neither throws nor allocates.
 */
export type RejectCode = number;

export const OK: RejectCode = 0;

/** What a line scanner returns for a line that is a row of another log: neither a connection nor a fault. */
export const SKIPPED: RejectCode = -1;

/** The code of each reason. */
export const rejectCodes = Object.fromEntries(
  rejectReasonList.map((reason, index) => [reason, index + 1]),
) as Readonly<Record<RejectReason, RejectCode>>;

/** The reason behind a code that a kernel returned. */
export function rejectReason(code: RejectCode): RejectReason {
  return rejectReasonList[code - 1]!;
}

/** A line that was not taken, as `onReject` receives it. */
export interface Reject {
  readonly file: string;
  /** From 1, in the decompressed file. */
  readonly line: number;
  readonly reason: RejectReason;
  /** The column whose value is at fault, where it is one column. */
  readonly column?: string;
  /** The line as it was, at most `REJECT_TEXT_BYTES` of it; hostile text. */
  readonly text: string;
}

/** How much of a rejected line is kept. */
export const REJECT_TEXT_BYTES = 4096;
