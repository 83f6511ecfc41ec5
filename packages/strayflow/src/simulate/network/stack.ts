/** How an operating system's network code shows in a connection log. */
export interface Stack {
  readonly name: string;
  /** TCP option bytes of its SYN. */
  readonly synOptions: number;
  /** Whether it asks for TCP timestamps, 12 bytes in every segment when both ends do. */
  readonly timestamps: boolean;
  readonly lowestPort: number;
  readonly highestPort: number;
  readonly ports: "sequential" | "random";
  /** Payload of its ping. */
  readonly pingBytes: number;
}

const windows: Stack = {
  name: "windows",
  synOptions: 12,
  timestamps: false,
  lowestPort: 49152,
  highestPort: 65535,
  ports: "sequential",
  pingBytes: 32,
};

const linux: Stack = {
  name: "linux",
  synOptions: 20,
  timestamps: true,
  lowestPort: 32768,
  highestPort: 60999,
  ports: "random",
  pingBytes: 56,
};

const mac: Stack = {
  ...windows,
  name: "mac",
  synOptions: 24,
  timestamps: true,
  ports: "random",
  pingBytes: 56,
};

/** Small devices: cheap TCP, few ports. */
const embedded: Stack = {
  name: "embedded",
  synOptions: 4,
  timestamps: false,
  lowestPort: 1025,
  highestPort: 5000,
  ports: "sequential",
  pingBytes: 56,
};

/** A tool that crafts its packets (scanners, flooders): no options, or only the segment size. */
const crafted: Stack = {
  name: "crafted",
  synOptions: 0,
  timestamps: false,
  lowestPort: 1024,
  highestPort: 65535,
  ports: "random",
  pingBytes: 0,
};

export const stacks = { windows, linux, mac, embedded, crafted } as const;
export type StackName = keyof typeof stacks;
