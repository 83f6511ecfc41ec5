export { connectWatch } from "./client.ts";
export { type RemoteStore, type StoreOperation, type WatchStatus } from "./operations.ts";
export { ControlServer } from "./server.ts";
export { controlPath } from "./wire.ts";
