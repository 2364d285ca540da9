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
// What is typed is held by the tab until it is sent, so that a reload loses nothing; never a card.
const held = (form) => [...form.elements].filter((one) =>
  one.name && one.type !== "hidden" && !one.autocomplete?.startsWith("cc-"));
for (const form of document.querySelectorAll("form[data-hold]")) {
  const place = `purchaseflow ${location.pathname}`;
  const typed = () => held(form).filter((one) => one.type !== "radio" || one.checked).map((one) => [one.name, one.value]);
  try {
    for (const [name, value] of JSON.parse(sessionStorage.getItem(place)) ?? []) {
      for (const one of held(form)) {
        if (one.name !== name) continue;
        if (one.type === "radio") one.checked = one.value === value; else one.value = value;
      }
    }
    form.addEventListener("input", () => sessionStorage.setItem(place, JSON.stringify(typed())));
    addEventListener("submit", () => sessionStorage.removeItem(place));
  } catch { /* a tab that may hold nothing */ }
}
if (document.querySelector("form#sign-in")) {
  try { sessionStorage.clear(); } catch { /* as above */ }
}
// The server keeps it too, for another tablet, or when this one is signed out.
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
