import { writeFile } from "node:fs/promises";
import { configPage } from "../packages/strayflow/src/cli/config-page.ts";
import { queriesPage } from "../packages/strayflow/src/cli/queries-page.ts";
import { cliPage, errorsPage, featuresPage, rejectsPage } from "../packages/strayflow/src/cli/docs.ts";

/** Writes the pages that come from tables in the source. A test fails while they differ from what is committed. */
const docs = new URL("../docs/", import.meta.url);

await writeFile(new URL("cli.md", docs), await cliPage());
await writeFile(new URL("config.md", docs), configPage());
await writeFile(new URL("errors.md", docs), errorsPage());
await writeFile(new URL("features.md", docs), featuresPage());
await writeFile(new URL("queries.md", docs), queriesPage());
await writeFile(new URL("rejects.md", docs), rejectsPage());
