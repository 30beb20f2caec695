// The taste test: buttons and keys of a round, the sources below it, and where the focus goes.
"use strict";
(() => {
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const stage = () => document.querySelector("#taste-stage [data-stage]");
  const isShown = (element) => Boolean(element && element.offsetParent);

  // A stage takes one answer: what it leads to is a stage of its own.
  let spent = null;
  const markOf = (round) => (round?.dataset.round ? `${round.dataset.round}-${round.dataset.stage}` : null);
  const use = (button) => {
    const mark = markOf(button.closest("[data-stage]"));
    if (mark && mark === spent && button.dataset.taste !== "stop") return;
    if (button.dataset.taste === "forget" && !sure(button)) return;
    spent = mark;
    const detail = { action: button.dataset.taste, value: button.dataset.value ?? null, round: mark };
    button.dispatchEvent(new CustomEvent("taste", { bubbles: true, detail }));
    // Should the server not answer, the buttons come back.
    setTimeout(() => { if (spent === mark) spent = null; }, 4000);
  };
  const sure = (button) => {
    if (button.dataset.sure) return true;
    button.dataset.sure = "yes";
    button.querySelector("span").textContent = "Really delete them?";
    setTimeout(() => {
      if (!button.isConnected) return;
      delete button.dataset.sure;
      button.querySelector("span").textContent = "Delete my votes";
    }, 5000);
    return false;
  };

  const showSource = (link) => {
    const source = document.getElementById(link.hash.slice(1));
    if (!source) return;
    source.open = true;
    source.querySelector("summary").focus({ preventScroll: true });
    source.scrollIntoView({ block: "nearest", behavior: calm.matches ? "auto" : "smooth" });
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-taste]");
    if (button) { use(button); return; }
    const link = event.target.closest?.("#taste a.cite");
    if (link) { event.preventDefault(); showSource(link); }
  });

  document.addEventListener("keydown", (event) => {
    if (event.repeat || event.ctrlKey || event.metaKey || event.altKey || !isShown(stage())) return;
    const at = event.target;
    if (at.closest?.("input, textarea, select, [contenteditable], [role=dialog], [role=tablist]")) return;
    // Enter belongs to whatever has the focus.
    if (event.key === "Enter" && at.closest?.("button, a, summary")) return;
    const button = document.querySelector(`#taste-stage [data-key="${CSS.escape(event.key)}"]`);
    if (!isShown(button)) return;
    event.preventDefault();
    use(button);
  });

  // A new stage takes the focus to its question, unless the reader is elsewhere on the page.
  let seen = "";
  const follow = () => {
    const now = stage();
    const mark = now ? `${now.dataset.round}-${now.dataset.stage}` : "";
    if (mark !== spent) spent = null;
    if (mark === seen) return;
    const before = seen;
    seen = mark;
    if (!now || !isShown(now)) return;
    const goal = now.querySelector("[data-focus]");
    const free = [document.body, null].includes(document.activeElement)
      || document.activeElement.closest("#taste");
    if (goal && free) goal.focus({ preventScroll: true });
    if (["writing", "revealed", "result"].includes(now.dataset.stage) || !before) {
      window.scrollTo({ top: 0, behavior: calm.matches ? "auto" : "smooth" });
    }
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(follow).observe(document.body, { childList: true, subtree: true });
  });
})();
