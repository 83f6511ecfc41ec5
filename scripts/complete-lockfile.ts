import { readFile, writeFile } from "node:fs/promises";

/**
 * Adds to the lock file the packages for other platforms that npm left out because the registry at hand does not carry
 * them. Without them `npm ci` refuses the lock file on every platform. They have no integrity hash here; npm takes the one
 * that the registry states on the platform that needs them.
 */
const path = new URL("../package-lock.json", import.meta.url);

const systems = new Set(["aix", "android", "darwin", "freebsd", "linux", "openharmony", "sunos", "win32"]);

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(await readFile(path, "utf8")) as { packages: Record<string, Locked | object> };
const packages = new Map(Object.entries(lock.packages));
const added: string[] = [];
for (const { dev, optionalDependencies = {} } of [...packages.values()] as Locked[]) {
  for (const [name, version] of Object.entries(optionalDependencies)) {
    const place = `node_modules/${name}`;
    if (packages.has(place)) continue;
    packages.set(place, { version, ...(dev && { dev }), optional: true, ...platformOf(name) });
    added.push(name);
  }
}
lock.packages = Object.fromEntries([...packages].sort(([a], [b]) => a.localeCompare(b, "en")));
await writeFile(path, `${JSON.stringify(lock, undefined, 2)}\n`);
console.log(added.length === 0 ? "The lock file is complete." : `Added ${added.join(", ")}.`);

/** What the naming scheme of native packages says: `binding-linux-x64-musl` is for linux on x64 with musl. */
function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } {
  const words = name.slice(name.lastIndexOf("/") + 1).split("-");
  const at = words.findIndex((word) => systems.has(word));
  const os = words[at];
  const cpu = words[at + 1];
  if (os === undefined || cpu === undefined) throw new Error(`${name} does not say which platform it is for`);
  const abi = words[at + 2] ?? "";
  // As these packages declare it, 32-bit ARM names no C library.
  const libc =
    cpu === "arm" ? undefined : abi.startsWith("musl") ? ["musl"] : abi === "gnu" ? ["glibc"] : undefined;
  return { os: [os], cpu: [cpu], ...(libc && { libc }) };
}
