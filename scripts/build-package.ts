import { spawnSync } from "node:child_process";
import { copyFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Makes `packages/strayflow` ready to be packed: the sources compiled, licence and readme beside them. */
const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "packages/strayflow");

await rm(join(target, "dist"), { recursive: true, force: true });
const compiler = join(root, "node_modules/.bin/tsc");
const { status, error } = spawnSync(compiler, ["-p", join(target, "tsconfig.build.json")], {
  stdio: "inherit",
});
if (error !== undefined) throw error;
// npm packs what lies in the folder; the originals stay in one place.
for (const name of ["LICENSE", "README.md"]) await copyFile(join(root, name), join(target, name));
process.exitCode = status ?? 1;
