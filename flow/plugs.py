"""Backends and shops by name: ours, an address, a recording, or `package.module:factory`."""

from __future__ import annotations

import importlib
import inspect
import os
import secrets
import sys
from collections.abc import Callable
from contextlib import suppress
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flow.backends.base import Backend
from flow.chance import Dice
from flow.deadline import LONGEST_STEP
from flow.errors import BackendError, BackendRefused, BackendUnreachable, PlugInvalid, described
from flow.shops.base import Shop
from flow.suite.runner import Plugs
from flow.suite.tapes import FileTapes
from flow.table import Trigger

if TYPE_CHECKING:
    from flow.suite.filing import Filing

__all__ = ["BACKENDS", "SHOPS", "plug_in"]


def _simulator(seed: int) -> Backend:
    from flow.backends.simulator import SimulatorBackend  # late: its catalogue takes time to read

    return SimulatorBackend(seed=seed)


def _reference(backend: Backend, seed: int) -> Shop:
    from flow.shops.reference import ReferenceShop

    return ReferenceShop(backend, Dice(seed))


def _portal(backend: Backend, seed: int) -> Shop:
    from flow.shops.portal import PortalShop  # late: it brings pages and forms along

    return PortalShop(backend, Dice(seed))


_MORE = {"backend": ", http://…, replay:PATH", "shop": ""}
_OVER_HTTP = ("http://", "https://")
_REPLAY = "replay:"
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def _over_http(url: str) -> Callable[[int], Backend]:
    """The insurer at an address. Keys come from the environment only.

    A purchaseflow server gives each journey an empty world, with clock and outbox; its control
    token is guessed on this machine and sent nowhere else unless it is set. The world is
    deleted when the process ends.
    """
    from multiprocessing.util import Finalize  # atexit is not kept by worker processes

    from flow.backends.http import HttpBackend, HttpControls, HttpTransport
    from flow.signature import Credentials

    host = _host(url)
    given = os.environ
    token = given.get("PURCHASEFLOW_CONTROL_TOKEN") or ("test-token" if host in _LOOPBACK else None)
    partner = given.get("PURCHASEFLOW_PARTNER", "RETLR")
    key = given.get("PURCHASEFLOW_API_KEY", "test-key")
    secret = given.get("PURCHASEFLOW_API_SECRET", "test-secret")
    transport = HttpTransport(url, Credentials(key, secret))
    world = f"run-{secrets.token_hex(4)}"
    if token is None:
        _check_keys(url, HttpBackend(transport, partner=partner))
        return lambda seed: HttpBackend(transport, partner=partner)
    controls = HttpControls(transport, token=token, partner=partner, world=world)
    if not controls.is_there:
        _check_keys(url, HttpBackend(transport, partner=partner))
        return lambda seed: HttpBackend(transport, partner=partner)
    _check_keys(url, HttpBackend(transport, partner=partner, world=world))
    made: list[Finalize] = []

    def leave() -> None:
        with suppress(BackendError):
            controls.delete()

    def make(seed: int) -> Backend:
        if not made:
            made.append(Finalize(None, leave, exitpriority=10))
        controls.reset(seed=seed)
        return HttpBackend(transport, partner=partner, control_token=token, world=world)

    return make


def _host(url: str) -> str:
    """The host of an address that may be printed: one without a password."""
    try:
        parts = urlsplit(url)
        host, person = parts.hostname, parts.username or parts.password
    except ValueError:
        host, person = None, None
    if person:
        shown = f"{url.partition('://')[0]}://***@{url.rpartition('@')[2]}"
        reason = "holds a name or password; keys come from PURCHASEFLOW_API_KEY and _API_SECRET"
        raise PlugInvalid(kind="backend", name=shown, reason=reason)
    if not host:
        raise PlugInvalid(kind="backend", name=url, reason="names no host")
    return host


def _check_keys(url: str, backend: Backend) -> None:
    """Ask for something harmless, so that wrong keys are told once and not at every step.

    Raises:
        PlugInvalid: the insurer refuses key, partner or path.
        BackendUnreachable: nobody listens there.
    """
    try:
        backend.list_bookings(limit=1)
    except BackendUnreachable:
        raise
    except BackendRefused as refusal:
        if refusal.status not in (401, 403, 404):
            return
        reason = (
            f"answers {refusal.status}: {' | '.join(refusal.texts)}; check the address and its "
            "prefix, PURCHASEFLOW_PARTNER, PURCHASEFLOW_API_KEY and PURCHASEFLOW_API_SECRET"
        )
        raise PlugInvalid(kind="backend", name=url, reason=reason) from refusal
    except BackendError:
        return  # what else is wrong, the scenarios will tell


def _replay(path: Path) -> Callable[[int], Backend]:
    """Recorded answers: each journey gets its own tape, or the capture that is nobody's own."""
    from flow.backends.replay import Recording, ReplayBackend, read_recordings

    found = read_recordings(path)
    seeded = {recording.seed: recording for recording in found if recording.seed is not None}
    captures = [recording for recording in found if recording.seed is None]
    usual = captures[0] if len(captures) == 1 else None
    nowhere = f"{path}, where this scenario is not, with this --seed and path"

    def make(seed: int) -> Backend:
        recording = seeded.get(seed) or usual or Recording(nowhere, [])
        return ReplayBackend(recording, partner=os.environ.get("PURCHASEFLOW_PARTNER", "RETLR"))

    return make


BACKENDS: dict[str, Callable[[int], Backend]] = {"simulator": _simulator}
SHOPS: dict[str, Callable[[Backend, int], Shop]] = {
    "reference": _reference,
    "portal": _portal,
}


