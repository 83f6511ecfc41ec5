import type { Theme } from "../../charts/look.ts";
import { timeFormatter } from "../../charts/zone-time.ts";
import type { ReportDocument } from "../document.ts";
import { chartShelf } from "./chart-shelf.ts";
import type { PageContext } from "./context.ts";
import { button, element } from "./elements.ts";
import { addressState, type AddressState } from "./page-state.ts";
import { partViews } from "./parts.ts";
import { sharedRange } from "./time-range.ts";

/** Makes the page of the document that is embedded in it. */
function openPage(): void {
  const report = JSON.parse(document.querySelector("#document")?.textContent ?? "") as ReportDocument;
  const state = addressState();
  const themes = themeSwitch(state);
  const shelf = chartShelf(themes.theme);
  const context: PageContext = {
    time: timeFormatter(report.zone),
    theme: themes.theme,
    charts: shelf,
    state,
    range: sharedRange(state),
    openable: new Set(
      report.sections
        .flatMap(({ parts }) => parts)
        .flatMap((part) => (part.kind === "choice" ? part.choices.map(({ name }) => name) : [])),
    ),
    openers: new Map(),
    beforePrint: [],
  };
  themes.onChange(shelf.redraw);
  const sections = report.sections.map(({ id, title, parts }) =>
    element("section", { id }, element("h2", {}, title), ...partViews(parts, id, context)),
  );
  const head = element(
    "header",
    {},
    element("h1", {}, report.title),
    element("div", { class: "themes" }, themes.view),
    element("p", {}, report.summary),
    element(
      "p",
      { class: "note" },
      `Times are of the zone ${report.zone}. Written ${context.time(report.written, "minute")}.`,
    ),
  );
  document.body.append(
    element(
      "div",
      { class: "layout" },
      contentsOf(report, sections, state),
      element("main", {}, head, ...sections),
    ),
  );
  const asked = sections.find(({ id }) => id === state.section());
  asked?.scrollIntoView();
  window.addEventListener("beforeprint", () => {
    for (const prepare of context.beforePrint) prepare();
    shelf.drawForPrint();
  });
  window.addEventListener("afterprint", shelf.redraw);
}

function contentsOf(
  report: ReportDocument,
  sections: readonly HTMLElement[],
  state: AddressState,
): HTMLElement {
  const links = report.sections.map(({ id, title }, at) => {
    const link = element("a", { href: `#${id}` }, title);
    link.addEventListener("click", (event) => {
      event.preventDefault();
      state.setSection(id);
      sections[at]?.scrollIntoView();
    });
    return link;
  });
  const mark = () => {
    const passed = sections.findLastIndex(
      (section) => section.getBoundingClientRect().top < window.innerHeight / 3,
    );
    for (const [at, link] of links.entries()) {
      if (at === Math.max(0, passed)) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };
  let isWaiting = false;
  window.addEventListener(
    "scroll",
    () => {
      if (isWaiting) return;
      isWaiting = true;
      requestAnimationFrame(() => {
        isWaiting = false;
        mark();
      });
    },
    { passive: true },
  );
  requestAnimationFrame(mark);
  const list = element("ul", {}, ...links.map((link) => element("li", {}, link)));
  const folded = element("details", {}, element("summary", {}, "Contents"), list);
  const isWide = matchMedia("(min-width:1001px)");
  const fold = () => {
    folded.open = isWide.matches;
  };
  isWide.addEventListener("change", fold);
  fold();
  return element("nav", { class: "contents", "aria-label": "Contents" }, folded);
}

interface ThemeSwitch {
  readonly view: HTMLElement;
  readonly theme: () => Theme;
  readonly onChange: (action: () => void) => void;
}

/** The system's theme, until the reader asks for the other. */
function themeSwitch(state: AddressState): ThemeSwitch {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const theme = (): Theme => {
    const chosen = state.get("theme");
    if (chosen === "light" || chosen === "dark") return chosen;
    return system.matches ? "dark" : "light";
  };
  const actions: (() => void)[] = [];
  const apply = () => {
    document.documentElement.dataset["theme"] = theme();
    view.textContent = theme() === "dark" ? "Light theme" : "Dark theme";
    for (const action of actions) action();
  };
  const view = button("", () => {
    const other: Theme = theme() === "dark" ? "light" : "dark";
    state.set("theme", other === (system.matches ? "dark" : "light") ? undefined : other);
    apply();
  });
  system.addEventListener("change", apply);
  apply();
  return { view, theme, onChange: (action) => void actions.push(action) };
}

openPage();
