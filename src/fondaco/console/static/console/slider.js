// Says in words where a slider stands; its list of words is in the page for whoever has no scripts.
"use strict";

for (const slider of document.querySelectorAll("input[type=range][data-words]")) {
  const words = document.getElementById(slider.dataset.words);
  const told = slider.form.querySelector("output");
  const tell = () => {
    const word = words.children[slider.value - slider.min].textContent;
    told.textContent = `${slider.value} · ${word}`;
    slider.setAttribute("aria-valuetext", told.textContent);
    for (const [place, one] of [...words.children].entries()) one.classList.toggle("here", place === slider.value - slider.min);
  };
  told.hidden = false;
  slider.addEventListener("input", tell);
  tell();
}
