// The keys of the form that decides a deal. They count while the form has the focus alone: elsewhere a letter is a letter.
"use strict";
const form = document.getElementById("decide");

function choose(value) {
  const radio = form.querySelector(`input[name=choice][value="${value}"]`);
  if (!radio) return false;
  radio.checked = true;
  (value === "price" ? form.elements.price : value === "drop" ? form.elements.note : radio).focus();
  return true;
}

function press(key) {
  if (/^[1-9]$/.test(key)) return choose(key);
  if (key === "p") return choose("price");
  if (key === "n") return choose("drop");
  const later = document.getElementById("later");
  if (key === "l" && later) later.click();
  return key === "l" && later;
}

form.addEventListener("keydown", (event) => {
  const isText = event.target.matches("select, input:not([type=radio])");
  if (isText || event.ctrlKey || event.metaKey || event.altKey) return;
  if (press(event.key)) event.preventDefault();
});

// Whoever types a price or a reason has chosen that.
for (const [name, value] of [["price", "price"], ["note", "drop"]]) {
  form.elements[name].addEventListener("input", () => { form.querySelector(`input[value=${value}]`).checked = true; });
}
