import type { ReportPart } from "../document.ts";
import type { PageContext } from "./context.ts";
import { button, element } from "./elements.ts";

type Choice = Extract<ReportPart, { kind: "choice" }>;

/** More choices than this are a list to pick from. */
const TABS = 6;

/**
 * One of several. The chosen one is in the address under `key`. Its parts are made when it is first chosen; a table that
 * names a choice leads to it.
 */
export function choiceView(
  choice: Choice,
  key: string,
  context: PageContext,
  partsOf: (parts: readonly ReportPart[], key: string) => readonly HTMLElement[],
): HTMLElement {
  const panels = choice.choices.map((one) =>
    element(
      "div",
      { class: "panel", id: `${key}-${one.id}`, hidden: "" },
      element("h3", { class: "choicename" }, labelOf(one)),
    ),
  );
  const made = new Set<number>();
  const make = (at: number) => {
    const panel = panels[at];
    if (panel === undefined || made.has(at)) return;
    made.add(at);
    panel.append(...partsOf(choice.choices[at]?.parts ?? [], `${key}-${choice.choices[at]?.id ?? ""}`));
  };
  const control = controlOf(choice, (at) => show(at, true));
  const show = (at: number, isAsked: boolean) => {
    for (const [index, panel] of panels.entries()) panel.hidden = index !== at;
    make(at);
    control.mark(at);
    if (isAsked) context.state.set(key, at === 0 ? undefined : choice.choices[at]?.id);
  };
  const view = element("div", { class: "part" }, control.view, ...panels);
  for (const [at, { name }] of choice.choices.entries()) {
    if (context.openers.has(name)) continue;
    context.openers.set(name, () => {
      show(at, true);
      view.scrollIntoView({ block: "start" });
    });
  }
  context.beforePrint.push(() => {
    for (const at of panels.keys()) make(at);
  });
  const wanted = context.state.get(key);
  show(
    Math.max(
      0,
      choice.choices.findIndex(({ id }) => id === wanted),
    ),
    false,
  );
  return view;
}

function labelOf({ name, note }: Choice["choices"][number]): string {
  return note === undefined ? name : `${name} (${note})`;
}

interface Control {
  readonly view: HTMLElement;
  readonly mark: (at: number) => void;
}

function controlOf({ label, choices }: Choice, choose: (at: number) => void): Control {
  if (choices.length > TABS) {
    const select = element(
      "select",
      { "aria-label": label },
      ...choices.map((choice, at) => element("option", { value: String(at) }, labelOf(choice))),
    );
    select.addEventListener("change", () => choose(Number(select.value)));
    const view = element("label", { class: "tabs" }, `${label}:`, select);
    return { view, mark: (at) => void (select.value = String(at)) };
  }
  const tabs = choices.map((choice, at) => button(labelOf(choice), () => choose(at), { role: "tab" }));
  const view = element(
    "div",
    { class: "tabs", role: "tablist", "aria-label": label },
    element("span", {}, `${label}:`),
    ...tabs,
  );
  view.addEventListener("keydown", ({ key }) => {
    const step = key === "ArrowRight" ? 1 : key === "ArrowLeft" ? -1 : 0;
    const from = tabs.findIndex((tab) => tab === document.activeElement);
    if (step === 0 || from < 0) return;
    const to = (from + step + tabs.length) % tabs.length;
    tabs[to]?.focus();
    choose(to);
  });
  return {
    view,
    mark(at) {
      for (const [index, tab] of tabs.entries()) {
        tab.setAttribute("aria-selected", String(index === at));
        tab.tabIndex = index === at ? 0 : -1;
      }
    },
  };
}
