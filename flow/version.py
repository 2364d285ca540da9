"""Which version this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

__all__ = ["own_version"]


def own_version() -> str:
    """The installed version of purchaseflow."""
    try:
        return version("purchaseflow")
    except PackageNotFoundError:
        return "unknown (not installed)"
