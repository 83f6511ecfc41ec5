import { payloadId, payloadText, type PayloadFormat } from "../payload/payload.ts";
import type { RecordForm } from "./record-form.ts";

/** One JSON object a line. */
export function ndjsonForm(format: PayloadFormat): RecordForm {
  return {
    line: (message) => payloadText(message, format),
    idOf: payloadId,
    header: () => "",
    footer: () => "",
    mayFollow: () => true,
    isOurs: (cut) => cut.startsWith("{"),
  };
}
