"""Templates to HTML. Whatever a shopper typed is escaped, and turns no words round but its own; a
name that is missing is an error."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from flow.pages.direction import closed

if TYPE_CHECKING:
    from jinja2 import Environment
    from jinja2.runtime import Context

__all__ = ["render"]


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context

    @pass_context
    def finalize(context: Context, value: object) -> object:
        """Close what a text leaves open; the portal's forms give back what was typed in them."""
        is_form = (context.name or "").startswith("portal/")
        return closed(value) if type(value) is str and not is_form else value

    environment = Environment(
        loader=PackageLoader("flow.pages"),
        autoescape=True,
        finalize=finalize,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["closed"] = closed
    return environment


def render(template: str, /, **values: object) -> str:
    """The template filled in.

    Args:
        template: its path below `flow/pages/templates`, such as `portal/sign_in.html`.
        values: what it names; all text in them is escaped.

    Raises:
        jinja2.UndefinedError: the template names something that was not given.
    """
    return _environment().get_template(template).render(**values)
