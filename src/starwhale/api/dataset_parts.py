"""Parts of a `Dataset` that users hold in hand: its tags, its description, the forms of a row."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from starwhale.api.session import at
from starwhale.core.errors import Conflict, Forbidden, NotFound, UsageError
from starwhale.datasets.rows import DataRow

if TYPE_CHECKING:
    from starwhale.core.uri import ArtifactUri

Key = int | str


class DatasetTags:
    """Tags of one version; iterates over their names.

    Args:
        uri: Address of the version.
    """

    def __init__(self, uri: ArtifactUri) -> None:
        self._uri = uri

    def add(self, tags: str | list[str], force: bool = False, ignore_errors: bool = False) -> None:
        """Put tags on the version.

        Args:
            tags: One tag or several.
            force: Take them away from other versions.
            ignore_errors: Say nothing where a tag is refused.

        Raises:
            InvalidName: a tag is not allowed.
            Conflict: another version has one of them.
        """
        try:
            here = at(self._uri.instance)
            here.artifacts.add_tags(here.actor, self._uri, _listed(tags), force=force)
        except (Conflict, UsageError):
            if not ignore_errors:
                raise

    def remove(self, tags: str | list[str], ignore_errors: bool = False) -> None:
        """Take tags away from the version.

        Raises:
            NotFound: it has no such tag.
        """
        try:
            here = at(self._uri.instance)
            here.artifacts.remove_tags(here.actor, self._uri, _listed(tags))
        except (NotFound, UsageError):
            if not ignore_errors:
                raise

    def __iter__(self) -> Iterator[str]:
        here = at(self._uri.instance)
        return iter(here.artifacts.tags(here.actor, self._uri))

    def __contains__(self, tag: object) -> bool:
        return tag in list(self)

    def __repr__(self) -> str:
        return f"DatasetTags({', '.join(self)})"


def _listed(tags: str | list[str]) -> list[str]:
    return [tags] if isinstance(tags, str) else list(tags)


class VersionedInfo(dict[str, Any]):
    """The description of a dataset: a dict of JSON-able values, kept with each version.

    Args:
        values: What it holds.
        store: Takes the whole description after each change; None where it cannot be changed.
    """

    def __init__(self, values: Mapping[str, Any], store: Callable[[dict[str, Any]], None] | None) -> None:
        super().__init__(values)
        self._store = store

    def _changed(self) -> None:
        import orjson

        if self._store is None:
            raise Forbidden("the dataset was opened read-only", hint="open it without readonly=True")
        try:
            self._store(orjson.loads(orjson.dumps(dict(self))))
        except TypeError as exc:
            raise UsageError(f"the description of a dataset holds JSON values only: {exc}") from None

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        self._changed()

    def __delitem__(self, name: str) -> None:
        super().__delitem__(name)
        self._changed()

    def update(self, *args: Any, **more: Any) -> None:
        """Set several values at once."""
        super().update(*args, **more)
        self._changed()


def unpack_item(item: Any) -> tuple[Key | None, Mapping[str, Any]]:
    """Key and features of what users hand over as a row: a dict, ``(key, dict)`` or a `DataRow`.

    Raises:
        UsageError: it is none of them.
    """
    if type(item) is dict or isinstance(item, Mapping):  # the first is quicker, and most are
        return None, item
    if isinstance(item, DataRow):
        return item.index, item.features
    if isinstance(item, tuple) and len(item) == 2 and isinstance(item[1], Mapping):
        return item[0], item[1]
    if isinstance(item, tuple) and len(item) == 1 and isinstance(item[0], Mapping):
        return None, item[0]
    raise UsageError(
        f"a row is a dict, a (key, dict) pair or a DataRow, not {type(item).__name__}",
        hint="for example {'image': ..., 'label': 3}",
    )
