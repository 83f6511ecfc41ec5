import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { simulate } from "../../src/simulate/index.ts";
import { readConnections, readRecord } from "../../src/zeek/index.ts";

const scratch = mkdtempSync(join(tmpdir(), "strayflow-round-trip-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test("the reader finds in the archive exactly what was written, in both formats", async () => {
  for (const format of ["tsv", "json"] as const) {
    const out = join(scratch, format);
    const summary = await simulate({ out, days: 0.5, hosts: 12, labels: true, format });
    const written = summary.files.flatMap((file) =>
      gunzipSync(readFileSync(join(out, file)))
        .toString("latin1")
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#")),
    );
    const reader = readConnections([out]);
    const lines: string[] = [];
    const uids: unknown[] = [];
    let malicious = 0;
    for await (const batch of reader) {
      for (let row = 0; row < batch.rows; row++) {
        lines.push(
          Buffer.from(batch.text.subarray(batch.lineStart[row], batch.lineEnd[row])).toString("latin1"),
        );
        if (batch.label.values[batch.label.codes[row]!] === "Malicious") malicious++;
      }
      uids.push(readRecord(batch, 0)["uid"]);
    }
    expect(reader.tally.rejected).toBe(0);
    expect(reader.tally.rows).toBe(summary.rows);
    expect(reader.tally.files).toBe(summary.files.length);
    expect(lines).toEqual(written);
    expect(malicious).toBe(summary.attackRows);
    expect(uids.every((uid) => typeof uid === "string" && /^C[0-9A-Za-z]{15,17}$/.test(uid))).toBe(true);
  }
});
