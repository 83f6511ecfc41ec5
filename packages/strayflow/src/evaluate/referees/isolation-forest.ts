import { permutation, type Random } from "../../base/random.ts";
import type { MatrixData } from "../../features/family.ts";
import type { Referee } from "./referee.ts";

export interface IsolationForestOptions {
  readonly trees?: number;
  /** Training rows a tree. */
  readonly sample?: number;
}

/**
 * Isolation forest (Liu, Ting and Zhou 2008): the fewer random splits it takes to cut a row off from a random sample of
 * training rows, the stranger it is. The score is 2^(-mean depth / c(sample)), from near 0 to 1. A node splits on a
 * column that varies among its rows, where the paper draws any column.
 */
export function isolationForestReferee({ trees = 100, sample = 256 }: IsolationForestOptions = {}): Referee {
  return {
    id: "isolation_forest",
    title: "isolation forest",
    seeded: true,
    fit(train, width, random) {
      const rows = train.length / width;
      const size = Math.min(sample, rows);
      const source = random.fork("isolation forest");
      const forest: Tree[] = [];
      for (let tree = 0; tree < trees; tree++) {
        forest.push(growTree(train, width, sampleRows(rows, size, source), source));
      }
      const scale = 1 / (trees * Math.max(unsuccessfulSearchLength(size), 1));
      return {
        score(matrix, out) {
          for (let row = 0; row < out.length; row++) {
            let depth = 0;
            for (let tree = 0; tree < trees; tree++) depth += depthOf(forest[tree]!, matrix, row * width);
            out[row] = 2 ** (-depth * scale);
          }
        },
      };
    },
  };
}

/** Mean depth of a search that fails in a binary tree of n rows: c(n) of the paper, harmonic numbers summed exactly. */
export function unsuccessfulSearchLength(n: number): number {
  if (n <= 1) return 0;
  let harmonic = 0;
  for (let i = 1; i < n; i++) harmonic += 1 / i;
  return 2 * harmonic - (2 * (n - 1)) / n;
}

/** Nodes in flat arrays: a leaf has no column (-1) and ends a path with `depth`; a split sends values below `at` left. */
interface Tree {
  readonly column: Int32Array;
  readonly at: Float64Array;
  readonly left: Int32Array;
  readonly right: Int32Array;
  /** For leaves: their depth, and what the rows in them would have needed further. */
  readonly depth: Float64Array;
}

function sampleRows(rows: number, size: number, random: Random): Uint32Array {
  // A permutation of all rows for every tree would cost more than the tree.
  if (size * 4 >= rows) return permutation(rows, random).slice(0, size);
  const chosen = new Set<number>();
  while (chosen.size < size) chosen.add(random.integer(rows));
  return Uint32Array.from(chosen);
}

function growTree(train: MatrixData, width: number, rows: Uint32Array, random: Random): Tree {
  const limit = Math.ceil(Math.log2(Math.max(rows.length, 2)));
  const nodes = Math.max(1, 2 * rows.length - 1);
  const tree: Tree = {
    column: new Int32Array(nodes).fill(-1),
    at: new Float64Array(nodes),
    left: new Int32Array(nodes),
    right: new Int32Array(nodes),
    depth: new Float64Array(nodes),
  };
  let used = 0;
  const grow = (from: number, to: number, depth: number): number => {
    const node = used++;
    const split =
      depth < limit && to - from > 1 ? chooseSplit(train, width, rows.subarray(from, to), random) : undefined;
    if (split === undefined) {
      tree.depth[node] = depth + unsuccessfulSearchLength(to - from);
      return node;
    }
    let middle = from;
    for (let i = from; i < to; i++) {
      const row = rows[i]!;
      if (train[row * width + split.column]! < split.at) {
        rows[i] = rows[middle]!;
        rows[middle++] = row;
      }
    }
    tree.column[node] = split.column;
    tree.at[node] = split.at;
    tree.left[node] = grow(from, middle, depth + 1);
    tree.right[node] = grow(middle, to, depth + 1);
    return node;
  };
  grow(0, rows.length, 0);
  return tree;
}

/** A random place between the smallest and the largest value of a random column that has two; both sides get rows. */
function chooseSplit(train: MatrixData, width: number, rows: Uint32Array, random: Random) {
  const columns = permutation(width, random);
  for (const column of columns) {
    let low = Infinity;
    let high = -Infinity;
    for (const row of rows) {
      const value = train[row * width + column]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (!(low < high)) continue;
    const at = low + (high - low) * random.uniform();
    return { column, at: at > low ? at : high };
  }
  return undefined;
}

function depthOf({ column, at, left, right, depth }: Tree, matrix: MatrixData, start: number): number {
  let node = 0;
  for (let split = column[0]!; split >= 0; split = column[node]!) {
    node = matrix[start + split]! < at[node]! ? left[node]! : right[node]!;
  }
  return depth[node]!;
}
