"""What settings say of an object store: its URL and the options that fsspec's class for it takes."""

from __future__ import annotations

import json
from typing import Any

from trustlab.core.database import shown
from trustlab.core.errors import RefusedError, UsageError, did_you_mean
from trustlab.core.optional import require

S3 = {"s3", "s3a"}


def check_url(url: str) -> str:
    """Return the URL's protocol; refuse one that cannot be."""
    from fsspec.registry import known_implementations, registry

    known = {*known_implementations, *registry}
    protocol = url.partition("://")[0]
    if protocol == "trust":
        raise RefusedError("objects_url must not lead into the store itself; got a trust:// address")
    if protocol not in known:
        raise UsageError(
            f"objects_url must be a folder or a URL that fsspec knows; got '{shown(url)}'."
            f"{did_you_mean(protocol, known)}",
            hint="For example s3://bucket/prefix; leave it out to keep objects in the workspace.",
        )
    if protocol in S3:
        require("s3", f"the objects_url {shown(url)}")
    return protocol


def read_options(text: str | None) -> dict[str, Any]:
    """Return the options, which are a JSON object."""
    if not text:
        return {}
    try:
        options = json.loads(text)
    except ValueError:
        options = None
    if not isinstance(options, dict):
        # The text is not shown: it may hold a password.
        raise UsageError(
            'objects_options must be a JSON object, such as {"endpoint_url": "http://host:9000"}; it is not',
            hint="See to it that it is in quotes as one text in config.toml or TRUSTLAB_OBJECTS_OPTIONS.",
        )
    return options
