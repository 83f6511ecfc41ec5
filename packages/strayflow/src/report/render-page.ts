import { createHash } from "node:crypto";
import { escapeText } from "../base/escape.ts";
import { program } from "../base/program.ts";
import { reportContents } from "./check-document.ts";
import type { ReportDocument } from "./document.ts";
import { pageScript } from "./page-script.ts";
import { pageStyle } from "./page-style.ts";

/**
 * The report as one HTML file that needs nothing beside it and asks for nothing from outside. The document is in it as
 * data, and its own script, the only one that its policy lets run, makes elements of it. No text of the document is ever
 * parsed as markup.
 *
 * @throws Error where the document's ids do not hold (`reportContents`)
 */
export async function renderPage(document: ReportDocument): Promise<string> {
  reportContents(document);
  const script = insideScript(await pageScript());
  const title = escapeHtml(document.title);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy(script, pageStyle)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="${program.name} ${program.version}">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${pageStyle}</style>
</head>
<body>
<noscript><h1>${title}</h1><p>${escapeHtml(document.summary)}</p><p>This report draws itself with a script that is inside this file. Allow scripts for it, or look at the pictures and tables beside it.</p></noscript>
<script type="application/json" id="document">${embeddedJson(document)}</script>
<script>${script}</script>
</body>
</html>
`;
}

/**
 * JSON that can stand inside a script element: no `<` that could end it or begin a comment, and no line separators, which
 * older parsers take for ends of lines.
 */
export function embeddedJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll("<", "\\u003c")
    .replaceAll(">", "\\u003e")
    .replaceAll("&", "\\u0026")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}

/** Our own code holds such texts at most inside strings, where the escape means the same. */
function insideScript(code: string): string {
  return code.replaceAll(/<(?=\/script|!--|script)/gi, "\\x3c");
}

function policy(script: string, style: string): string {
  const hash = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    // Pictures that the page makes of its own charts, to save them.
    "img-src data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
}

function escapeHtml(text: string): string {
  return escapeText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
