import type { Reason } from "./reason.ts";

/** What a named detector says about one connection. */
export interface Detection {
  /** Id of the detector: "beacon", "sweep"... */
  readonly detector: string;
  /** How often normal traffic gives a statistic this high; calibrated as the score is. */
  readonly pValue: number;
  /** Who did what to whom, how much, over what time, and what is usual; a sentence without a full stop. Hostile text inside is not escaped. */
  readonly sentence: string;
}

/** One flagged connection with its reasons: everything that grouping and showing need, without the batch it came from. */
export interface Alert {
  /** Seconds since 1970 at which the connection ended (the stream's clock) and started. */
  readonly end: number;
  readonly ts: number;
  readonly uid: string;
  readonly originator: string;
  readonly responder: string;
  readonly responderPort: number;
  readonly proto: string;
  /** As logged; "" where unset. */
  readonly service: string;
  readonly state: string;
  /** Payload bytes; NaN where unset. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  readonly score: number;
  readonly pValue: number;
  /** Features that carry the score, strongest first. */
  readonly reasons: readonly Reason[];
  /** Named detectors that fired, rarest first. */
  readonly detections: readonly Detection[];
  /** The row's features, to explain it by later; absent where nobody will. */
  readonly values?: Float32Array | undefined;
  /** Remarks on how far this can be trusted: "this host has only 37 connections of history". */
  readonly caveats: readonly string[];
}
