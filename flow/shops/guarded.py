"""A shop whose every error is one of ours: what a plugged one raises is named, not passed on."""

from __future__ import annotations

import os

from flow.acts import Act
from flow.errors import (
    BackendError,
    PlugInvalid,
    ShopFailed,
    ShopRefused,
    described,
    visible,
)
from flow.shops.base import HasSessions, Observation, Shop, ShopLacks, Visit, fault_of
from flow.table import Trigger
from flow.workers import check_process

__all__ = ["GuardedShop"]


class GuardedShop:
    """Lets a shop act, and believes nothing of what it does."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._process = os.getpid()

    @property
    def name(self) -> str:
        """The shop's class, for messages."""
        return type(self._shop).__name__

    def welcome(self, visit: Visit) -> None:
        """Let a shopper in.

        Raises:
            PlugInvalid: the shop cannot even do that.
        """
        try:
            self._shop.welcome(visit)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            reason = f"welcome raised {described(error)}"
            raise PlugInvalid(kind="shop", name=self.name, reason=reason) from error

    @property
    def has_sessions(self) -> bool:
        """Whether the shop says how a customer comes in once more."""
        return hasattr(type(self._shop), "another_session")  # an adapter answers to any name

    def another_session(self, visit: Visit) -> GuardedShop:
        """Let the same customer in once more.

        Raises:
            ShopLacks: the shop does not offer that.
            ShopFailed: it raised something, or gave no new session.
        """
        if not self.has_sessions or not isinstance(self._shop, HasSessions):
            msg = f"{self.name} does not offer another_session"
            raise ShopLacks(msg)
        try:
            session: object = self._shop.another_session(visit)
        except ShopLacks:
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            msg = f"{self.name}.another_session raised {described(error)}"
            raise ShopFailed(msg) from error
        if session is None or session is self._shop:
            what = "nothing" if session is None else "the session that was there"
            msg = f"{self.name}.another_session returned {what}, not a shop of its own"
            raise ShopFailed(msg)
        return GuardedShop(session)  # type: ignore[arg-type]  # a shop is known by what it does

    def do(self, trigger: Trigger, act: Act) -> Observation:
        """Let the shop do what goes with a trigger.

        Raises:
            BackendError: the insurer refused, or did not answer, and the shop passed that on.
            ShopLacks: the shop does not offer this.
            ShopRefused: it will not do it now.
            ShopFailed: it raised something else, or reported what cannot be read.
        """
        try:
            return self._do(trigger, act)
        finally:
            check_process(self._process)

    def _do(self, trigger: Trigger, act: Act) -> Observation:
        name = f"{self.name}.{trigger.value}"
        try:
            method = getattr(self._shop, trigger.value, None)
            if method is None:
                msg = f"{self.name} does not offer {trigger}"
                raise ShopLacks(msg)
            seen: object = method(_own(act))
        except (BackendError, ShopRefused) as error:
            if not _can_be_told(error):
                msg = f"{name} raised {described(error)}"
                raise ShopFailed(msg) from error
            raise
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a plugged shop may raise anything: a finding
            msg = f"{name} raised {described(error)}"
            raise ShopFailed(msg) from error
        if not isinstance(seen, Observation):
            msg = f"{name} returned {type(seen).__name__}, not an Observation"
            raise ShopFailed(msg)
        try:
            fault = fault_of(seen)
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # what it holds may not even let itself be shown
            fault = described(error)
        if fault is not None:
            msg = f"{name} reported what cannot be read: {fault}"
            raise ShopFailed(msg)
        return seen


def _own(act: Act) -> Act:
    """The act for the shop to keep, whatever it does to it: to sort a list in it, say."""
    if type(act) is Act:
        return act
    items = getattr(act, "items", None)
    return act.model_copy(update={"items": [*items]} if isinstance(items, list) else None)


def _can_be_told(error: Exception) -> bool:
    try:
        return visible(str(error)) == str(error)
    except KeyboardInterrupt:
        raise
    except BaseException:
        return False
