"""Shared settings of all models: requests are strict, replies are tolerant, both are frozen."""

from __future__ import annotations

from typing import Any, Self

from pydantic import BaseModel, ConfigDict

__all__ = ["MOST_ENTRIES", "Empty", "Json", "Reply", "Request"]

Json = dict[str, Any]
"""A JSON object as it crosses the border. `Any` is allowed here and gone after validation."""


MOST_ENTRIES = 200
"""How many quotes a call may be about. # no limit was recorded: our choice"""


class Request(BaseModel):
    """What a partner sends. An unknown field is refused, as the insurer refuses it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def wire(self) -> Json:
        """The JSON object to send: only what was set, amounts as numbers."""
        return self.model_dump(mode="json", exclude_unset=True)


class Empty(Request):
    """A call that carries nothing but itself: an empty object."""


class Reply(BaseModel):
    """What the insurer answers. An unknown field is kept, so that a newer answer still loads."""

    model_config = ConfigDict(extra="allow", frozen=True)

    @classmethod
    def from_wire(cls, body: object) -> Self:
        """Load a decoded JSON body.

        Raises:
            pydantic.ValidationError: a field is missing or of another type than was recorded.
        """
        return cls.model_validate(body)

    def wire(self) -> Json:
        """The JSON object it was loaded from, field for field."""
        return self.model_dump(mode="json", exclude_unset=True)