def plug_in(
    backend: str,
    shop: str,
    record: str | None = None,
    documents: str | None = None,
    *,
    step_timeout: float = LONGEST_STEP,
) -> Plugs:
    """What `--backend` and `--shop` name.

    A backend factory is called with nothing, or with `seed` if it takes one; a shop factory with
    the backend to call, and with `seed` if it takes one. `record` names a folder for tapes,
    `documents` one for what insurer and shop give in writing; `step_timeout` is how many seconds
    a step on them may take.

    Raises:
        PlugInvalid: a name is unknown, or a factory cannot be imported.
        BackendUnreachable: nobody listens at the backend's address.
    """
    tapes = FileTapes(Path(record)) if record is not None else None
    return Plugs(
        backend=_backend(backend),
        shop=_shop(shop),
        record=tapes,
        filing=_filing(documents),
        step_timeout=step_timeout,
    )


def _filing(folder: str | None) -> Filing | None:
    if folder is None:
        return None
    from flow.suite.filing import Filing  # late: most runs print nothing

    return Filing(Path(folder))


def _backend(name: str) -> Callable[[int], Backend]:
    if name in BACKENDS:
        return BACKENDS[name]
    if name.startswith(_OVER_HTTP):
        return _over_http(name)
    if name.startswith(_REPLAY):
        return _replay(Path(name.removeprefix(_REPLAY)))
    factory = _imported("backend", name, BACKENDS)

    def make(seed: int) -> Backend:
        made: Backend = _made("backend", name, factory, (), seed)
        _check("backend", name, made, _methods(Backend))
        return made

    return make


def _shop(name: str) -> Callable[[Backend, int], Shop]:
    if name in SHOPS:
        return SHOPS[name]
    factory = _imported("shop", name, SHOPS)

    def make(backend: Backend, seed: int) -> Shop:
        made: Shop = _made("shop", name, factory, (backend,), seed)
        _check("shop", name, made, ["welcome"])  # what else it lacks shows when it is wanted
        _check_names(name, made)
        return made

    return make


def _imported(kind: str, name: str, known: dict[str, Any]) -> Callable[..., Any]:
    module_name, _, attribute = name.partition(":")
    if kind == "backend" and (attribute.partition("/")[0].isdigit() or "/" in name):
        reason = f"is no address; did you mean 'http://{name.rpartition('/')[2] or name}'?"
        raise PlugInvalid(kind=kind, name=name, reason=reason)
    if not attribute:
        names = ", ".join(sorted(known))
        reason = f"is unknown; known are {names}{_MORE[kind]}, or write package.module:factory"
        raise PlugInvalid(kind=kind, name=name, reason=reason)
    _check_module(kind, name, module_name)
    if "" not in sys.path:
        sys.path.insert(0, "")  # a plug beside the suite is found, as with python -m
    try:
        module = importlib.import_module(module_name)
    except ImportError as error:
        reason = f"module {module_name} cannot be imported: {error}"
        raise PlugInvalid(kind=kind, name=name, reason=reason) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        reason = f"module {module_name} fails on import: {described(error)}"
        raise PlugInvalid(kind=kind, name=name, reason=reason) from error
    factory = getattr(module, attribute, None)
    if not callable(factory):
        reason = f"module {module_name} has no callable {attribute}"
        raise PlugInvalid(kind=kind, name=name, reason=reason)
    return factory  # type: ignore[no-any-return]  # checked: callable


def _check_module(kind: str, name: str, module: str) -> None:
    """A file's name, or its path, is no module's."""
    parts = module.removesuffix(".py").replace("/", ".").strip(".").split(".")
    meant = ".".join(part for part in parts if part)
    if module != meant or not all(part.isidentifier() for part in parts):
        reason = f"'{module}' is no module's name; write package.module:factory"
        if meant and all(part.isidentifier() for part in meant.split(".")):
            reason += f", such as '{meant}:{name.partition(':')[2]}'"
        raise PlugInvalid(kind=kind, name=name, reason=reason)


def _made(
    kind: str, name: str, factory: Callable[..., Any], given: tuple[Any, ...], seed: int
) -> Any:
    try:
        return factory(*given, seed=seed) if _takes_seed(factory) else factory(*given)
    except (PlugInvalid, KeyboardInterrupt):
        raise
    except BaseException as error:
        reason = f"its factory fails: {described(error)}"
        raise PlugInvalid(kind=kind, name=name, reason=reason) from error


def _check_names(name: str, shop: object) -> None:
    """A method that is nearly a trigger is a slip of the pen, and would never be called."""
    triggers = [trigger.value for trigger in Trigger]
    for method in vars(type(shop)):
        near = get_close_matches(method, triggers, n=1, cutoff=0.85)
        if near and method not in triggers:
            reason = f"{type(shop).__name__}.{method} is no trigger; did you mean '{near[0]}'?"
            raise PlugInvalid(kind="shop", name=name, reason=reason)


def _takes_seed(factory: Callable[..., Any]) -> bool:
    try:
        return "seed" in inspect.signature(factory).parameters
    except ValueError:  # a built-in without a signature
        return False


def _methods(protocol: type) -> list[str]:
    return [name for name in dir(protocol) if not name.startswith("_") and name != "controls"]


def _check(kind: str, name: str, made: object, methods: list[str]) -> None:
    """Refuse a plug that lacks methods at once, naming them."""
    missing = [method for method in methods if not callable(getattr(made, method, None))]
    if missing:
        reason = f"{type(made).__name__} lacks {', '.join(missing)}"
        raise PlugInvalid(kind=kind, name=name, reason=reason)
