import { cp, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ExpectedError } from "../base/errors.ts";
import { loadBundle } from "./bundle.ts";

/**
 * Models that stand beside the one in use: `<model>.versions/` holds a directory for each, and beside it a file of the same name
 * with `.json` that says how it came there. The model in use is always `<model>` itself.
 */
export interface ModelVersion {
  readonly name: string;
  readonly directory: string;
  /** Milliseconds since 1970 at which it was put there. */
  readonly since: number;
  /** Why it is there: it was in use before another, or it was trained and not taken. */
  readonly kind: "previous" | "challenger";
}

/** Where versions of a model are kept. */
export function versionsFolder(modelDir: string): string {
  return `${resolve(modelDir)}.versions`;
}

/** A place for a further version, named by the time. The folder is made; the place itself is not. */
export async function versionPlace(
  modelDir: string,
  kind: ModelVersion["kind"],
  now: number,
): Promise<{ readonly name: string; readonly directory: string }> {
  const folder = versionsFolder(modelDir);
  await output(modelDir, () => mkdir(folder, { recursive: false }).catch(ifThere));
  const taken = new Set(await readdir(folder));
  const stem = `${new Date(now).toISOString().slice(0, 19).replaceAll(":", "-")}-${kind}`;
  for (let number = 1; ; number++) {
    const name = number === 1 ? stem : `${stem}-${number}`;
    if (!taken.has(name)) return { name, directory: join(folder, name) };
  }
}

/** Writes what is known of a version beside it. */
export async function describeVersion(
  modelDir: string,
  name: string,
  facts: Readonly<Record<string, unknown>> & Pick<ModelVersion, "kind" | "since">,
): Promise<void> {
  const file = join(versionsFolder(modelDir), `${name}.json`);
  const temporary = `${file}.new`;
  await output(modelDir, async () => {
    await writeFile(temporary, `${JSON.stringify(facts, null, 2)}\n`);
    await rename(temporary, file);
  });
}

/** All versions, the latest first. What is no model there is passed over. */
export async function listVersions(modelDir: string): Promise<readonly ModelVersion[]> {
  const folder = versionsFolder(modelDir);
  const names = await readdir(folder).catch(() => []);
  const found: ModelVersion[] = [];
  for (const name of names) {
    const directory = join(folder, name);
    if (name.startsWith(".") || !(await isDirectory(directory))) continue;
    const facts = await readFacts(join(folder, `${name}.json`));
    const kind = facts?.kind ?? (name.includes("challenger") ? "challenger" : "previous");
    found.push({ name, directory, kind, since: facts?.since ?? Date.parse(dateOf(name)) });
  }
  return found.toSorted((a, b) => b.since - a.since || (a.name < b.name ? 1 : -1));
}

/**
 * Puts a version into the place of the model in use, which becomes a version itself. The model's files are read before,
 * so that nothing broken takes over. Whoever loads the model meanwhile finds the one, the other, or for a moment none.
 *
 * @returns the name under which the model that was in use is kept; undefined where there was none
 */
export async function useVersion(
  modelDir: string,
  directory: string,
  now: number,
): Promise<string | undefined> {
  await loadBundle(directory);
  const target = resolve(modelDir);
  const previous = (await isDirectory(target)) ? await versionPlace(modelDir, "previous", now) : undefined;
  // The new one is whole under another name beside the old one before anything is moved.
  const ready = join(dirname(target), `.${basename(target)}-next`);
  await output(modelDir, async () => {
    await rm(ready, { recursive: true, force: true });
    await cp(directory, ready, { recursive: true });
    if (previous !== undefined) await rename(target, previous.directory);
    try {
      await rename(ready, target);
    } catch (error) {
      if (previous !== undefined) await rename(previous.directory, target);
      throw error;
    }
  });
  if (previous !== undefined)
    await describeVersion(modelDir, previous.name, { kind: "previous", since: now });
  return previous?.name;
}

/**
 * Puts the model back that was in use before the one that is. Doing it again brings that one back.
 *
 * @throws ExpectedError "model-missing" where none is kept
 */
export async function putBack(modelDir: string, now: number): Promise<ModelVersion> {
  const [latest] = (await listVersions(modelDir)).filter(({ kind }) => kind === "previous");
  if (latest === undefined)
    throw new ExpectedError("model-missing", "no earlier model is kept", { file: versionsFolder(modelDir) });
  await useVersion(modelDir, latest.directory, now);
  // It is in use now, and no longer one that was.
  await removeVersion(latest.directory);
  return latest;
}

/** Removes a version and what is known of it. */
export async function removeVersion(directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await rm(`${directory}.json`, { force: true });
}

/** Removes all but the latest of each kind. */
export async function tidyVersions(modelDir: string, keep: number): Promise<void> {
  const versions = await listVersions(modelDir);
  for (const kind of ["previous", "challenger"] as const) {
    for (const { directory } of versions.filter((one) => one.kind === kind).slice(keep))
      await removeVersion(directory);
  }
}

async function readFacts(file: string): Promise<Pick<ModelVersion, "kind" | "since"> | undefined> {
  try {
    const { kind, since } = JSON.parse(await readFile(file, "utf8")) as Partial<ModelVersion>;
    const isKnown = (kind === "previous" || kind === "challenger") && typeof since === "number";
    return isKnown ? { kind, since } : undefined;
  } catch {
    return undefined;
  }
}

/** "2025-03-01T12-00-00-challenger" as a time that can be parsed. */
function dateOf(name: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2})-(\d{2})-(\d{2})/.exec(name);
  return match === null ? "1970-01-01T00:00:00Z" : `${match[1]}T${match[2]}:${match[3]}:${match[4]}Z`;
}

async function isDirectory(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}

function ifThere(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "EEXIST") return undefined;
  throw error;
}

async function output<T>(modelDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ExpectedError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    const file = versionsFolder(modelDir);
    throw new ExpectedError("output-failed", `cannot keep the model: ${reason}`, { file }, { cause: error });
  }
}
