/**
 * (whole + 1 h) / (part + 1 h), both in seconds and at most a week: 1 where something has been known for as long as
 * whoever knows it, 169 where it is new after a week or more.
 */
export function timesLonger(whole: number, part: number): number {
  return Math.max(1, (Math.min(whole, WEEK) + HOUR) / (Math.min(part, WEEK) + HOUR));
}

const HOUR = 3600;
const WEEK = 7 * 86_400;
