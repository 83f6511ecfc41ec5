import { expect, test } from "vitest";
import { isLiveName, isRotatedFrom } from "../../../src/live/sources/names.ts";
import { parsePosition, parseSourceSpec, parseSourceSpecs } from "../../../src/live/sources/index.ts";

test("a source has the name that was given, or the folder that says something", () => {
  expect(parseSourceSpec("office=/opt/zeek/logs")).toEqual({ name: "office", path: "/opt/zeek/logs" });
  expect(parseSourceSpec("/srv/branch/logs/current")).toEqual({
    name: "branch",
    path: "/srv/branch/logs/current",
  });
  expect(parseSourceSpec("/data/a=b/conn.log")).toEqual({ name: "conn", path: "/data/a=b/conn.log" });
  expect(parseSourceSpec("-")).toEqual({ name: "stdin", path: "-" });
  expect(parseSourceSpec("x=-")).toEqual({ name: "x", path: "-" });
});

test("a source without a path, with a bad name or the name of another is refused", () => {
  expect(() => parseSourceSpec("office=")).toThrow("names no path");
  expect(() => parseSourceSpec("my office=/logs")).toThrow("no usable name");
  expect(() => parseSourceSpecs(["/a/conn.log", "/b/conn.log"])).toThrow("two sources are called conn");
});

test("names tell what is being written from what was put aside", () => {
  for (const name of ["conn.log", "a/b/conn_long.log", "sensor2_conn.log", "json_streaming_conn.log"])
    expect(isLiveName(name), name).toBe(true);
  for (const name of [
    "conn.1.log",
    "conn.log.1",
    "conn-24-04-19_00.00.00.log",
    "conn.00:00:00-01:00:00.log.gz",
  ])
    expect(isLiveName(name), name).toBe(false);
  expect(isRotatedFrom("/x/conn.log", "/x/conn.log.1")).toBe(true);
  expect(isRotatedFrom("/x/conn.log", "/x/conn-24-04-19_00.00.00.log")).toBe(true);
  expect(isRotatedFrom("/x/conn.log", "/x/conn_long.log")).toBe(false);
  expect(isRotatedFrom("/x/conn.log", "/x/conn_long.1.log")).toBe(false);
});

test("a stored position that is damaged or of a later version is refused", () => {
  expect(() => parsePosition({ version: 1, logs: [{}], forgotten: {} })).toThrow("damaged at logs.0");
  expect(() => parsePosition({ version: 2 })).toThrow("has version 2");
});
