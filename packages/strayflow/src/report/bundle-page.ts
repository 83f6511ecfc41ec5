import { createHash, randomUUID } from "node:crypto";
import { readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { rolldown } from "rolldown";
import { makeFolder } from "../base/make-folder.ts";

/** Only for work on the sources and for building the package, which does not carry this file. */

const source = join(import.meta.dirname, "..");

/** Licences of what the bundle contains ask to be named. */
const banner = `/*! Strayflow (Apache-2.0). Contains Apache ECharts (Apache-2.0, Copyright 2017-2026 The Apache Software Foundation), ZRender (BSD-3-Clause, Copyright (c) 2017, Baidu Inc.), tslib (0BSD, Copyright (c) Microsoft Corporation). */`;

/** Bundles the script of the page: minified, without what it does not use. */
export async function bundlePage(): Promise<string> {
  const bundle = await rolldown({
    input: join(source, "report/browser/page.ts"),
    platform: "browser",
    transform: { target: "es2022", define: { "process.env.NODE_ENV": '"production"' } },
    logLevel: "silent",
  });
  const { output } = await bundle.generate({ format: "iife", minify: true });
  await bundle.close();
  return `${banner}\n${output[0].code}`;
}

/** The bundle of these sources, made at most once: kept under `node_modules/.cache` by a hash of what goes into it. */
export async function cachedBundle(): Promise<string> {
  const folder = join(source, "../../../node_modules/.cache/strayflow");
  const file = join(folder, `page-${await hashOfInputs()}.js`);
  try {
    return await readFile(file, "utf8");
  } catch {
    const code = await bundlePage();
    await keep(folder, file, code);
    return code;
  }
}

/** A cache that cannot be written is no reason to fail. */
async function keep(folder: string, file: string, code: string): Promise<void> {
  const temporary = `${file}.${randomUUID().slice(0, 8)}`;
  try {
    await makeFolder(folder);
    await writeFile(temporary, code);
    await rename(temporary, file);
  } catch {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

async function hashOfInputs(): Promise<string> {
  const hash = createHash("sha256");
  for (const folder of ["base", "charts", "report"]) {
    const names = await readdir(join(source, folder), { recursive: true });
    for (const name of names.filter((each) => each.endsWith(".ts")).sort()) {
      hash.update(`${folder}/${name}\0`).update(await readFile(join(source, folder, name)));
    }
  }
  const { resolve } = createRequire(import.meta.url);
  for (const library of ["echarts/package.json", "rolldown/package.json"]) {
    hash.update(await readFile(resolve(library)));
  }
  return hash.digest("hex").slice(0, 24);
}
