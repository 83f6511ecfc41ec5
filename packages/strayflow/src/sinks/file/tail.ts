import { open, type FileHandle } from "node:fs/promises";

/** The whole lines that end within the last `most` of the first `size` bytes, oldest first. */
export async function lastLines(path: string, size: number, most: number): Promise<string[]> {
  const bytes = await lastBytes(path, size, most);
  const start = bytes.length < size ? bytes.indexOf(newline) + 1 : 0;
  const lines = bytes.toString("utf8", start, bytes.lastIndexOf(newline) + 1).split("\n");
  return lines.slice(0, -1);
}

/** What stands after the last line end, at most `most` bytes of it. */
export async function unendedLine(path: string, size: number, most: number): Promise<Buffer> {
  const bytes = await lastBytes(path, size, most);
  return bytes.subarray(bytes.lastIndexOf(newline) + 1);
}

const newline = 10;

async function lastBytes(path: string, size: number, most: number): Promise<Buffer> {
  const bytes = Buffer.alloc(Math.min(size, most));
  const handle = await open(path, "r");
  try {
    await readWhole(handle, bytes, size - bytes.length);
  } finally {
    await handle.close();
  }
  return bytes;
}

const headBytes = 8192;

export async function readHead(handle: FileHandle): Promise<string> {
  const bytes = Buffer.alloc(headBytes);
  const { bytesRead } = await handle.read(bytes, 0, headBytes, 0);
  return bytes.toString("utf8", 0, bytesRead);
}

async function readWhole(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, position + done);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    done += bytesRead;
  }
}
