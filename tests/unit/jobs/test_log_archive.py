"""Logs are copied to where other servers read them, while they are written and while they go away."""

from __future__ import annotations

from pathlib import Path

from starwhale.jobs.logs import LogArchive
from starwhale.storage.objects.directory import DirectoryObjects


def test_a_log_that_goes_away_meanwhile_keeps_no_other_from_being_copied(tmp_path: Path) -> None:
    archive, folder, done = LogArchive(DirectoryObjects(tmp_path / "objects")), tmp_path / "logs", {}
    folder.mkdir()
    # Listed, and not to be opened: as one that its worker removes in between.
    (folder / "0.0.log").symlink_to(folder / "gone")
    (folder / "1.0.log").write_text("one\n")
    archive.copy("job", folder, done)
    with (folder / "1.0.log").open("a") as log:
        log.write("two\n")
    archive.copy("job", folder, done)
    assert done == {"1.0": 8}
    assert archive.read("job", "1.0", 0, 100) == b"one\ntwo\n"
    assert archive.restore("job", tmp_path / "other") == {"1.0": 8}
    assert (tmp_path / "other" / "1.0.log").read_text() == "one\ntwo\n"
