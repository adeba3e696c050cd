// What the scripts of a page fetch, and what it says where one of them, or one that it needs, could not be loaded, as when a phone
// changes its network meanwhile. It comes first: those that follow tell of themselves when it is their turn.
"use strict";

const LONGEST_WAIT = 30000; // ms for what a script fetches

// What a fetch gives that heeds the signal which it is given; an Error that says so where that takes too long.
async function inTime(fetching) {
  const signal = AbortSignal.timeout(LONGEST_WAIT);
  try {
    return await fetching(signal);
  } catch (error) {
    throw signal.aborted ? new Error(`the server did not answer within ${LONGEST_WAIT / 1000} s`) : error;
  }
}

// The JSON at a path of this site; an Error that says in words why there is none.
const loadJson = (path) => inTime(async (signal) => {
  const answer = await fetch(path, { signal });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  return answer.json();
});

// Words of what went wrong, with a button that tries it again.
function orAgain(words, again) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: "Try again" });
  button.addEventListener("click", again);
  return [`${words} `, button];
}

// Says before a picture that it could not be loaded, until it is loaded anew; nothing where there are no words.
function tellFailed(picture, words = "", again = () => {}) {
  const told = picture.previousElementSibling;
  if (told?.matches("[data-failed]")) told.remove();
  if (!words) return;
  const failed = Object.assign(document.createElement("p"), { className: "notice warn" });
  failed.setAttribute("role", "alert");
  failed.dataset.failed = "";
  failed.append(...orAgain(words, again));
  picture.before(failed);
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
