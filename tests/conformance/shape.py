"""Compares two JSON bodies by shape: keys, types, nullability and formats at every level."""

from __future__ import annotations

import re
from typing import Any

_FORMS = (
    ("uuid", r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}"),
    ("ins number", r"[A-Z0-9]{5}-[A-Z0-9]{5}-INS"),
    ("update id", r"(?:[A-Za-z0-9]{5}-){3}UPD"),
    ("cancellation id", r"(?:[A-Za-z0-9]{5}-){3}CCL"),
    ("token", r"(?:[A-Za-z0-9]{5}-){3}[A-Za-z0-9]{5}"),
    ("timestamp", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z"),
    ("instant Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    ("instant offset", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00"),
    ("instant offset fraction", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"),
    ("instant bare", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    ("duration", r"(?:\d+ )?\d\d:\d\d:\d\d(?:\.\d{6})?"),
    ("money", r"(?:£|[A-Z]{0,2}[$¥€])\d+(?:\.\d\d)?"),
    ("money spaced", r"(?:£|[A-Z]{0,2}[$¥€])\u00a0\d+(?:\.\d\d)?"),
    ("decimal 2", r"\d+\.\d{2}"),
    ("decimal 20", r"\d+\.\d{20}"),
)
_LINK = re.compile(r"https?://[^/]+(/.*)?")
_ID_IN_LINK = re.compile(
    r"[A-Z0-9]{5}-[A-Z0-9]{5}-INS|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    r"|(?:[A-Za-z0-9]{5}-){3}[A-Za-z0-9]{5}"
)


def form(value: Any) -> str:
    """Type and format of one value: `float`, `text`, `timestamp`, `money`, `link /en/pds/ID`."""
    if not isinstance(value, str):
        return type(value).__name__
    for name, pattern in _FORMS:
        if re.fullmatch(pattern, value):
            return name
    if _LINK.fullmatch(value):
        return "link"
    return "text"


def link_path(value: str) -> str:
    """A link without its host, ids replaced: `/en/coi/ID?security_token=ID`."""
    match = _LINK.fullmatch(value)
    path = (match[1] or "/") if match else value
    return _ID_IN_LINK.sub("ID", path)


def differences(recorded: Any, ours: Any, path: str = "$") -> list[str]:
    """Where the shapes differ, in words; nothing when they are the same."""
    if isinstance(recorded, dict) and isinstance(ours, dict):
        found = [f"{path}.{key}: missing" for key in recorded.keys() - ours.keys()]
        found += [f"{path}.{key}: not recorded" for key in ours.keys() - recorded.keys()]
        for key in recorded.keys() & ours.keys():
            found += differences(recorded[key], ours[key], f"{path}.{key}")
        return sorted(found)
    if isinstance(recorded, list) and isinstance(ours, list):
        if len(recorded) != len(ours):
            return [f"{path}: {len(recorded)} entries recorded, {len(ours)} here"]
        return [
            difference
            for index, (left, right) in enumerate(zip(recorded, ours, strict=True))
            for difference in differences(left, right, f"{path}[{index}]")
        ]
    left, right = form(recorded), form(ours)
    if left != right:
        return [f"{path}: {left} recorded ({recorded!r}), {right} here ({ours!r})"]
    if left == "link" and path.rsplit(".", 1)[-1] in LINKS_OF_THE_INSURER:
        theirs, own = link_path(recorded), link_path(ours)
        if theirs != own:
            return [f"{path}: link {theirs} recorded, {own} here"]
    return []


LINKS_OF_THE_INSURER = {
    "pds_url",
    "url",
    "pdf",
    "account_url",
    "sign_up_url",
    "fnol_link",
    "cancel_link",
    "next",
    "previous",
}
"""Links whose path is the insurer's; the partner's own links (logo, help) are free."""
