"""Who may call: partners, their keys, and the check of every call (contract section 2)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from flow.signature import Credentials, Verdict, check, is_within, read_claim
from models.exchange import Answer

__all__ = ["ANY", "Admission", "Partner", "Partners", "is_partner_code", "is_world_name"]

ANY = "*"
"""A partner code that stands for every code: with one key, any shop may call."""

_CODE = re.compile(r"[A-Za-z0-9_-]{1,32}")
_WORLD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")

_REMEMBERED = 1024
"""How many right signatures are remembered; they grow old with the second."""

_TEXTS = {
    # Status and body of a wrong secret were recorded: err-bad-signature. The text of a
    # misencoded one is documented; 401 is documented for keys. The rest is our choice.
    Verdict.MISSING: (401, "Authentication credentials were not provided."),
    Verdict.UNSUPPORTED: (401, "The signature algorithm is not supported."),
    Verdict.UNKNOWN_KEY: (401, "The API key is not known."),
    Verdict.UNDATED: (401, "The Date header is missing."),
    Verdict.WRONG: (403, "You do not have permission to access this url"),
    Verdict.MISENCODED: (403, "Signature string does not match!"),
    Verdict.STALE: (403, "The Date header is too far from the present."),
    Verdict.FOREIGN: (403, "You do not have permission to access this url"),
}


def is_world_name(text: str) -> bool:
    """Up to 64 letters, digits, dots, dashes and underscores; the empty name is the usual world."""
    return not text or _WORLD.fullmatch(text) is not None


def is_partner_code(text: str) -> bool:
    """Up to 32 letters, digits, dashes and underscores; the insurer's have five."""
    return _CODE.fullmatch(text) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A shop that may call.

    Attributes:
        code: what stands in the path; `ANY` for every code.
        rate_limit: calls a second, or None for no limit.
    """

    code: str
    credentials: Credentials
    rate_limit: float | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """What became of a call at the gate, and the world its key names."""

    verdict: Verdict
    partner: Partner | None = None
    world: str = ""

    @property
    def refusal(self) -> Answer:
        """The answer to a call that is not let in."""
        status, text = _TEXTS[self.verdict]
        return Answer(status, {"type": "auth_error", "message": text})


class Partners:
    """All partners of a server.

    Args:
        partners: who may call.
        checks: False lets everybody in, whatever they sign.
        window: how many seconds a Date may be away from now; None does not ask, as staging
            did not (contract section 2).
    """

    def __init__(
        self, partners: Sequence[Partner], *, checks: bool = True, window: float | None = None
    ) -> None:
        self.all = tuple(partners)
        self.checks = checks
        self.window = window
        self._admitted: dict[tuple[str, str, str | None, str], Admission] = {}
        self._codes = {partner.code for partner in partners}
        self._by_key: dict[str, list[Partner]] = {}
        for partner in partners:
            self._by_key.setdefault(partner.credentials.key, []).append(partner)

    def serves(self, code: str) -> bool:
        """Whether there is a partner of that code."""
        return is_partner_code(code) and (code in self._codes or ANY in self._codes)

    @property
    def first_code(self) -> str:
        """The code meant when none is given: the first partner's."""
        code = self.all[0].code if self.all else ANY
        return "RETLR" if code == ANY else code

    def admit(self, code: str, method: str, path: str, headers: Mapping[str, str]) -> Admission:
        """Check a call to a partner's path. `headers` has lower-case names.

        A Date has no fractions, so calls of the same second are signed alike: a signature over
        the Date alone that was found right is found right again without being worked out.
        """
        given = headers.get("authorization", "")
        seen = (given, headers.get("date", ""), headers.get("x-api-key"), code)
        known = self._admitted.get(seen)
        if known is not None:
            return known
        admission = self._checked(code, method, path, headers)
        if admission.verdict.is_accepted and self.window is None and "headers" not in given:
            if len(self._admitted) >= _REMEMBERED:
                self._admitted.clear()
            self._admitted[seen] = admission
        return admission

    def _checked(self, code: str, method: str, path: str, headers: Mapping[str, str]) -> Admission:
        claim = read_claim(headers.get("authorization", ""))
        key = claim.key if claim is not None else headers.get("x-api-key", "")
        key, world = self._split(key)
        if not self.checks:
            known = self._of(key, code) or next(
                (p for p in self.all if p.code in (code, ANY)), None
            )
            return Admission(Verdict.UNCHECKED, known, world)
        if claim is None:
            return Admission(Verdict.MISSING)
        owners = self._by_key.get(key)
        said = headers.get("x-api-key")
        if not owners or (said is not None and said != claim.key):
            return Admission(Verdict.UNKNOWN_KEY)
        verdict = check(claim, owners[0].credentials.secret, method, path, headers)
        if verdict.is_accepted and self._is_stale(headers.get("date", "")):
            verdict = Verdict.STALE
        if not verdict.is_accepted:
            return Admission(verdict)
        owner = self._of(key, code)
        return Admission(verdict if owner else Verdict.FOREIGN, owner, world)

    def _of(self, key: str, code: str) -> Partner | None:
        return next((p for p in self._by_key.get(key, ()) if p.code in (code, ANY)), None)

    def _split(self, key: str) -> tuple[str, str]:
        """`KEY@WORLD` names a world with the key, for clients that can set no header of ours."""
        if key in self._by_key or "@" not in key:
            return key, ""
        own, _, world = key.rpartition("@")
        return own, world

    def _is_stale(self, date: str) -> bool:
        return self.window is not None and not is_within(date, self.window, datetime.now(UTC))
