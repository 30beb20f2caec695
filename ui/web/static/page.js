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
  let chosen = null;
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
  // The panel may come, or be drawn anew, after the click: the choice is made again then.
  const keepChosen = () => {
    const passage = chosen && document.getElementById(chosen);
    if (passage && !passage.classList.contains("is-chosen")) reveal(passage);
  };
  const cite = (link) => {
    const turn = Number(link.dataset.turn);
    const id = `p${turn}-${link.dataset.passage}`;
    cameFrom = link;
    chosen = id;
    const passage = document.getElementById(id);
    if (passage) { reveal(passage); return; }
    tell("choose", { turn });
  };
  const back = (link) => {
    const turn = document.getElementById(link.hash.slice(1));
    const goal = cameFrom?.isConnected ? cameFrom : turn;
    goal?.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
    cameFrom?.isConnected && cameFrom.focus({ preventScroll: true });
  };

  // Events of our own markup go to the server through the conversation, which listens to them.
  const tell = (name, detail) => {
    const host = document.querySelector("#conversation [id^='html-']") ?? document.getElementById("conversation");
    host?.dispatchEvent(new CustomEvent(name, { detail }));
  };
  const openTab = (name) => document.getElementById(`tab-${name}-button`)?.click();
  const openClaim = (id) => {
    openTab("lesson");
    const until = performance.now() + 3000;
    const find = () => {
      const claim = document.getElementById(id);
      if (claim?.offsetParent) {
        claim.scrollIntoView({ block: "center", behavior: calm.matches ? "auto" : "smooth" });
        document.dispatchEvent(new CustomEvent("claim", { detail: { id } }));
      } else if (performance.now() < until) requestAnimationFrame(find);
    };
    find();
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
    const asking = at("[data-ask]");
    if (asking) { openTab("chat"); tell("ask", { question: asking.dataset.ask }); return; }
    const claim = at("[data-claim]");
    if (claim) { event.preventDefault(); openClaim(claim.dataset.claim); return; }
    const fold = at("summary")?.parentElement;
    if (fold && keyOf(fold) !== -1) wanted.set(keyOf(fold), !fold.open);
    if (at("#new-chat")) { wanted.clear(); chosen = null; }
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

  // Follow an answer while it grows, its question never leaving the top, until the reader moves.
  const HEAD = 102;
  let follows = false;
  let wasLive = false;
  const leave = () => { follows = false; };
  ["wheel", "touchmove", "pointerdown"].forEach((name) => {
    window.addEventListener(name, leave, { passive: true });
  });
  window.addEventListener("keydown", (event) => {
    if (!event.target.closest?.("textarea")) leave();
  });
  const follow = () => {
    const live = document.querySelector("#live .answers");
    if (live && !wasLive) { follows = true; chosen = null; }
    wasLive = Boolean(live);
    const goal = live ?? [...document.querySelectorAll("#conversation .turn")].at(-1);
    if (!follows || !goal) return;
    const turn = (goal.closest(".turn") ?? goal).getBoundingClientRect();
    const below = ["after", "composer"].map((id) => document.getElementById(id)?.offsetHeight ?? 0);
    const end = turn.bottom + below[0] + below[1] - window.innerHeight;
    const way = Math.min(end, turn.top - HEAD);
    if (way > 0) window.scrollBy(0, way);
  };

  // A question that got no answer: why stands below it, perhaps out of sight.
  let warning = null;
  const showRefusal = () => {
    const alert = document.querySelector("#conversation .refused [role=alert]");
    if (alert && alert !== warning) {
      const behavior = calm.matches ? "auto" : "smooth";
      alert.closest(".turn").scrollIntoView({ block: "nearest", behavior });
    }
    warning = alert;
  };

  // A button that goes away takes the keyboard's place with it: the question box takes over.
  let stoodOn = null;
  document.addEventListener("focusin", (event) => {
    stoodOn = event.target.closest("#ask button, #after button, #starters button");
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

  document.addEventListener("DOMContentLoaded", () => {
    paint();
    new MutationObserver(paint).observe(document.body, { attributes: true, attributeFilter: ["class"] });
    new MutationObserver(() => { groupKinds(); follow(); keepChosen(); showRefusal(); keepFocus(); }).observe(document.body, {
      childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: ["id", "class"],
    });
  });
})();
