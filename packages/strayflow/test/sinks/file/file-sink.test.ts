import {
  appendFile,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
  mkdir,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Message, OpenedSink } from "../../../src/sinks/index.ts";
import { readDirective, noHeader } from "../../../src/zeek/header.ts";
import { unescapeZeek } from "../../../src/zeek/escapes.ts";
import { hostile, hostileText, oneOfEach, opened, openedMany } from "../make-message.ts";
import { never, openConfigured } from "../open.ts";

let folder: string;
let now: number;
const sinks: OpenedSink[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "strayflow-sinks-"));
  // Today, as the system's own times of files are.
  now = Date.now();
});
afterEach(async () => {
  await Promise.all(sinks.splice(0).map(({ sink }) => sink.close()));
  await rm(folder, { recursive: true, force: true });
});

const path = () => join(folder, "alerts.log");

function openFile(type: "ndjson" | "zeek-log", config: object = {}): OpenedSink {
  const route = openConfigured({ type, path: path(), ...config }, { now: () => now });
  sinks.push(route);
  return route;
}

async function send({ sink }: OpenedSink, ...messages: readonly Message[]): Promise<void> {
  await sink.send(messages, never);
}

async function linesOf(file = path()): Promise<string[]> {
  return (await readFile(file, "utf8")).split("\n").slice(0, -1);
}

async function idsOf(file = path()): Promise<string[]> {
  return (await linesOf(file)).map((line) => (JSON.parse(line) as { id: string }).id);
}

async function oldFiles(): Promise<string[]> {
  return (await readdir(folder)).filter((name) => name !== "alerts.log").sort();
}

const ids = (messages: readonly Message[]) => messages.map(({ id }) => id);

