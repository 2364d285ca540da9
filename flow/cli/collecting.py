"""`collection`: common requests for Postman and Newman."""

from __future__ import annotations

import json
from pathlib import Path

import click

from flow.cli.exits import ExitCode
from flow.cli.options import catalogue_option

__all__ = ["COMMANDS"]


@click.command("collection")
@catalogue_option
def collection_verb(catalogue: str | None) -> int:
    """Print a Postman collection (v2.1) that walks both APIs, signing every request.

    \b
    Examples:
      purchaseflow collection > retail.postman_collection.json
      newman run retail.postman_collection.json --env-var baseUrl=http://127.0.0.1:8089/x
    """
    from flow.collection.postman import postman_collection
    from flow.simulator.catalogue import default_catalogue, load_catalogue

    sold = default_catalogue() if catalogue is None else load_catalogue(Path(catalogue))
    click.echo(json.dumps(postman_collection(sold), indent=2, ensure_ascii=False))
    return ExitCode.HELD


COMMANDS = {"collection": collection_verb}
