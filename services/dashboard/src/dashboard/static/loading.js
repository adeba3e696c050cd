// Says so where another script of the page, or one that it needs, could not be loaded, as when a phone changes its network
// meanwhile. It comes first: those that follow tell of themselves when it is their turn.
"use strict";

// Shows, once, or hides again what the page has to say of a trouble.
function tellTrouble(id, isThere) {
  document.documentElement.classList.toggle(id, isThere);
  const told = document.querySelector(`[data-trouble=${id}]`);
  if (!isThere) return told?.remove();
  const words = document.getElementById(id);
  if (!told) words?.after(words.content.cloneNode(true));
}

window.addEventListener("error", ({ target }) => {
  if (target instanceof HTMLScriptElement) tellTrouble("is-partial", true);
}, true);
