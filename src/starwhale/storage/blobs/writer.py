"""A blob that is written piece by piece."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Self

from starwhale.core.errors import UsageError
from starwhale.storage.objects.draft_filling import fill
from starwhale.storage.objects.ports import Data, Draft


class BlobWriter:
    """Hashes what it writes, in constant memory. Leaving the `with` block without `commit` leaves nothing.

    Args:
        draft: Where the bytes go.
        keep: Touches a blob of a digest and size; False when it is not there.
        settle: Makes the draft the blob of a digest.
    """

    def __init__(
        self,
        draft: Draft,
        *,
        keep: Callable[[str, int], bool],
        settle: Callable[[Draft, str], None],
    ) -> None:
        self._draft = draft
        self._keep = keep
        self._settle = settle
        self._hasher = hashlib.sha256()
        self._committed = False
        self.size = 0

    @property
    def digest(self) -> str:
        """Of what was written so far."""
        return self._hasher.hexdigest()

    def write(self, data: Data) -> int:
        """Append `data` and return its bytes.

        Raises:
            StorageFull: there is no space for it.
        """
        if self._committed:
            raise UsageError("this blob is complete, nothing can be added")
        view = memoryview(data).cast("B")
        self._draft.write(view)
        self._see(view)
        return len(view)

    def fill(self, path: Path, start: int = 0, length: int | None = None) -> None:
        """Make what a file holds the content, or a part of it; only before the first `write`.

        Raises:
            NotFound: there is no such file.
            UsageError: it is no regular file, or cannot be read.
        """
        fill(self._draft, path, self._see, start=start, length=length)

    def commit(self) -> str:
        """Store the blob and return its digest; durable then. A second time is a no-op.

        Raises:
            StorageFull: there is no space for it.
        """
        digest = self.digest
        if not self._committed:
            if not self._keep(digest, self.size):
                self._settle(self._draft, digest)
            self._draft.discard()
            self._committed = True
        return digest

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self._draft.discard()

    def _see(self, piece: Data) -> None:
        self._hasher.update(piece)
        self.size += len(piece)
