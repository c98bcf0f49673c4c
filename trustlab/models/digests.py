"""Hashes of a model's state."""

from __future__ import annotations

from typing import Any


def of_bytes(*parts: bytes) -> str:
    """Return the BLAKE3 hash of the parts, each preceded by its length so that no two lists collide."""
    from blake3 import blake3

    hasher = blake3()
    for part in parts:
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.hexdigest()


def of_text(text: str) -> str:
    """Return the BLAKE3 hash of a text's UTF-8 bytes, as ``b3sum`` prints it."""
    from blake3 import blake3

    return blake3(text.encode()).hexdigest()


def of_object(obj: Any) -> str:
    """Return a hash of an object's whole state.

    joblib's hasher walks the object as pickle does and takes arrays by their bytes. What pickle cannot reach (a lambda,
    a function of a notebook, an open connection) is hashed by its code and the state that can be reached.
    """
    import pickle

    import joblib

    if callable(obj) and hasattr(obj, "__code__"):
        return _of_function(obj)
    try:
        return str(joblib.hash(obj))
    except (pickle.PicklingError, TypeError, AttributeError):
        state = getattr(obj, "__dict__", {})
        return of_bytes(
            type(obj).__qualname__.encode(), *(f"{key}={_reachable(state[key])}".encode() for key in sorted(state))
        )


def _of_function(function: Any) -> str:
    code = function.__code__
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    names = [function.__globals__[name] for name in sorted(code.co_names) if name in function.__globals__]
    state = [*cells, *names, function.__defaults__, function.__kwdefaults__]
    owner = getattr(function, "__self__", None)
    parts = [_reachable(item) for item in [*state, owner] if item is not None and item is not function]
    return of_bytes(_code(code).encode(), *(part.encode() for part in parts))


def _code(code: Any) -> str:
    """Return a hash of what a function does: its instructions, its constants and the names that they reach for."""
    constants = [_constant(item) for item in code.co_consts]
    return of_bytes(
        code.co_code, repr((code.co_names, code.co_freevars)).encode(), *(one.encode() for one in constants)
    )


def _constant(item: Any) -> str:
    # The text of a function within holds its place in memory, that of a set an order that changes with the process.
    if hasattr(item, "co_code"):
        return _code(item)
    if isinstance(item, tuple):
        return f"({','.join(_constant(one) for one in item)})"
    return f"{{{','.join(sorted(map(_constant, item)))}}}" if isinstance(item, frozenset) else repr(item)


def _reachable(item: Any) -> str:
    import pickle
    from types import FunctionType, ModuleType

    import joblib

    if isinstance(item, ModuleType):
        return item.__name__
    if isinstance(item, FunctionType):
        return _code(item.__code__)
    try:
        return str(joblib.hash(item))
    except (pickle.PicklingError, TypeError, AttributeError):
        return type(item).__qualname__
