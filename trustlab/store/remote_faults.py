"""What goes wrong with an object store: whether it may pass, and what to do about it."""

from __future__ import annotations

import errno
import re
import sys
from typing import TYPE_CHECKING, Any

from trustlab.core.errors import ConflictError
from trustlab.core.redaction import STARS, secrets_in, shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# The base classes of what the libraries raise beside OSError; looked at only where they are loaded.
_KINDS = (
    ("botocore.exceptions", "BotoCoreError"),
    ("botocore.exceptions", "ClientError"),
    ("aiohttp", "ClientError"),
    ("gcsfs.retry", "HttpError"),
    ("google.auth.exceptions", "GoogleAuthError"),
    ("azure.core.exceptions", "AzureError"),
)
_LASTING_ERRNO = {errno.EINVAL, errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENAMETOOLONG, errno.EROFS, errno.ENOTDIR}
_CREDENTIALS = re.compile("Credential|Auth|Profile|Token")
_LASTING_NAMES = re.compile(f"{_CREDENTIALS.pattern}|Validation|Region|InvalidEndpoint")


def kinds() -> tuple[type[Exception], ...]:
    """Return the exceptions that fsspec and the libraries below it raise, of those that are loaded."""
    loaded = [(sys.modules.get(module), name) for module, name in _KINDS]
    return (OSError, *(getattr(module, name) for module, name in loaded if module is not None))


def is_missing_place(error: Exception) -> bool:
    """Tell whether not only the object is missing but what should hold it."""
    return any(_code(one) == "NoSuchBucket" for one in _causes(error))


def is_lasting(error: Exception) -> bool:
    """Tell whether it makes no sense to try again soon."""
    if isinstance(error, OSError):
        return isinstance(error, PermissionError | FileNotFoundError) or error.errno in _LASTING_ERRNO
    return bool(_LASTING_NAMES.search(type(error).__name__))


def explained(error: Exception, url: str, options: Mapping[str, Any]) -> ConflictError:
    """Return what to tell the user."""
    said = words(error, options)
    if is_missing_place(error):
        return ConflictError(
            f"the bucket of {shown(url)} must exist; got: {said}", hint="Make the bucket first, or correct objects_url."
        )
    if isinstance(error, PermissionError) or _CREDENTIALS.search(type(error).__name__):
        return ConflictError(
            f"{shown(url)} must let trustlab list, read, write and delete objects; got: {said}",
            hint="Check the credentials: for S3 AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, ~/.aws, or key and secret "
            "in objects_options.",
        )
    return ConflictError(
        f"the objects at {shown(url)} must be reachable; got: {said}",
        hint="See that the server answers and that objects_url and objects_options (endpoint_url) are right, "
        "then try again; what was committed before is untouched.",
    )


def words(error: BaseException, options: Mapping[str, Any]) -> str:
    """Return what an error says, without what the options keep secret."""
    text = shown(str(error).strip().partition("\n")[0]) or type(error).__name__
    for secret in sorted(secrets_in(options), key=len, reverse=True):
        text = text.replace(secret, STARS)
    return text


def _causes(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _code(error: BaseException) -> str | None:
    response = getattr(error, "response", None)
    return response.get("Error", {}).get("Code") if isinstance(response, dict) else None
