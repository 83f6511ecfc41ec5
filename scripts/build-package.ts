import { spawnSync } from "node:child_process";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { bundlePage } from "../packages/strayflow/src/report/bundle-page.ts";

/** Makes `packages/strayflow` ready to be packed: the sources compiled, the page's script bundled, licence and readme beside them. */
const root = fileURLToPath(new URL("..", import.meta.url));
const target = join(root, "packages/strayflow");

await rm(join(target, "dist"), { recursive: true, force: true });
const compiler = join(root, "node_modules/.bin/tsc");
const { status, error } = spawnSync(compiler, ["-p", join(target, "tsconfig.build.json")], {
  stdio: "inherit",
});
if (error !== undefined) throw error;
// The page takes one file; what makes it is of no use without the bundler.
const report = join(target, "dist/report");
await rm(join(report, "browser"), { recursive: true, force: true });
for (const name of ["bundle-page.js", "bundle-page.d.ts"]) await rm(join(report, name), { force: true });
await mkdir(join(report, "browser"), { recursive: true });
await writeFile(join(report, "browser/page.min.js"), await bundlePage());
// npm packs what lies in the folder; the originals stay in one place.
for (const name of ["LICENSE", "README.md"]) await copyFile(join(root, name), join(target, name));
process.exitCode = status ?? 1;
