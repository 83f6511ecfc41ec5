import type { BigIntStats } from "node:fs";

/** What the file system says about a file, as far as it matters here. */
export interface FileState {
  /** Device and inode: the same for two names of one file. */
  readonly key: string;
  readonly size: number;
  readonly modifiedMillis: number;
  readonly links: number;
  /** Differs where the content may differ. */
  readonly stamp: string;
}

export function fileState(info: BigIntStats): FileState {
  return {
    key: `${info.dev}:${info.ino}`,
    size: Number(info.size),
    modifiedMillis: Number(info.mtimeMs),
    links: Number(info.nlink),
    stamp: `${info.size}:${info.mtimeNs}`,
  };
}
