import type { Alert, Detection } from "../../src/detect/alert.ts";
import type { Reason } from "../../src/detect/reason.ts";

/** An alert as scoring would make it; what is absent is ordinary. */
export function makeAlert(alert: Partial<Alert> = {}): Alert {
  const end = alert.end ?? alert.ts ?? 1_740_229_495;
  return {
    end,
    ts: end,
    uid: "CHhAvVGS1DHFjwGM9",
    originator: "10.0.0.23",
    responder: "10.0.0.5",
    responderPort: 445,
    proto: "tcp",
    service: "",
    state: "S0",
    sentBytes: NaN,
    receivedBytes: NaN,
    score: 3,
    pValue: 1e-4,
    reasons: [],
    detections: [],
    caveats: [],
    ...alert,
  };
}

export function makeReason(feature: string, text: string): Reason {
  return { feature, value: 1, usual: 0, share: 1, text };
}

export function makeDetection(detector: string, pValue: number, sentence = `${detector} seen`): Detection {
  return { detector, pValue, sentence };
}

/** Families by the start of the feature's id, enough for tests. */
export function familyOf(feature: string): string | undefined {
  if (feature.startsWith("sent") || feature.startsWith("duration")) return "volume";
  if (feature.startsWith("orig_conns")) return "orig_windows";
  return feature.startsWith("state") ? "conn_state" : undefined;
}
