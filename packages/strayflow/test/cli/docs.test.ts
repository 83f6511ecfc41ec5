import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { cliPage, errorsPage, featuresPage, rejectsPage } from "../../src/cli/docs.ts";
import { configPage } from "../../src/cli/config-page.ts";
import { queriesPage } from "../../src/cli/queries-page.ts";

const root = fileURLToPath(new URL("../../../../", import.meta.url));

test.each([
  ["cli.md", "option tables", cliPage],
  ["config.md", "schemas of the configuration", configPage],
  ["errors.md", "error table", errorsPage],
  ["features.md", "feature declarations", featuresPage],
  ["queries.md", "table of query fields", queriesPage],
  ["rejects.md", "reject reasons", rejectsPage],
])("docs/%s is what the %s say; run: npm run docs", async (name, _what, page) => {
  expect(await readFile(join(root, "docs", name), "utf8")).toBe(await page());
});

test("links between the pages lead somewhere", async () => {
  const inDocs = (await readdir(join(root, "docs"))).filter((name) => name.endsWith(".md"));
  const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...inDocs.map((name) => `docs/${name}`)];
  const texts = new Map(
    await Promise.all(pages.map(async (page) => [page, await readFile(join(root, page), "utf8")] as const)),
  );
  const anchors = new Map([...texts].map(([page, text]) => [page, new Set(anchorsOf(text))]));
  const broken: string[] = [];
  for (const [page, text] of texts) {
    for (const [, target = ""] of text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = "", anchor] = target.split("#");
      const file = path === "" ? page : relative(root, join(root, dirname(page), path));
      const isThere = texts.has(file) || (await exists(join(root, file)));
      if (!isThere || (anchor !== undefined && !anchors.get(file)?.has(anchor)))
        broken.push(`${page}: ${target}`);
    }
  }
  expect(broken).toEqual([]);
});

/** The anchors that a forge makes of a page's headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replace(/[^\w\s-]/g, "")
      .replace(/\s/g, "-"),
  );
}

async function exists(path: string): Promise<boolean> {
  return await readdir(dirname(path)).then(
    (names) => names.includes(path.slice(dirname(path).length + 1)),
    () => false,
  );
}
