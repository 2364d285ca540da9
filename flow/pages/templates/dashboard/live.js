"use strict";
// Without this script the page is right when it is loaded. With it, it is read anew whenever the
// server says that something has happened, and what differs is exchanged: open details stay open,
// what has the focus keeps it.
(() => {
  const wire = document.getElementById("wire");
  let reading = false, stale = false;

  const say = (text, on) => {
    if (wire.textContent !== text) wire.textContent = text;
    wire.classList.toggle("on", on);
  };

  // Exchange what differs below a region. Elements with an id are known by it, and kept.
  const renew = (old, fresh) => {
    if (old.isEqualNode(fresh)) return;
    if (old.tagName !== fresh.tagName || old.tagName === "IFRAME") return old.replaceWith(fresh);
    if (old.tagName === "DETAILS") fresh.open = old.open;
    for (const name of old.getAttributeNames())
      if (!fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const name of fresh.getAttributeNames())
      if (old.getAttribute(name) !== fresh.getAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
    const known = new Map([...old.children].filter((one) => one.id).map((one) => [one.id, one]));
    let place = old.firstChild;
    for (const one of [...fresh.childNodes]) {
      const same = one.id ? known.get(one.id) : place && place.nodeName === one.nodeName && !place.id ? place : null;
      if (same && same !== place) old.insertBefore(same, place);
      if (!same) { old.insertBefore(one, place); continue; }
      place = same.nextSibling;
      if (one.nodeType === Node.ELEMENT_NODE) renew(same, one);
      else if (same.nodeValue !== one.nodeValue) same.nodeValue = one.nodeValue;
    }
    while (place) { const next = place.nextSibling; place.remove(); place = next; }
  };

  const read = async () => {
    if (reading) { stale = true; return; }
    reading = true;
    const begun = performance.now();
    try {
      const answer = await fetch(location.href, { cache: "no-store" });
      if (answer.redirected) return location.reload();
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const region of document.querySelectorAll("[data-region]")) {
        const other = fresh.getElementById(region.id);
        if (other) renew(region, document.adoptNode(other));
      }
      say("live", true);
    } catch {
      say("not live: the server is silent", false);
    } finally {
      // A page that takes long to make is asked for less often.
      setTimeout(() => { reading = false; if (stale) { stale = false; read(); } }, 4 * (performance.now() - begun));
    }
  };

  if (!wire) return;
  const source = new EventSource(wire.dataset.live);
  source.addEventListener("changed", read);
  source.addEventListener("error", () =>
    say(source.readyState === EventSource.CLOSED ? "not live: reload for news" : "not live: trying again", false));
  addEventListener("pagehide", () => source.close());
})();
