import { createHash } from "node:crypto";
import { chmod, mkdtemp, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { ExpectedError } from "../base/errors.ts";
import { makeFolder } from "../base/make-folder.ts";
import { manifestSchema, modelFormat, type Manifest } from "./manifest.ts";

/** A model as its directory holds it. */
export interface Bundle {
  readonly manifest: Manifest;
  /** The scoring graph: raw features in, reconstruction, errors and score out. */
  readonly network: Uint8Array;
  /** What the features froze: vocabularies, rarities, norms. */
  readonly baseline: Uint8Array;
  /** What features and detectors remembered of the traffic when training ended. */
  readonly memory: Uint8Array;
}

const networkFile = "network.onnx";
const baselineFile = "baseline.bin";
const memoryFile = "memory.bin";
const manifestFile = "manifest.json";
/** For people: nothing reads it, so no hash binds it, and a model without it is whole. */
export const reportFile = "report.html";
const modelFiles: ReadonlySet<string> = new Set([
  networkFile,
  baselineFile,
  memoryFile,
  manifestFile,
  reportFile,
]);

/**
 * Writes a model directory, whole or not at all: the files go to a temporary directory beside it, which then takes its
 * name. A model that was there before is replaced only then.
 *
 * @param report a page on how the model came about, as HTML; none where absent
 * @throws ExpectedError "output-failed"
 */
export async function saveBundle(
  directory: string,
  model: Omit<Bundle, "manifest"> & { readonly manifest: Omit<Manifest, "files"> },
  report?: string,
): Promise<void> {
  const target = resolve(directory);
  const parts: Record<string, Uint8Array> = {
    [networkFile]: model.network,
    [baselineFile]: model.baseline,
    [memoryFile]: model.memory,
  };
  const files = Object.fromEntries(Object.entries(parts).map(([name, bytes]) => [name, sha256(bytes)]));
  const manifest: Manifest = { ...model.manifest, files };
  let temporary: string | undefined;
  try {
    await refuseForeign(target);
    await makeFolder(dirname(target));
    temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
    for (const [name, bytes] of Object.entries(parts)) await writeDurably(join(temporary, name), bytes);
    if (report !== undefined) await writeDurably(join(temporary, reportFile), Buffer.from(report));
    await writeDurably(join(temporary, manifestFile), Buffer.from(manifestText(manifest)));
    // mkdtemp makes it private; a model is as readable as any other file of its owner.
    await chmod(temporary, 0o777 & ~process.umask());
    await replaceDirectory(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    if (error instanceof ExpectedError) throw error;
    throw new ExpectedError(
      "output-failed",
      `cannot write the model: ${reasonOf(error)}`,
      { file: directory },
      { cause: error },
    );
  }
}

/** Checks before any work is done that a model could be written there. Throws as `saveBundle` does. */
export async function checkModelTarget(directory: string): Promise<void> {
  const target = resolve(directory);
  await refuseForeign(target);
  try {
    await makeFolder(dirname(target));
    await rm(await mkdtemp(join(dirname(target), `.${basename(target)}-`)), { recursive: true });
  } catch (error) {
    throw new ExpectedError(
      "output-failed",
      `cannot write the model: ${reasonOf(error)}`,
      { file: directory },
      { cause: error },
    );
  }
}

/**
 * Reads a model directory and checks that its files belong together.
 *
 * @throws ExpectedError "model-missing", "model-damaged" or "model-version"
 */
export async function loadBundle(directory: string): Promise<Bundle> {
  const path = join(directory, manifestFile);
  const text = await readModelFile(directory, manifestFile);
  const manifest = parseManifest(Buffer.from(text).toString("utf8"), path);
  const read = async (name: string) => {
    const bytes = await readModelFile(directory, name);
    const expected = manifest.files[name];
    const found = sha256(bytes);
    if (found !== expected) {
      throw new ExpectedError(
        "model-damaged",
        `the file was changed or cut short: expected SHA-256 ${expected ?? "in the manifest"}, found ${found}`,
        { file: join(directory, name) },
      );
    }
    return bytes;
  };
  return {
    manifest,
    network: await read(networkFile),
    baseline: await read(baselineFile),
    memory: await read(memoryFile),
  };
}

function parseManifest(text: string, path: string): Manifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ExpectedError(
      "model-damaged",
      "the manifest is not JSON: it was cut short or changed",
      { file: path },
      { cause: error },
    );
  }
  const format = typeof json === "object" && json !== null && "format" in json ? json.format : undefined;
  if (typeof format === "number" && format > modelFormat) {
    throw new ExpectedError(
      "model-version",
      `the model has format ${format}; this version of strayflow reads up to ${modelFormat}`,
      { file: path },
    );
  }
  if (!isUnchanged(json)) {
    throw new ExpectedError("model-damaged", "the manifest was changed after it was written", { file: path });
  }
  const result = manifestSchema.safeParse(json);
  if (!result.success) {
    const issue = result.error.issues[0];
    throw new ExpectedError(
      "model-damaged",
      `the manifest does not fit: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "unknown"}`,
      { file: path },
    );
  }
  return result.data;
}

/** The manifest as its file holds it, with a hash of itself: a threshold edited by hand must not pass for a learned one. */
function manifestText(manifest: Manifest): string {
  const checksum = sha256(JSON.stringify(manifest));
  return `${JSON.stringify({ ...manifest, checksum }, undefined, 1)}\n`;
}

function isUnchanged(json: unknown): boolean {
  if (typeof json !== "object" || json === null || !("checksum" in json)) return false;
  const { checksum, ...manifest } = json;
  return checksum === sha256(JSON.stringify(manifest));
}

async function readModelFile(directory: string, name: string): Promise<Uint8Array> {
  try {
    return await readFile(join(directory, name));
  } catch (error) {
    const code = codeOf(error);
    const absent = code === "ENOENT" || code === "ENOTDIR";
    const found = name === manifestFile ? "no model here" : "a file of the model is missing";
    const kind = absent && name === manifestFile ? "model-missing" : "model-damaged";
    throw new ExpectedError(
      kind,
      absent ? `${found}: expected ${name}` : `cannot read: ${reasonOf(error)}`,
      {
        file: join(directory, name),
      },
      { cause: error },
    );
  }
}

/** A directory that holds anything but a model is somebody's data; it is never replaced. */
async function refuseForeign(target: string): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (found === undefined) return;
  if (!found.isDirectory()) {
    throw new ExpectedError("output-failed", "expected a directory for the model, found a file", {
      file: target,
    });
  }
  const entries = await readdir(target);
  // A page by itself is another command's report.
  const foreign = entries.filter(
    (name) => !modelFiles.has(name) || (name === reportFile && !entries.includes(manifestFile)),
  );
  if (foreign.length === 0) return;
  const holds = `the directory holds other files (${foreign.slice(0, 3).join(", ")})`;
  const beside = entries.includes(networkFile) ? "beside a model" : "and no model";
  throw new ExpectedError("output-failed", `${holds} ${beside}; choose an empty or new one`, {
    file: target,
  });
}

/** There is no atomic exchange of directories in Node, so the old model steps aside and comes back if the new cannot. */
async function replaceDirectory(temporary: string, target: string): Promise<void> {
  const aside = `${temporary}-old`;
  const hadOld = await rename(target, aside).then(
    () => true,
    (error: unknown) => {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    },
  );
  try {
    await rename(temporary, target);
  } catch (error) {
    if (hadOld) await rename(aside, target);
    throw error;
  }
  if (hadOld) await rm(aside, { recursive: true, force: true });
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, "wx");
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
