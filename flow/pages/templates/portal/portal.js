"use strict";
// Everything works without this. It spares taps, and keeps what is typed before it is sent.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
  });
}
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});
for (const form of document.querySelectorAll("form[data-keep]")) {
  let timer = 0, changed = false;
  const keep = () => {
    clearTimeout(timer);
    if (!changed || form.dataset.sent) return;
    changed = false;
    navigator.sendBeacon(form.dataset.keep, new URLSearchParams(new FormData(form)));
  };
  form.addEventListener("input", () => { changed = true; clearTimeout(timer); timer = setTimeout(keep, 300); });
  form.addEventListener("change", keep);
  addEventListener("pagehide", keep);
}
for (const form of document.querySelectorAll("form[data-go]")) form.requestSubmit();
