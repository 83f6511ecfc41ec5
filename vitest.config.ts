import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["packages/*/test/**/*.test.ts", "bench/test/**/*.test.ts"],
    testTimeout: 60_000,
    // Two workers: the suite trains real networks and must not fight itself for cores.
    maxWorkers: 2,
  },
});
