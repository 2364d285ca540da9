"""Every document of a world: the certificate and the wording of each booking."""

from __future__ import annotations

from flow.documents.certificate import certificate_of, certificate_sheet, reader_of
from flow.documents.wording import wording_sheet
from flow.paper.sheet import Sheet
from flow.simulator.world import World

__all__ = ["sheets_of"]


def sheets_of(world: World) -> dict[str, Sheet]:
    """The sheets by names for their files; what was never booked has none."""
    sheets: dict[str, Sheet] = {}
    for package in world.packages.values():
        if package.policyholder is None:
            continue
        certificate = certificate_of(world, package)
        sheets[f"certificate-{package.id}"] = certificate_sheet(certificate, reader_of(package))
        sheets[f"wording-{package.id}"] = wording_sheet(
            world, package.id, package.policies, package=package, country=package.country
        )
    return sheets
