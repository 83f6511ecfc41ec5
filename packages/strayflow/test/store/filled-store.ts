import { openStore, type Store, type StoreOptions } from "../../src/store/index.ts";
import { makeBatch, type SomeConnection } from "../features/make-batch.ts";

/** A store of these rows, in batches of a size that is no multiple of anything. */
export async function filledStore(
  rows: readonly SomeConnection[],
  options: StoreOptions = {},
): Promise<Store> {
  const store = await openStore({ threads: 2, ...options });
  for (let from = 0; from < rows.length; from += 2777)
    await store.append(makeBatch(rows.slice(from, from + 2777)), { source: "a" });
  await store.commit();
  return store;
}
