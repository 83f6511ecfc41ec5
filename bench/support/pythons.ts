import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runProgram } from "./child.ts";

export type Framework = "torch" | "keras";

/** A Python that has what a peer needs. */
export interface Peer {
  readonly framework: Framework;
  readonly python: string;
  /** "PyTorch". */
  readonly name: string;
  /** "pandas 1.5.3, scikit-learn 1.2.1, PyTorch 1.13.0". */
  readonly versions: string;
}

/** Names, and what Python prints of their versions. */
const frameworks: Readonly<Record<Framework, { readonly name: string; readonly version: string }>> = {
  torch: { name: "PyTorch", version: "f'PyTorch {torch.__version__}'" },
  keras: { name: "Keras", version: "f'Keras {keras.__version__} on {keras.backend.backend()}'" },
};

/**
 * The first Python that can import pandas, scikit-learn and the framework: of those that are named, then of those on the
 * PATH. Undefined where there is none, which is no failure.
 */
export async function findPeer(framework: Framework, named: readonly string[]): Promise<Peer | undefined> {
  const { name, version } = frameworks[framework];
  const program = [
    `import pandas, sklearn, joblib, ${framework}`,
    `print(f'pandas {pandas.__version__}, scikit-learn {sklearn.__version__}, ' + ${version})`,
  ].join("; ");
  for (const python of [...named, ...pythonsOnPath()]) {
    const versions = await runProgram(python, ["-c", program]).then(
      ({ stdout }) => stdout.trim(),
      () => undefined,
    );
    if (versions !== undefined) return { framework, python, name, versions };
  }
  return undefined;
}

function pythonsOnPath(): string[] {
  return (process.env["PATH"] ?? "").split(delimiter).flatMap((directory) =>
    namesIn(directory)
      .filter((name) => /^python(3(\.\d+)?)?(\.exe)?$/.test(name))
      .map((name) => join(directory, name))
      .filter(isExecutable),
  );
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Runs one of the programs in `peers/` and gives what it printed, with the seconds of its whole process. */
export async function runPeer<Result>(
  { python }: Peer,
  program: string,
  words: readonly string[],
  threads?: number,
): Promise<Result & { readonly wallSeconds: number }> {
  const script = fileURLToPath(new URL(`../peers/${program}`, import.meta.url));
  const environment = {
    PYTHONDONTWRITEBYTECODE: "1",
    ...(threads === undefined ? {} : { PEER_THREADS: String(threads) }),
  };
  const { seconds, stdout } = await runProgram(python, [script, ...words], environment);
  return { ...(JSON.parse(stdout) as Result), wallSeconds: seconds };
}
