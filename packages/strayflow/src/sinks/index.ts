export { accepts } from "./accepts.ts";
export { parseSinks, sinkConfigSchema, sinksConfigSchema, type SinkConfig } from "./config.ts";
export { Delivery, type DeliveryOptions, type Outbox } from "./delivery.ts";
export { isSignedBy, signatureHeader, signatureOf, timestampHeader } from "./http/signature.ts";
export {
  alertMessage,
  driftMessage,
  incidentMessage,
  messageKinds,
  packMessage,
  statusMessage,
  unpackMessage,
} from "./message.ts";
export type { DriftReport, Message, MessageKind, StatusReport } from "./message.ts";
export { openSink, type OpenedSink, type SinkWorld } from "./open-sink.ts";
export { payloadFormats, payloadOf, type PayloadFormat } from "./payload/payload.ts";
export { Secret } from "./secret.ts";
export { SinkError, type Sink } from "./sink.ts";
export type { DeliveryRoute, SinkMetrics } from "./sink-loop.ts";