describe("ndjson", () => {
  test("each message is one line of JSON, and a run that follows goes on with the file", async () => {
    const messages = openedMany(5);
    const first = openFile("ndjson");
    await send(first, ...messages.slice(0, 3));
    await first.sink.close();
    await send(openFile("ndjson"), ...messages.slice(3));
    expect(await idsOf()).toEqual(ids(messages));
    expect(await oldFiles()).toEqual([]);
  });

  test("messages that a crash made the outbox forget are not written twice", async () => {
    const messages = openedMany(6);
    for (const format of ["strayflow", "ecs"] as const) {
      await rm(path(), { force: true });
      await send(openFile("ndjson", { format }), ...messages.slice(0, 4));
      await send(openFile("ndjson", { format }), ...messages.slice(2));
      expect(await linesOf()).toHaveLength(6);
    }
  });

  test("nor where the file was put aside between the two", async () => {
    const messages = openedMany(6);
    await send(openFile("ndjson"), ...messages.slice(0, 4));
    now += 86_400_000;
    await send(openFile("ndjson"), opened(100));
    await send(openFile("ndjson"), ...messages);
    const all = await Promise.all(
      [...(await oldFiles()).map((name) => join(folder, name)), path()].map(idsOf),
    );
    expect(all.flat().sort()).toEqual([...ids(messages), "incident100.1"].sort());
    expect(all.at(-1)).toEqual(["incident5.1", "incident6.1"]);
  });

  test("a file cut at any byte by a crash ends up whole", async () => {
    const messages = openedMany(4);
    await send(openFile("ndjson", { fsync: false }), ...messages);
    const whole = await readFile(path());
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length), async (length) => {
        await writeFile(path(), whole.subarray(0, length));
        const again = openFile("ndjson", { fsync: false });
        await send(again, ...messages);
        await again.sink.close();
        expect(await readFile(path())).toEqual(whole);
      }),
      { numRuns: 40 },
    );
  });

  test("the end of a foreign file is not taken away", async () => {
    await writeFile(path(), "not ours");
    await send(openFile("ndjson"), opened());
    expect((await linesOf())[0]).toBe("not ours");
  });

  test("a large file is put aside, and only so many old ones are kept", async () => {
    const file = openFile("ndjson", { rotateBytes: 1024, keep: 2 });
    for (const message of openedMany(5)) {
      now += 1000;
      await send(file, message);
    }
    expect(await idsOf()).toEqual(["incident5.1"]);
    expect((await Promise.all((await oldFiles()).map((name) => idsOf(join(folder, name))))).flat()).toEqual([
      "incident3.1",
      "incident4.1",
    ]);
  });

  test("two files of one second have different names, in order", async () => {
    const file = openFile("ndjson", { rotateBytes: 1024, keep: 3 });
    for (const message of openedMany(15)) await send(file, message);
    expect(await oldFiles()).toHaveLength(3);
    expect((await oldFiles()).every((name) => /^alerts\.[\dT-]+Z-1[234]\.log$/.test(name))).toBe(true);
  });

  test("a new day begins a new file", async () => {
    const file = openFile("ndjson");
    await send(file, opened(1));
    now += 86_400_000;
    await send(file, opened(2));
    expect(await idsOf()).toEqual(["incident2.1"]);
    expect(await oldFiles()).toEqual([
      `alerts.${new Date(now).toISOString().slice(0, 19).replaceAll(":", "-")}Z.log`,
    ]);
  });

  test("a file that logrotate renamed or emptied is opened anew", async () => {
    const file = openFile("ndjson");
    await send(file, opened(1));
    await rename(path(), `${path()}.1`);
    await send(file, opened(2));
    expect(await idsOf()).toEqual(["incident2.1"]);
    await truncate(path());
    await send(file, opened(3));
    expect(await idsOf()).toEqual(["incident3.1"]);
    expect(await idsOf(`${path()}.1`)).toEqual(["incident1.1"]);
  });

  test("a folder that is missing is made; one that cannot be written to is an error that may pass", async () => {
    await send(openFile("ndjson", { path: join(folder, "a", "b", "alerts.log") }), opened());
    await mkdir(path());
    await expect(send(openFile("ndjson"), opened())).rejects.toMatchObject({
      name: "SinkError",
      retriable: true,
      message: `${path()}: expected a file, found a folder (EISDIR)`,
    });
  });

  test("a full disk is an error that may pass", async () => {
    await expect(send(openFile("ndjson", { path: "/dev/full/alerts" }), opened())).rejects.toMatchObject({
      retriable: true,
    });
  });

  test("hostile text cannot end a line, and comes back as it was", async () => {
    for (const format of ["strayflow", "ecs"] as const) {
      await rm(path(), { force: true });
      await send(openFile("ndjson", { format }), hostile());
      const bytes = await readFile(path());
      expect(bytes.filter((byte) => byte < 0x20)).toEqual(Buffer.from("\n"));
      const [line] = await linesOf();
      expect(line).not.toMatch(/[\p{Cf}\p{Zl}\u007f]/u);
      expect(JSON.stringify(JSON.parse(line!))).toContain(
        JSON.stringify(hostileText.toWellFormed()).slice(1, -1),
      );
    }
  });
});

