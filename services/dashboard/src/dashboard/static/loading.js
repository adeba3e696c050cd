// What the scripts of a page fetch, and what it says where one of them, or one that it needs, could not be loaded, as when a phone
// changes its network meanwhile. It comes first: those that follow tell of themselves when it is their turn.
"use strict";

const LONGEST_WAIT = 30000; // ms for the figures of a plot or a map

// The JSON at a path of this site; an Error that says in words why there is none.
async function loadJson(path) {
  const signal = AbortSignal.timeout(LONGEST_WAIT);
  try {
    const answer = await fetch(path, { signal });
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return await answer.json();
  } catch (error) {
    throw signal.aborted ? new Error(`the server did not answer within ${LONGEST_WAIT / 1000} s`) : error;
  }
}

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
