from __future__ import annotations

import pytest

from flow.errors import UsageError
from flow.suite.tags import parse_tags, tags_in


@pytest.mark.parametrize(
    ("expression", "tags", "fits"),
    [
        ("smoke", {"smoke"}, True),
        ("smoke", {"slow"}, False),
        ("smoke and not slow", {"smoke"}, True),
        ("smoke and not slow", {"smoke", "slow"}, False),
        ("opt-out or in-store", {"in-store"}, True),
        ("not (a or b) and c", {"c"}, True),
        ("not (a or b) and c", {"a", "c"}, False),
        ("a or b and c", {"a"}, True),
        ("not not a", {"a"}, True),
    ],
)
def test_expressions(expression: str, tags: set[str], fits: bool) -> None:
    assert parse_tags(expression)(tags) is fits


@pytest.mark.parametrize("expression", ["", "and", "a b", "(a", "a and", "not", "a)", "()"])
def test_nonsense_is_refused_with_an_example(expression: str) -> None:
    with pytest.raises(UsageError, match="write such as 'smoke and not slow'"):
        parse_tags(expression)


def test_the_tags_of_an_expression_are_known() -> None:
    assert tags_in("smoke and not (slow or in-store)") == ["smoke", "slow", "in-store"]
