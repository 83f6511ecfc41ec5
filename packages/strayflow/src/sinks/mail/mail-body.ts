import { createHash } from "node:crypto";
import { severities } from "../../detect/incidents/incident.ts";
import type { Message } from "../message.ts";
import { factsOf, titleOf } from "../summary.ts";
import { escapeHtml, oneLine, withoutLinks } from "../text.ts";

export interface MailBody {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** The same for the same messages, so that mail programs know a repetition: "<...@strayflow.invalid>". */
  readonly messageId: string;
}

/** One mail that tells of all messages; the worst gives the subject. */
export function mailBody(messages: readonly Message[]): MailBody {
  const worst = messages.reduce((a, b) =>
    severities.indexOf(b.severity) > severities.indexOf(a.severity) ? b : a,
  );
  const more = messages.length - 1;
  const subject = plain(`[strayflow] ${titleOf(worst, 120)}${more > 0 ? ` (and ${more} more)` : ""}`, 180);
  const parts = messages.map((message) => ({
    title: plain(titleOf(message), 300),
    facts: factsOf(message).map(({ label, text }) => ({ label, text: plain(text, 500) })),
  }));
  const text = parts.map(({ title, facts }) =>
    [title, ...facts.map((fact) => `  ${fact.label.padEnd(9)} ${fact.text}`)].join("\n"),
  );
  const html = parts.map(
    ({ title, facts }) =>
      `<h3>${escapeHtml(title)}</h3>\n<table>\n${facts
        .map((fact) => `<tr><td>${escapeHtml(fact.label)}</td><td>${escapeHtml(fact.text)}</td></tr>\n`)
        .join("")}</table>\n`,
  );
  const digest = createHash("sha256").update(JSON.stringify(messages.map(({ id }) => id)));
  return {
    subject,
    text: `${text.join("\n\n")}\n`,
    html: `<!doctype html>\n<meta charset="utf-8">\n<title>${escapeHtml(subject)}</title>\n${html.join("")}`,
    messageId: `<${digest.digest("hex").slice(0, 32)}@strayflow.invalid>`,
  };
}

function plain(text: string, most: number): string {
  return oneLine(withoutLinks(text), most);
}
