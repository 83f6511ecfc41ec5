import type { BaselinePart, FeatureFamily } from "../block.ts";
import type { TextCounts } from "../counts.ts";
import { countCodes, decodeTextCounts, encodeTextCounts, TextCounter } from "../counts.ts";
import type { ColumnTexts } from "../define.ts";
import { columnsOf } from "../define.ts";
import { about, logAmount, missingFlag, plainCount, rarity } from "../explain.ts";
import { HIGHEST_RARITY, rarityOf } from "../rarity.ts";
import { formatCount } from "../../base/units.ts";

/** Events of Zeek's `history`, by letter: upper case is the originator's, lower case the responder's. */
const events = [
  ["s", "syn", "SYN"],
  ["h", "synack", "SYN+ACK"],
  ["a", "ack", "pure ACK"],
  ["d", "data", "payload"],
  ["f", "fin", "FIN"],
  ["r", "rst", "RST"],
  ["c", "checksum", "bad checksum"],
  ["g", "gap", "content gap"],
  ["t", "retransmit", "retransmission"],
  ["w", "zero_window", "zero window"],
] as const;

const ODD = events.length * 2;
const LENGTH = ODD + 1;
const MISSING = ODD + 2;
const RARITY = ODD + 3;
const WIDTH = ODD + 4;

/**
 * Letters above this count are not counted on. Zeek writes repeated gaps, retransmissions and windows on a logarithmic
 * scale, so more says nothing new.
 */
const MOST_LETTERS = 8;
/** Nothing that Zeek writes is longer; a hostile history is not scanned to its end. */
const LONGEST_HISTORY = 1024;
const MOST_HISTORIES = 4096;

/** How often each history was seen, case kept; "" where it is unset. */
const historyCounts: BaselinePart<TextCounts> = {
  id: "history",
  learner() {
    const counter = new TextCounter();
    return {
      learn(batch, include) {
        const { values } = batch.history;
        countCodes(batch.history, batch.rows, include, (code, rows) =>
          counter.add(clip(values[code]!), rows),
        );
      },
      finish: () => counter.finish(MOST_HISTORIES),
    };
  },
  encode: encodeTextCounts,
  decode: decodeTextCounts,
};

const columns = columnsOf({
  ...Object.fromEntries(
    events.flatMap(([letter, id, name]): [string, ColumnTexts][] => [
      [
        `history_orig_${id}`,
        letters(
          `${letter.toUpperCase()} in the history: ${name} by the originator, at most ${MOST_LETTERS}.`,
          `${name} by the originator in the history`,
        ),
      ],
      [
        `history_resp_${id}`,
        letters(
          `${letter} in the history: ${name} by the responder, at most ${MOST_LETTERS}.`,
          `${name} by the responder in the history`,
        ),
      ],
    ]),
  ),
  history_odd: letters(
    `I, Q, X and letters that this version does not know, of both ends, at most ${MOST_LETTERS}.`,
    "odd letter (I, Q, X or unknown) in the history",
  ),
  history_length: about(
    "letters",
    logAmount("letters", "Letters in the history, ln(1 + n).", "letters in the history:", (n) =>
      formatCount(Math.round(n * 10) / 10),
    ),
  ),
  history_missing: missingFlag("The log states no history.", "history"),
  history_rarity: rarity("-ln p of the whole history, as often as it was seen in training.", "this history"),
});

/** One odd course of a connection changes many letters at once. */
function letters(summary: string, thing: string): ColumnTexts {
  return about("letters", plainCount("letters", summary, thing));
}

/** What happened on the wire, from the letters of `history`. */
export const history: FeatureFamily = {
  id: "history",
  side: "connection",
  reads: ["history"],
  parts: [historyCounts],
  open(baseline) {
    const rarities = raritiesOf(baseline.get(historyCounts));
    const unseen = rarities.unseen;
    return {
      columns,
      fill(out, width, at, batch) {
        const { codes, values } = batch.history;
        const table = new Float64Array(values.length * WIDTH);
        for (let code = 0; code < values.length; code++) {
          const text = clip(values[code]!);
          describe(text, table, code * WIDTH);
          table[code * WIDTH + RARITY] = rarities.known.get(text) ?? unseen;
        }
        for (let row = 0, to = at; row < batch.rows; row++, to += width) {
          const from = codes[row]! * WIDTH;
          for (let i = 0; i < WIDTH; i++) out[to + i] = table[from + i]!;
        }
      },
    };
  },
};

/** Writes everything but the rarity. */
function describe(text: string, table: Float64Array, at: number): void {
  for (let i = 0; i < text.length; i++) {
    const letter = text.charCodeAt(i);
    if (letter === FLIPPED) continue;
    const column = at + (columnOfLetter[letter] ?? ODD);
    if (table[column]! < MOST_LETTERS) table[column]!++;
  }
  table[at + LENGTH] = Math.log(1 + text.length);
  table[at + MISSING] = text === "" ? 1 : 0;
}

/** `^`, the flipped direction, belongs to the quality family. */
const FLIPPED = 94;

const columnOfLetter: readonly number[] = Array.from({ length: 128 }, (_, unit) => {
  const text = String.fromCharCode(unit);
  const event = events.findIndex(([letter]) => letter === text.toLowerCase());
  if (event < 0) return ODD;
  return event * 2 + (text === text.toLowerCase() ? 1 : 0);
});

function raritiesOf({ names, counts, total }: TextCounts): { known: Map<string, number>; unseen: number } {
  if (total === 0) return { known: new Map(), unseen: 0 };
  return {
    known: new Map(names.map((name, i) => [name, rarityOf(counts[i]!, total, names.length)])),
    unseen: Math.min(HIGHEST_RARITY, rarityOf(0, total, names.length)),
  };
}

function clip(text: string): string {
  return text.length > LONGEST_HISTORY ? text.slice(0, LONGEST_HISTORY) : text;
}
