// What a stylesheet cannot do: the theme, opening a cited passage, copying, and keeping folds open.
"use strict";
(() => {
  const root = document.documentElement;
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");

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

  // Citations: open the passage, mark it, put the focus there; remember where the reader came from.
  let cameFrom = null;
  const reveal = (passage) => {
    document.querySelectorAll(".passage.is-chosen").forEach((each) => each.classList.remove("is-chosen"));
    passage.open = true;
    wanted.set(passage.id, true);
    passage.classList.add("is-chosen");
    const mark = passage.querySelector(".passage-text mark") ?? passage;
    passage.querySelector("summary").focus({ preventScroll: true });
    const behavior = calm.matches ? "auto" : "smooth";
    (passage.offsetHeight > window.innerHeight * 0.7 ? mark : passage).scrollIntoView({ block: "nearest", behavior });
  };
  const revealSoon = (id) => {
    const panel = document.getElementById("sources");
    const look = () => {
      const passage = document.getElementById(id);
      if (passage) { watcher.disconnect(); reveal(passage); }
    };
    const watcher = new MutationObserver(look);
    watcher.observe(panel, { childList: true, subtree: true, attributes: true, attributeFilter: ["id"] });
    setTimeout(() => watcher.disconnect(), 5000);
  };
  const cite = (link) => {
    const turn = Number(link.dataset.turn);
    const id = `p${turn}-${link.dataset.passage}`;
    cameFrom = link;
    const passage = document.getElementById(id);
    if (passage) { reveal(passage); return; }
    const host = link.closest("#conversation [id^='html-']") ?? link.closest("#conversation");
    revealSoon(id);
    host?.dispatchEvent(new CustomEvent("choose", { detail: { turn } }));
  };
  const back = (link) => {
    const turn = document.getElementById(link.hash.slice(1));
    const goal = cameFrom?.isConnected ? cameFrom : turn;
    goal?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    cameFrom?.isConnected && cameFrom.focus({ preventScroll: true });
  };

  const copy = async (button) => {
    const words = button.closest(".answer").querySelector(".answer-text").innerText;
    try {
      await navigator.clipboard.writeText(words);
      button.textContent = "Copied";
    } catch { button.textContent = "Not allowed"; }
    setTimeout(() => { button.textContent = "Copy"; }, 1500);
  };

  // Folds: an update of the page takes the "open" of the markup; the visitor's own choice wins.
  const wanted = new Map();
  const keyOf = (fold) => fold.id || [...document.querySelectorAll("#conversation details")].indexOf(fold);
  document.addEventListener("toggle", (event) => {
    const fold = event.target;
    if (!(fold instanceof HTMLDetailsElement)) return;
    const key = keyOf(fold);
    if (key !== -1 && wanted.has(key) && wanted.get(key) !== fold.open) fold.open = wanted.get(key);
  }, true);

  document.addEventListener("click", (event) => {
    const at = (selector) => event.target.closest?.(selector);
    const link = at("a[data-passage]");
    if (link) { event.preventDefault(); cite(link); return; }
    const way = at("a[data-back]");
    if (way) { event.preventDefault(); back(way); return; }
    if (at("[data-theme-switch]")) { switchTheme(); return; }
    const button = at("[data-copy]");
    if (button) { copy(button); return; }
    const fold = at("summary")?.parentElement;
    if (fold && keyOf(fold) !== -1) wanted.set(keyOf(fold), !fold.open);
    if (at("#new-chat")) wanted.clear();
  });

  // The two kinds are one group for the arrow keys, with a name.
  const groupKinds = () => {
    const group = document.getElementById("kind");
    if (!group) return;
    if (group.getAttribute("role") !== "radiogroup") {
      group.setAttribute("role", "radiogroup");
      group.setAttribute("aria-label", "Kind of model");
    }
    group.querySelectorAll("input").forEach((each) => {
      if (each.name !== "kind") each.name = "kind";
    });
  };

  // Follow the answer while it grows, unless the reader has scrolled away.
  let follows = true;
  const rest = () => root.scrollHeight - window.innerHeight - window.scrollY;
  window.addEventListener("scroll", () => { follows = rest() < 120; }, { passive: true });
  const follow = () => {
    if (!follows || !document.querySelector("#live .answer")) return;
    if (window.matchMedia("(max-width: 900px)").matches) {
      document.querySelector("#live .answer").scrollIntoView({ block: "nearest" });
    } else {
      window.scrollTo(0, root.scrollHeight);
    }
  };

  document.addEventListener("DOMContentLoaded", () => {
    paint();
    new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    new MutationObserver(() => { groupKinds(); follow(); })
      .observe(document.body, { childList: true, subtree: true, characterData: true });
  });
})();
