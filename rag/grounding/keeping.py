"""Properties that are found once and kept with their object."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

_Found = TypeVar("_Found")


class kept_property(Generic[_Found]):  # noqa: N801 -- written as the decorators beside it are
    """As functools.cached_property, but without the lock that it takes in Python 3.11: with a dozen properties of a few
    microseconds for every pair that is judged, the lock takes as long as what it guards, and finding twice is harmless.
    """

    def __init__(self, find: Callable[[Any], _Found]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, owner: None, kind: type[Any]) -> kept_property[_Found]: ...

    @overload
    def __get__(self, owner: object, kind: type[Any] | None = None) -> _Found: ...

    def __get__(self, owner: Any, kind: type[Any] | None = None) -> kept_property[_Found] | _Found:
        """Called only until something is kept, since that then goes before this."""
        if owner is None:
            return self
        found: _Found = self._find(owner)
        owner.__dict__[self._name] = found
        return found
