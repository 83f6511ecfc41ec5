import { escapeText } from "../../base/escape.ts";

type Child = Node | string | undefined;

/**
 * An element with attributes and children. Strings become text, never markup, with what cannot be seen written as
 * escapes: nothing on the page is made in any other way.
 */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string | undefined>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes))
    if (value !== undefined) made.setAttribute(key, value);
  for (const child of children)
    if (child !== undefined) made.append(typeof child === "string" ? escapeText(child) : child);
  return made;
}

export function button(
  label: string,
  onClick: () => void,
  attributes: Readonly<Record<string, string>> = {},
): HTMLButtonElement {
  const made = element("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", onClick);
  return made;
}

/** A small drawing beside text, from path data of our own. */
export function icon(path: string, fill: string, stroke: string): SVGSVGElement {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const shape = document.createElementNS(space, "path");
  for (const [key, value] of Object.entries({
    width: "14",
    height: "14",
    viewBox: "0 0 14 14",
    "aria-hidden": "true",
  })) {
    svg.setAttribute(key, value);
  }
  for (const [key, value] of Object.entries({ d: path, fill, stroke, "stroke-width": "1.5" }))
    shape.setAttribute(key, value);
  svg.append(shape);
  return svg;
}

/** Hands a file to the browser's download. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = element("a", { href: address, download: name });
  link.click();
  // The download has its own hold on it by then.
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
