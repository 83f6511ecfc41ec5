import type { Message } from "../message.ts";
import { factsOf, titleOf } from "../summary.ts";
import { oneLine, shorten, withoutLinks } from "../text.ts";

export type SlackStyle = "blocks" | "text";

/** Slack's limits: characters of a section's text and blocks of a message; and what all blocks together may hold, which is not documented and was seen at 13,200. */
const mostSectionLength = 3000;
const mostBlocks = 50;
const mostLength = 12_000;
/** Messages that are shown in full; of those beyond it, their number. */
export const mostShown = 20;

/** The body of a post to a Slack-compatible webhook: several messages in one. */
export function slackBody(messages: readonly Message[], style: SlackStyle): object {
  const shown = messages.slice(0, mostShown);
  const most = Math.min(mostSectionLength, Math.floor(mostLength / Math.max(1, shown.length)));
  const texts = shown.map((message) => messageText(message, most, style));
  const first = messages[0];
  const more = messages.length - 1;
  const fallback =
    first === undefined ? "" : escapeSlack(titleOf(first, 200)) + (more > 0 ? ` (and ${more} more)` : "");
  if (style === "text") return { text: texts.join("\n\n") };
  const blocks = texts.slice(0, mostBlocks).map((text) => ({
    type: "section",
    // Verbatim: no links are made of what looks like addresses, names or channels.
    text: { type: "mrkdwn", text, verbatim: true },
  }));
  return { text: fallback, blocks };
}

function messageText(message: Message, most: number, style: SlackStyle): string {
  const bold = style === "blocks" ? "*" : "**";
  const title = `${bold}${escapeSlack(titleOf(message, 250))}${bold}`;
  const lines = factsOf(message).map(({ label, text }) => `${label}: ${escapeSlack(oneLine(text, 300))}`);
  let whole = shortenEscaped(title, most);
  for (const line of lines) {
    if (whole.length + 1 + line.length > most) break;
    whole += `\n${line}`;
  }
  return whole;
}

/**
 * Text without a meaning to Slack, Mattermost and their like. `&`, `<` and `>` are escaped as Slack asks, which disarms
 * mentions and links; there is no escape for signs of formatting, so look-alikes stand for them; "@" is parted from
 * what follows, because some servers notify a channel for a bare "@all".
 */
function escapeSlack(text: string): string {
  return withoutLinks(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/[*~`|]/g, (sign) => lookalikes[sign]!)
    .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, "＿")
    .replaceAll("](", "] (")
    .replace(/@(?=\S)/g, "@\u200b");
}

const lookalikes: Readonly<Record<string, string>> = { "*": "∗", "~": "∼", "`": "ˋ", "|": "ǀ" };

/** Cut before an escape, not inside. */
function shortenEscaped(text: string, most: number): string {
  return text.length <= most ? text : shorten(text, most).replace(/&[a-z]{0,3}…$/, "…");
}
