// A file that is dropped on the form is chosen and sent. Without JavaScript the form's own field chooses it.
"use strict";

const form = document.querySelector("form[data-drop]");
const chosen = form.querySelector("[data-chosen]");
let depth = 0; // a drag enters and leaves each element within the form

function tell() {
  const [file] = form.elements.file.files;
  chosen.textContent = file ? `${file.name}, ${Math.ceil(file.size / 1024).toLocaleString("en")} kB` : "";
}

function mark(step) {
  depth = step ? Math.max(0, depth + step) : 0;
  form.classList.toggle("is-over", depth > 0);
}

form.classList.add("can-drop");
form.addEventListener("dragenter", () => mark(1));
form.addEventListener("dragleave", () => mark(-1));
form.addEventListener("dragover", (event) => event.preventDefault());
form.addEventListener("drop", (event) => {
  event.preventDefault();
  mark(0);
  if (!event.dataTransfer.files.length) return;
  if (event.dataTransfer.files.length > 1) {
    chosen.textContent = "One file at a time.";
    return;
  }
  form.elements.file.files = event.dataTransfer.files;
  tell();
  form.requestSubmit();
});
form.elements.file.addEventListener("change", tell);
