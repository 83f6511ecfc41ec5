import type { FeatureColumn } from "../features/family.ts";
import type { FamilyRange } from "../features/group.ts";

/** Columns that make one statement: alternatives of a choice, or one quantity over several windows. */
export interface Topic {
  readonly id: string;
  /** Its place in the list. */
  readonly index: number;
  readonly kind: "choice" | "quantity";
  /** What the alternatives are alternatives of. */
  readonly of: string;
  /** More than one of the alternatives may hold. */
  readonly areSeveral: boolean;
  /** Column numbers, ascending. */
  readonly members: readonly number[];
}

export interface Topics {
  readonly list: readonly Topic[];
  /** For each column the number of its topic. */
  readonly of: Uint16Array;
}

/** Divides the columns into topics. */
export function topicsOf(
  columns: readonly FeatureColumn[],
  families: readonly Pick<FamilyRange, "id" | "at" | "width">[],
): Topics {
  const familyOf = columns.map(() => "");
  for (const { id, at, width } of families) familyOf.fill(id, at, at + width);
  const members = new Map<string, number[]>();
  const keys = columns.map((column, i) => `${familyOf[i]}/${topicOf(column)}`);
  keys.forEach((key, column) => {
    const known = members.get(key);
    if (known === undefined) members.set(key, [column]);
    else known.push(column);
  });
  const list = [...members].map(([id, numbers], index): Topic => {
    const { choice } = columns[numbers[0]!]!;
    return {
      id,
      index,
      kind: choice === undefined ? "quantity" : "choice",
      of: choice?.of ?? "",
      areSeveral: choice?.areSeveral ?? false,
      members: numbers,
    };
  });
  const of = new Uint16Array(columns.length);
  for (const topic of list) for (const column of topic.members) of[column] = topic.index;
  return { list, of };
}

function topicOf({ id, choice, topic }: FeatureColumn): string {
  if (choice !== undefined) return `choice of ${choice.of}`;
  return topic ?? stem(id);
}

/** `orig_conns_5m` and `orig_conns_1h` are one quantity, `peer_surprise` and `peer_surprise_excess` too. */
function stem(id: string): string {
  const shorter = id.replace(suffix, "");
  return shorter === id || shorter === "" ? id : stem(shorter);
}

const suffix = /_(?:\d+[smhd]|excess|surprise|novelty|rarity|z|spread|mean)$/;
