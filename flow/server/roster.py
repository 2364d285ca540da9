"""The partners' file: who may call, each with keys and limits of its own."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from flow.errors import ConfigInvalid
from flow.server.limits import LEAST_LIMIT
from flow.server.partners import Partner, is_partner_code
from flow.signature import Credentials

__all__ = ["read_roster"]


def _code(text: str) -> str:
    if not is_partner_code(text):
        msg = "is to be up to 32 letters, digits, dashes or underscores"
        raise ValueError(msg)
    return text


class _Row(BaseModel):
    """One `[[partner]]`. The secret may stand in the environment: `api_secret_env` names it."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: Annotated[str, AfterValidator(_code)]
    api_key: Annotated[str, Field(min_length=1)]
    api_secret: Annotated[str, Field(min_length=1)] | None = None
    api_secret_env: Annotated[str, Field(min_length=1)] | None = None
    rate_limit: Annotated[float, Field(ge=LEAST_LIMIT, allow_inf_nan=False)] | None = None


class _Roster(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    partner: Annotated[list[_Row], Field(min_length=1)]


def read_roster(path: Path, rate_limit: float | None = None) -> list[Partner]:
    """The partners of a TOML file; `rate_limit` is for those that name none.

    Raises:
        ConfigInvalid: the file cannot be read, or an entry is wrong; secrets are not shown.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise _invalid(path, "file", f"cannot be read: {error}") from error
    try:
        rows = _Roster.model_validate(table).partner
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "file"
        raise _invalid(path, where, first["msg"].removeprefix("Value error, ")) from error
    partners = [_partner(path, number, row, rate_limit) for number, row in enumerate(rows)]
    _check_codes(path, [partner.code for partner in partners])
    _check_secrets(path, partners)
    return partners


def _check_codes(path: Path, codes: list[str]) -> None:
    """Each partner is listed once: of two entries only one could be meant."""
    for number, code in enumerate(codes):
        first = codes.index(code)
        if first != number:
            text = f"{code} is the code of partner.{first} already; keep one of them"
            raise _invalid(path, f"partner.{number}.code", text)


def _check_secrets(path: Path, partners: list[Partner]) -> None:
    secrets: dict[str, str] = {}
    for partner in partners:
        own = partner.credentials
        if secrets.setdefault(own.key, own.secret) != own.secret:
            raise _invalid(path, "api_key", f"{own.key} is given two secrets")


def _partner(path: Path, number: int, row: _Row, rate_limit: float | None) -> Partner:
    secret = row.api_secret
    if (secret is None) is (row.api_secret_env is None):
        text = "give either api_secret or api_secret_env, the variable that holds it"
        raise _invalid(path, f"partner.{number}", text)
    if row.api_secret_env is not None:
        secret = os.environ.get(row.api_secret_env)
        if not secret:
            text = f"the variable {row.api_secret_env} is not set"
            raise _invalid(path, f"partner.{number}.api_secret_env", text)
    return Partner(
        code=row.code,
        credentials=Credentials(row.api_key, secret or ""),
        rate_limit=row.rate_limit if row.rate_limit is not None else rate_limit,
    )


def _invalid(path: Path, setting: str, reason: str) -> ConfigInvalid:
    return ConfigInvalid(setting=setting, origin=str(path), reason=reason)
