// Count down to the end of what the house promises, then have the page ask anew, while somebody looks at it.
const RENEWALS_MAX = 20;
const ends = new WeakMap();
let renewals = 0;

const endOf = (counter) => {
  const known = ends.get(counter);
  if (known && known.name === counter.dataset.name) return known;
  const made = {
    name: counter.dataset.name,
    at: performance.now() + Number(counter.dataset.countdown) * 1000,
    isOver: false,
  };
  ends.set(counter, made);
  return made;
};

const tick = () => {
  for (const counter of document.querySelectorAll("[data-countdown]")) {
    const end = endOf(counter);
    const left = Math.max(0, Math.ceil((end.at - performance.now()) / 1000));
    const shown = counter.querySelector("[data-left]");
    if (shown) shown.textContent = String(left);
    const bar = counter.querySelector("progress");
    if (bar) bar.value = left;
    if (left === 0 && !end.isOver && !document.hidden && renewals < RENEWALS_MAX) {
      end.isOver = true;
      renewals += 1;
      document.body.dispatchEvent(new Event("promise-over"));
    }
  }
};

tick();
setInterval(tick, 250);
