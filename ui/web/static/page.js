// What belongs to no tab: the theme, the toggle as one group, the keys, the keyboard's place.
"use strict";
(() => {
  const root = document.documentElement;
  const byId = (id) => document.getElementById(id);

  // Theme: the visitor's choice, else the system's.
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const remembered = () => {
    try { return localStorage.getItem("theme"); } catch { return null; }
  };
  const paint = () => {
    const theme = remembered() ?? (system.matches ? "dark" : "light");
    root.dataset.theme = theme;
    if (document.body && document.body.classList.contains("dark") !== (theme === "dark")) {
      document.body.classList.toggle("dark", theme === "dark");
    }
  };
  const switchTheme = () => {
    const next = root.dataset.theme === "dark" ? "light" : "dark";
    try { localStorage.setItem("theme", next); } catch { /* the choice lasts for this page */ }
    root.dataset.theme = next;
    paint();
  };
  paint();
  system.addEventListener("change", paint);

  // The kinds are one group for the arrow keys, with a name.
  const groupKinds = () => {
    const group = byId("kind");
    if (!group) return;
    if (group.getAttribute("role") !== "radiogroup") group.setAttribute("role", "radiogroup");
    if (!group.getAttribute("aria-label")) group.setAttribute("aria-label", "Kind of model");
    group.querySelectorAll("input").forEach((each) => {
      if (each.name !== "kind") each.name = "kind";
      // For the style sheets: a rule over what stands inside something costs a long page dear.
      if (each.checked && root.dataset.kind !== each.value) root.dataset.kind = each.value;
    });
  };
  document.addEventListener("change", (event) => { if (event.target.name === "kind") groupKinds(); });

  // On a phone the row of tabs may be wider than the page: the chosen one is in view.
  let chosenTab = null;
  const followTab = () => {
    const tab = document.querySelector('#tabs [role="tab"][aria-selected="true"]');
    if (!tab || tab === chosenTab) return;
    chosenTab = tab;
    const [row, at] = [tab.parentElement.getBoundingClientRect(), tab.getBoundingClientRect()];
    if (at.left < row.left) tab.parentElement.scrollLeft += at.left - row.left;
    else if (at.right > row.right) tab.parentElement.scrollLeft += at.right - row.right;
  };

  // A button that goes away takes the keyboard's place with it: the question box takes over.
  let stoodOn = null;
  document.addEventListener("focusin", (event) => {
    stoodOn = event.target.closest("#ask button, #starters button");
    if (stoodOn && !stoodOn.matches(":focus-visible")) stoodOn = null;
  });
  const keepFocus = () => {
    if (!stoodOn || stoodOn.offsetParent) return;
    // A button that is hidden, not removed, still has the focus until the page is painted.
    if ([document.body, stoodOn].includes(document.activeElement)) {
      document.querySelector("#question textarea")?.focus({ preventScroll: true });
    }
    stoodOn = null;
  };

  // Keys. None of them while something is typed; only Escape stops an answer from the box, too.
  const dialog = () => byId("keys");
  const choose = (kind) => document.querySelector(`#kind input[value="${kind}"]`)?.click();
  const keys = {
    "?": () => dialog()?.showModal(),
    "/": () => document.querySelector("#question textarea")?.focus(),
    o: () => choose("open"),
    p: () => choose("proprietary"),
    b: () => choose("both"),
    n: () => { byId("new-chat")?.click(); document.querySelector("#question textarea")?.focus(); },
    v: () => byId("look")?.click(),
    j: () => window.counterpointChat?.walk(1),
    k: () => window.counterpointChat?.walk(-1),
    t: switchTheme,
  };
  const isTyping = (target) => Boolean(target.closest?.("textarea, select, [contenteditable], input:not([type=radio], [type=checkbox], [type=button])"));
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target;
    const isInChat = Boolean(byId("composer")?.offsetParent);
    if (event.key === "Escape" && isInChat && (!isTyping(target) || target.closest("#question"))) {
      if (window.counterpointChat?.closePreview() || window.counterpointChat?.stop()) event.preventDefault();
      return;
    }
    const act = keys[event.key];
    if (!act || isTyping(target)) return;
    if (!isInChat && !["?", "t"].includes(event.key)) return;
    event.preventDefault();
    act();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-theme-switch]")) switchTheme();
    if (event.target.closest?.("[data-keys]")) dialog()?.showModal();
    if (event.target.closest?.("[data-close-dialog]")) event.target.closest("dialog")?.close();
  });

  document.addEventListener("DOMContentLoaded", () => {
    paint();
    new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    // Once a frame at most, however much is drawn.
    let isDue = false;
    const look = () => { isDue = false; groupKinds(); followTab(); keepFocus(); window.counterpointChat?.look(); };
    new MutationObserver(() => {
      if (isDue) return;
      isDue = true;
      requestAnimationFrame(look);
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ["id", "class", "style"] });
  });
})();
