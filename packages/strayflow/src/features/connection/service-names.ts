/** The services of one `service` value: what was recognised, and how many were recognised and then taken back. */
export interface ServiceSet {
  /** Sorted, each once. */
  readonly names: readonly string[];
  /** Zeek 7 and later can write `-ssl` where the ssl analyzer was attached and then gave up. */
  readonly negated: readonly string[];
  /** One spelling for the same set in any order; "" where nothing is stated. */
  readonly key: string;
}

/** Longest `service` value that is looked at, and most services in it; the rest of a hostile value is ignored. */
const LONGEST_VALUE = 1024;
const MOST_NAMES = 16;
const LONGEST_NAME = 40;

export function parseServices(value: string): ServiceSet {
  if (value === "") return UNSET;
  const parts = value.slice(0, LONGEST_VALUE).split(",", MOST_NAMES);
  const all = [...new Set(parts.map(plainName))].filter((part) => part !== "").sort();
  return {
    names: all.filter((name) => !isNegated(name)),
    negated: all.filter(isNegated),
    key: all.join(","),
  };
}

const UNSET: ServiceSet = { names: [], negated: [], key: "" };

/** Names become column ids and are shown, so nothing but plain characters stays in them. */
function plainName(part: string): string {
  return part
    .trim()
    .toLowerCase()
    .slice(0, LONGEST_NAME)
    .replace(/[^a-z0-9_.+-]/g, "?");
}

function isNegated(name: string): boolean {
  return name.length > 1 && name.startsWith("-");
}