describe("zeek-log", () => {
  interface Log {
    readonly rows: readonly Readonly<Record<string, string>>[];
    readonly closes: number;
  }

  async function readLog(file = path()): Promise<Log> {
    let header = noHeader;
    const rows: Record<string, string>[] = [];
    let closes = 0;
    for (const line of await linesOf(file)) {
      if (line.startsWith("#close")) closes++;
      if (line.startsWith("#")) {
        header = readDirective(header, line);
        continue;
      }
      const fields = line.split(header.separator);
      expect([closes, fields.length, header.types?.length]).toEqual([
        0,
        header.fields!.length,
        fields.length,
      ]);
      rows.push(Object.fromEntries(header.fields!.map((name, index) => [name, fields[index]!])));
    }
    return { rows, closes };
  }

  test("the log has a header of Zeek's, and a row for each message", async () => {
    await send(openFile("zeek-log"), ...Object.values(oneOfEach()));
    const { rows } = await readLog();
    expect(rows.map(({ kind }) => kind)).toEqual(Object.keys(oneOfEach()));
    expect(rows[0]).toMatchObject({
      ts: "1740229525.000000",
      id: "incident1.1",
      sensor: "office",
      category: "port-scan",
      host: "10.0.0.23",
      port_count: "24",
      targets: "10.0.0.5",
      sent_bytes: "960",
      received_bytes: "-",
    });
    expect(rows[3]).toMatchObject({ category: "no-data", host: "-", sources: "-", p_value: "-" });
  });

  test("a file that is put aside is closed; one that goes on is not", async () => {
    const first = openFile("zeek-log", { rotateBytes: 1200 });
    await send(first, opened(1));
    await first.sink.close();
    const second = openFile("zeek-log", { rotateBytes: 1200 });
    await send(second, opened(2));
    expect(await readLog()).toMatchObject({
      closes: 0,
      rows: [{ id: "incident1.1" }, { id: "incident2.1" }],
    });
    await send(second, opened(3));
    await rename(path(), join(folder, "renamed"));
    await send(second, opened(4));
    const [aside, renamed] = await oldFiles();
    expect(await readLog(join(folder, aside!))).toMatchObject({ closes: 1, rows: [{}, {}] });
    expect(await readLog(join(folder, renamed!))).toMatchObject({ closes: 1, rows: [{ id: "incident3.1" }] });
    expect(await readLog()).toMatchObject({ closes: 0, rows: [{ id: "incident4.1" }] });
  });

  test("a file with other columns, or that was closed, is left as it is", async () => {
    for (const before of ["#fields\tts\tother\n1\t2\n", "some text\n"]) {
      await writeFile(path(), before);
      await send(openFile("zeek-log"), opened());
      expect((await readLog()).rows).toHaveLength(1);
      expect(await readFile(join(folder, (await oldFiles()).at(-1)!), "utf8")).toBe(before);
      await rm(join(folder, (await oldFiles()).at(-1)!));
    }
    await appendFile(path(), "#close\t2025-01-01-00-00-00\n");
    await send(openFile("zeek-log"), opened(2));
    expect((await readLog()).rows).toMatchObject([{ id: "incident2.1" }]);
  });

  test("a message that was written before a crash is not written again", async () => {
    await send(openFile("zeek-log"), ...openedMany(3));
    await send(openFile("zeek-log"), ...openedMany(4));
    expect((await readLog()).rows).toHaveLength(4);
  });

  test("any text stays in its field, and comes back by Zeek's own rules", async () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("-", "(empty)", "", "#close", hostileText, "a,b", "\\x2d", "\\"),
    );
    const file = openFile("zeek-log", { fsync: false, rotateBytes: 1e9 });
    let number = 0;
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const incident = { headline: value, ports: { count: 1, isExact: true, some: [value, "x"] } };
        await send(file, opened(++number, incident));
        const row = (await readLog()).rows.at(-1)!;
        const known = value.toWellFormed();
        expect(row["msg"] === "(empty)" ? "" : unescapeZeek(row["msg"]!)).toBe(known);
        const elements = row["ports"]!.split(",");
        expect(elements.map((element) => (element === "(empty)" ? "" : unescapeZeek(element)))).toEqual([
          known,
          "x",
        ]);
      }),
      { numRuns: 60 },
    );
  });

  test("hostile text makes neither rows nor columns nor directives, and addresses are addresses", async () => {
    await send(openFile("zeek-log"), hostile());
    const { rows, closes } = await readLog();
    expect(closes).toBe(0);
    expect(rows).toMatchObject([{ host: "-", sources: "(empty)", kind: "incident-opened" }]);
    expect(await readFile(path(), "utf8")).not.toMatch(/(?!\n|\t)[\p{Cc}\p{Cf}\p{Zl}]/u);
  });
});
