"""What is found once and kept: with an object, or by a word."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

_Key = TypeVar("_Key")
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


class Remembered(dict[_Key, _Found]):
    """As functools.lru_cache for a function of one argument, asked as ``table[key]``: in a quarter of the time, since
    it keeps no order of use. When it holds ``most`` it forgets all."""

    def __init__(self, find: Callable[[_Key], _Found], most: int) -> None:
        super().__init__()
        self._find, self._most = find, most

    def __missing__(self, key: _Key) -> _Found:
        if len(self) >= self._most:
            self.clear()
        found = self[key] = self._find(key)
        return found
