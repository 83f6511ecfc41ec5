/** What may be met that a person should hear of, and what to say where that is all that is known. */
export const noticeCodes = {
  empty: "There is no conn log in the directory yet; it is waited for.",
  older: "There are older logs, which are not read.",
  late: "A log turned up that is older than all that is remembered; it is not read.",
  copied: "A log that has been read is there once more under another name; it is not read again.",
  replayed: "A file that is being written repeats a log that has been read; only what is new in it is read.",
  truncated: "A file was cut or written anew while it was being followed.",
  shortened: "A file holds less than what has been read of it.",
  gone: "The log that was being read is nowhere to be found; what was added to it since is lost unless it turns up.",
  vanished: "The source is gone; it is looked for until it comes back.",
  returned: "The source is back.",
  unreadable: "A file or folder cannot be read; it is tried again.",
  damaged: "Compressed data is damaged or ends early; what comes before that was read.",
} as const satisfies Record<string, string>;

export type NoticeCode = keyof typeof noticeCodes;

export interface SourceNotice {
  readonly code: NoticeCode;
  /** The file or folder that it is about. Its name is a text from outside. */
  readonly file: string;
  /** What was found, as a sentence without its end. */
  readonly message: string;
}
