import { readdir, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileError } from "../../zeek/log-file.ts";
import { fileState, type FileState } from "./file-state.ts";
import { isRotatedFrom } from "./names.ts";

/** So many files are looked at at once. */
const LOOKS_AT_ONCE = 16;
/** A folder that changed so short a time ago may change again without a new time of change. */
const RACY_MILLIS = 3000;

/** Folders that did not change for so long are looked at in every tenth sweep only: those of earlier days in an archive. */
const COLD_MILLIS = 2 * 86_400_000;
const COLD_SWEEPS = 10;

/** A file that is there. `state` is undefined where it was not looked at again. */
export interface Found {
  readonly path: string;
  readonly state: FileState | undefined;
}

export interface Sweep {
  readonly files: readonly Found[];
  /** What could not be looked at, by path. What is below such a folder is given as it was before. */
  readonly problems: ReadonlyMap<string, string>;
  /** Whether the source is there at all. */
  readonly isThere: boolean;
}

interface Folder {
  readonly stamp: string;
  readonly key: string;
  readonly modifiedMillis: number;
  readonly entries: readonly Entry[];
}

/** What a folder holds, and what that was found to be. */
interface Entry {
  readonly path: string;
  kind: "file" | "folder" | "other" | undefined;
  readonly state: undefined;
}

/**
 * The files of a source: a file with what it is called after rotation, or a directory to its bottom, symbolic links
 * followed. Folders whose time of change is the same are not read again, and of their files only those that `isWarm`
 * names are looked at, so that an archive of thousands of files costs one look a folder.
 */
export class Tree {
  readonly #root: string;
  readonly #accepts: (path: string) => boolean;
  readonly #isWarm: (path: string) => boolean;
  #folders = new Map<string, Folder>();

  constructor(root: string, accepts: (path: string) => boolean, isWarm: (path: string) => boolean) {
    this.#root = root;
    this.#accepts = accepts;
    this.#isWarm = isWarm;
  }

  #sweeps = 0;

  /** The folders to be told about changes of, those first that changed last. */
  get folders(): readonly string[] {
    const folders = [...this.#folders].sort(([, a], [, b]) => b.modifiedMillis - a.modifiedMillis);
    return folders.map(([path]) => path);
  }

  /** Looks around. `isFull` looks at everything, whatever was the same before. */
  async sweep(isFull: boolean, now: number): Promise<Sweep> {
    const files: Found[] = [];
    const problems = new Map<string, string>();
    const folders = new Map<string, Folder>();
    const isThorough = isFull || this.#sweeps++ % COLD_SWEEPS === 0;
    const run: Run = { isFull, isThorough, now, files, problems, folders, entered: new Set() };
    const top = await look(this.#root);
    if (top.kind === "folder") await this.#enter(this.#root, run, () => true);
    else {
      const folder = dirname(this.#root);
      const siblings = await this.#enter(folder, run, (path) => {
        return (
          path === this.#root ||
          path === join(folder, basename(this.#root)) ||
          isRotatedFrom(this.#root, path)
        );
      });
      if (top.kind === "unknown" && siblings) problems.set(this.#root, top.message);
    }
    this.#folders = folders;
    return { files, problems, isThere: top.kind !== "missing" };
  }

  /** Files before folders, folders without a number first: a log moves from there to the dated ones, and is met at least once. */
  async #enter(folder: string, run: Run, isWanted: (path: string) => boolean): Promise<boolean> {
    const isTop = run.entered.size === 0;
    const isWhole = isTop && folder === this.#root;
    const before = this.#folders.get(folder);
    let entries: readonly Entry[];
    let isSame = false;
    try {
      const isCold = before !== undefined && !run.isThorough && run.now - before.modifiedMillis > COLD_MILLIS;
      const { key, modifiedMillis, stamp } = isCold ? before : await folderState(folder);
      if (run.entered.has(key)) return true;
      run.entered.add(key);
      isSame = !run.isFull && before?.stamp === stamp && Math.abs(run.now - modifiedMillis) > RACY_MILLIS;
      entries = isSame && before !== undefined ? before.entries : await entriesOf(folder, isWanted);
      run.folders.set(folder, { key, modifiedMillis, stamp, entries });
    } catch (error) {
      const message = messageOf(folder, error);
      if (message === undefined) return false;
      run.problems.set(folder, message);
      if (before === undefined) return true;
      run.folders.set(folder, before);
      entries = before.entries;
      isSame = true;
    }
    const below: string[] = [];
    for (let from = 0; from < entries.length;) {
      const due: Entry[] = [];
      for (; from < entries.length && due.length < LOOKS_AT_ONCE; from++) {
        const entry = entries[from]!;
        if (isSame && entry.kind === "folder") below.push(entry.path);
        else if (isSame && entry.kind === "file" && !this.#isWarm(entry.path)) run.files.push(entry);
        else if (!isSame || entry.kind === "file") due.push(entry);
      }
      const looks = await Promise.all(due.map(({ path }) => look(path)));
      for (const [index, found] of looks.entries()) {
        const entry = due[index]!;
        const { path } = entry;
        entry.kind =
          found.kind === "folder" || (found.kind === "file" && this.#accepts(path)) ? found.kind : "other";
        if (found.kind === "folder") below.push(path);
        else if (found.kind === "unknown") run.problems.set(path, found.message);
        else if (found.kind === "file" && entry.kind === "file") run.files.push({ path, state: found.state });
      }
    }
    if (!isWhole && isTop) return true;
    below.sort((a, b) => Number(/\d/.test(basename(a))) - Number(/\d/.test(basename(b))) || (a < b ? -1 : 1));
    for (const path of below) await this.#enter(path, run, () => true);
    return true;
  }
}

interface Run {
  readonly isFull: boolean;
  /** Folders that are rarely looked at too. */
  readonly isThorough: boolean;
  readonly now: number;
  readonly files: Found[];
  readonly problems: Map<string, string>;
  readonly folders: Map<string, Folder>;
  readonly entered: Set<string>;
}

async function folderState(folder: string): Promise<Omit<Folder, "entries">> {
  const { key, stamp, modifiedMillis } = fileState(await stat(folder, { bigint: true }));
  return { key, modifiedMillis, stamp: `${key}:${stamp}` };
}

async function entriesOf(folder: string, isWanted: (path: string) => boolean): Promise<readonly Entry[]> {
  const names = (await readdir(folder)).sort();
  return names
    .filter((name) => !name.startsWith("."))
    .map((name) => join(folder, name))
    .filter((path) => isWanted(path))
    .map((path) => ({ path, kind: undefined, state: undefined }));
}

type Look =
  | { readonly kind: "file"; readonly state: FileState | undefined }
  | { readonly kind: "folder" }
  | { readonly kind: "missing" }
  | { readonly kind: "unknown"; readonly message: string };

async function look(path: string): Promise<Look> {
  try {
    const info = await stat(path, { bigint: true });
    if (info.isDirectory()) return { kind: "folder" };
    return info.isFile() ? { kind: "file", state: fileState(info) } : { kind: "missing" };
  } catch (error) {
    const message = messageOf(path, error);
    return message === undefined ? { kind: "missing" } : { kind: "unknown", message };
  }
}

/** Why a path cannot be looked at; undefined where nothing is there. */
function messageOf(path: string, error: unknown): string | undefined {
  if (isMissing(error)) return undefined;
  const problem = fileError(path, error);
  return problem instanceof Error ? problem.message : String(problem);
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
