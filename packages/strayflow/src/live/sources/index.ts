export { openSource, type SourceOptions } from "./open-source.ts";
export { type SourceNotice } from "./notices.ts";
export { followTimes, type FollowTimes } from "./options.ts";
export { parsePosition, positionAfter, startPosition, type Position } from "./position.ts";
export type { LogKind, Source, SourceEvent, SourceLog } from "./source.ts";
export { parseSourceSpec, parseSourceSpecs, type SourceSpec } from "./spec.ts";
