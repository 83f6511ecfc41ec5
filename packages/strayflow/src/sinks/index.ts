export { parseSinks, sinkConfigSchema, type SinkConfig } from "./config.ts";
export { Delivery, type Outbox } from "./delivery.ts";
export { isSignedBy } from "./http/signature.ts";
export {
  alertMessage,
  driftMessage,
  incidentMessage,
  packMessage,
  statusMessage,
  unpackMessage,
} from "./message.ts";
export type { DriftReport, Message } from "./message.ts";
export { openSink, type OpenedSink, type SinkWorld } from "./open-sink.ts";
export { payloadFormats, payloadOf } from "./payload/payload.ts";
export { Secret } from "./secret.ts";
export { SinkError, type Sink } from "./sink.ts";
export type { DeliveryRoute, SinkMetrics } from "./sink-loop.ts";
