// Counts down how long prices are held, and then has the page look anew once.
"use strict";

for (const counter of document.querySelectorAll("[data-countdown]")) {
  const shown = counter.querySelector("[data-left]");
  const bar = counter.querySelector("progress");
  const end = performance.now() + Number(counter.dataset.countdown) * 1000;
  const tick = setInterval(() => {
    const left = Math.max(0, Math.ceil((end - performance.now()) / 1000));
    shown.textContent = String(left);
    bar.value = left;
    if (left > 0) return;
    clearInterval(tick);
    document.body.dispatchEvent(new Event("promise-over"));
  }, 500);
}
