/** "on 2025-02-27 between 14:02 and 14:31 UTC"; log times in seconds. */
export function period(from: number, to: number): string {
  const [start, end] = [minuteOf(from), minuteOf(to)];
  if (start === undefined || end === undefined) return "at an unknown time";
  if (start.day !== end.day) return `between ${start.day} ${start.minute} and ${end.day} ${end.minute} UTC`;
  if (start.minute === end.minute) return `on ${start.day} at ${start.minute} UTC`;
  return `on ${start.day} between ${start.minute} and ${end.minute} UTC`;
}

/** "port 445", "port 161/udp", "ICMP". */
export function portName(port: number, proto: string): string {
  if (proto === "icmp" || proto === "icmp6") return `ICMP type ${port}`;
  return proto === "tcp" || proto === "" ? `port ${port}` : `port ${port}/${proto}`;
}

function minuteOf(seconds: number): { readonly day: string; readonly minute: string } | undefined {
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) return undefined;
  const text = date.toISOString();
  const at = text.indexOf("T");
  return { day: text.slice(0, at), minute: text.slice(at + 1, at + 6) };
}
