// While a scan runs, look again, but not while somebody is typing. Without JavaScript a link does this when it is pressed.
"use strict";
function look() {
  const active = document.activeElement;
  const isTyping = active && /^(INPUT|TEXTAREA)$/.test(active.tagName);
  const hasText = [...document.querySelectorAll("textarea, input")].some((box) => box.value !== box.defaultValue);
  const isReading = document.querySelector(".deal details[open]");
  if (isTyping || hasText || isReading) setTimeout(look, 4000);
  else location.reload();
}
setTimeout(look, 4000);
