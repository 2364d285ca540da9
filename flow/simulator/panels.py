"""The texts of an offer as the catalogue holds them, one panel per language.

They are our own; the wire's form of them is made in `offers`.
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["Entry", "Panel", "PlanTexts"]


class Entry(BaseModel):
    """An entry of the catalogue file: an unknown key in it is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class PlanTexts(Entry):
    """What is said about one plan."""

    title: str
    description: str = ""
    disclaimer: str = ""
    benefits: dict[str, str] = Field(default_factory=dict)
    inclusions: dict[str, str] = Field(default_factory=dict)
    exclusions: dict[str, str] = Field(default_factory=dict)
    terms_cta_html: str = ""
    credibility_badge: str = ""


class Panel(Entry):
    """What is said about an offer, in one language. `plans` goes by the names of the plans."""

    title: str
    heading: str
    sub_heading: str = ""
    description: str = ""
    price_unit: str = ""
    disclaimer: str
    positive_cta: str
    negative_cta: str
    negative_cta_warning: str
    required_message: str
    credibility_message: str = ""
    extras: dict[str, str] = Field(default_factory=dict)
    plans: dict[str, PlanTexts]
