import type { PageState } from "./context.ts";

/** The part of the address that names a section, and what was chosen: `#hosts&hosts-2=host-7&theme=dark`. */
export interface AddressState extends PageState {
  readonly section: () => string;
  readonly setSection: (id: string) => void;
}

export function addressState(): AddressState {
  const read = () => {
    const [section = "", ...rest] = location.hash.slice(1).split("&");
    return { section, chosen: new URLSearchParams(rest.join("&")) };
  };
  const write = (section: string, chosen: URLSearchParams) => {
    const text = [section, chosen.toString()].filter((part, at) => at === 0 || part !== "").join("&");
    // Not `location.hash`, which would scroll and fill the history.
    history.replaceState(null, "", text === "" ? location.pathname + location.search : `#${text}`);
  };
  return {
    section: () => read().section,
    setSection: (id) => write(id, read().chosen),
    get: (key) => read().chosen.get(key) ?? undefined,
    set(key, value) {
      const { section, chosen } = read();
      if (value === undefined) chosen.delete(key);
      else chosen.set(key, value);
      write(section, chosen);
    },
  };
}
