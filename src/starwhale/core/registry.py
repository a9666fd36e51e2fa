"""Extension points: a name is looked up in our own table, then among installed packages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from starwhale.core.errors import Conflict, MissingDependency, NotFound
from starwhale.core.names import quoted
from starwhale.kit.suggest import nearest

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoint

T = TypeVar("T")


class Registry(Generic[T]):
    """Named implementations of one port.

    Args:
        what: What they are, for messages: ``executor``.
        group: Entry-point group in which other packages announce theirs: ``starwhale.executors``.
    """

    def __init__(self, what: str, *, group: str) -> None:
        self._what = what
        self._group = group
        self._own: dict[str, T] = {}

    def register(self, name: str) -> Callable[[T], T]:
        """Enter what is decorated under `name`.

        Raises:
            Conflict: the name is taken by something else.
        """

        def enter(item: T) -> T:
            if self._own.setdefault(name, item) is not item:
                raise Conflict(f"there is already a {self._what} called {name!r}")
            return item

        return enter

    def get(self, name: str) -> T:
        """What is called `name`, imported from its package when it is not our own.

        Raises:
            NotFound: nothing is; the nearest name is suggested.
            MissingDependency: the package that announces it cannot be imported.
        """
        if name in self._own:
            return self._own[name]
        point = self._announced().get(name)
        if point is None:
            known = self.names()
            near = nearest(name, known)
            hint = f"did you mean {near!r}?" if near else f"there are: {', '.join(known) or 'none'}"
            raise NotFound(f"no {self._what} is called {quoted(name)}", hint=hint)
        try:
            return self._own.setdefault(name, point.load())
        except MissingDependency:
            # It says itself what is to be installed.
            raise
        except (ImportError, AttributeError) as exc:
            package = point.dist.name if point.dist else point.module
            message = f"{self._what} {name!r} of the package {package!r} cannot be loaded: {exc}"
            raise MissingDependency(message, hint=f"try `pip install --upgrade {package}`") from exc

    def names(self) -> tuple[str, ...]:
        """All names that `get` knows, sorted."""
        return tuple(sorted({*self._own, *self._announced()}))

    def _announced(self) -> dict[str, EntryPoint]:
        from importlib.metadata import entry_points

        return {point.name: point for point in entry_points(group=self._group)}
