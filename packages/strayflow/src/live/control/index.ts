export { connectWatch } from "./client.ts";
export {
  storeOperations,
  type RemoteStore,
  type StoreOperation,
  type WatchOperations,
  type WatchStatus,
} from "./operations.ts";
export { ControlServer } from "./server.ts";
export { controlPath } from "./wire.ts";
