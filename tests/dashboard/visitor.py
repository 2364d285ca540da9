"""Somebody with a browser that runs no scripts: cookies, forms and pages over plain HTTP."""

from __future__ import annotations

import http.client
import re
from contextlib import closing
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import urlencode, urlsplit

__all__ = ["Page", "Visitor"]


@dataclass(frozen=True)
class Page:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    html: str

    @property
    def text(self) -> str:
        """What can be read on it, roughly: tags, style and script left out."""
        bare = re.sub(r"<(style|script)\b.*?</\1>", " ", self.html, flags=re.DOTALL)
        return " ".join(unescape(re.sub(r"<[^>]+>", " ", bare)).split())

    @property
    def seal(self) -> str:
        """What its forms carry."""
        found = re.search(r'name="seal" value="([^"]+)"', self.html)
        assert found is not None
        return found[1]


@dataclass
class Visitor:
    """Somebody who looks at a server's dashboard."""

    url: str
    cookie: str | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, **query: str) -> Page:
        """One request; redirects are not followed."""
        parts = urlsplit(self.url)
        target = f"/dashboard/{path}" if not path.startswith("/") else path
        target += f"?{urlencode(query)}" if query else ""
        headers = dict(self.headers)
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        if self.cookie is not None:
            headers["Cookie"] = self.cookie
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)) as c:
            c.request(method, target, body=body, headers=headers)
            reply = c.getresponse()
            given = {name.lower(): value for name, value in reply.getheaders()}
            return Page(reply.status, given, reply.read().decode())

    def see(self, path: str, **query: str) -> Page:
        """A page that has to be there."""
        page = self.ask("GET", path, None, **query)
        assert page.status == 200, (page.status, page.text)
        return page

    def sign_in(self, token: str = "test-token") -> Page:
        """Send the form of the first page."""
        page = self.ask("POST", "sign-in", {"token": token})
        if "set-cookie" in page.headers:
            self.cookie = page.headers["set-cookie"].partition(";")[0]
        return page

    def send(self, action: str, world: str, **fields: str) -> Page:
        """Send a form of the page of clock and faults."""
        place = {"partner": "RETLR", "world": world}
        seal = self.see("controls", **place).seal
        form = {"seal": seal, "action": action, **fields}
        return self.ask("POST", "controls", form, **place)
