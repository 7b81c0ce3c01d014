// What pages gain where scripts run; every form works without it.
const sentOnce = (event) => {
  const form = event.target;
  if (form.method !== "post") return; // asking twice harms nobody
  if (event.defaultPrevented) return; // htmx sends it, and the form stays on the page
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "1";
  // Not at once: a button that is disabled now would not say any more that it was the one.
  setTimeout(() => {
    for (const button of form.querySelectorAll("button[type=submit], button:not([type])")) {
      button.disabled = true;
    }
  });
};

document.addEventListener("submit", sentOnce);

// The way back shows the page as it was left; its buttons work again, and its key still works only once.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.disabled = false;
  }
});
