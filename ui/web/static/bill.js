// The bill's figures: a comma typed where only a decimal can be meant.
"use strict";
(() => {
  // Where thousands are never typed. A browser set to English drops a comma without a word, and
  // "1,5 years" would be 15.
  const small = "#figure-lifetime-years, #figure-hours-a-day, #figure-seconds-per-answer, #figure-price-per-kwh";
  document.addEventListener("beforeinput", (event) => {
    if (event.data !== "," || !event.target.closest?.(small)) return;
    event.preventDefault();
    document.execCommand("insertText", false, ".");
  });
})();
