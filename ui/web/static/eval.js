// The eval: the buttons of the list of runs, and where the focus goes.
"use strict";
(() => {
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-eval]");
    if (!button) return;
    const detail = { action: button.dataset.eval, run: button.dataset.run };
    button.dispatchEvent(new CustomEvent("evaluate", { bubbles: true, detail }));
  });

  // The card of a run that was asked for takes the focus once it is there.
  let seen = null;
  const follow = () => {
    const goal = document.querySelector("#eval-card [data-eval-focus]");
    if (!goal || goal === seen || !goal.offsetParent) return;
    seen = goal;
    goal.focus();
  };
  document.addEventListener("DOMContentLoaded", () => {
    new MutationObserver(follow).observe(document.body, { childList: true, subtree: true });
  });
})();
