/** Where the engine tells what happens; a pino logger is one. Fields are data, never part of the sentence. */
export interface EngineLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
