"""Logs are copied to where other servers read them, while they are written and while they go away."""

from __future__ import annotations

import os
from pathlib import Path

from starwhale.jobs.kept_logs import FolderLogs
from starwhale.jobs.logs import LogArchive
from starwhale.storage.objects.directory import DirectoryObjects


def test_a_log_that_goes_away_meanwhile_keeps_no_other_from_being_copied(tmp_path: Path) -> None:
    archive, folder, done = LogArchive(DirectoryObjects(tmp_path / "objects")), tmp_path / "logs", {}
    folder.mkdir()
    # Listed, and not to be opened: as one that its worker removes in between.
    (folder / "0.0.log").symlink_to(folder / "gone")
    # What a task has put in the place of its log.
    (folder / "0.1.log").symlink_to("/etc/hostname")
    os.mkfifo(folder / "0.2.log")
    (folder / "0.3.log").mkdir()
    (folder / "0 0.log").write_text("no task is called so")
    (folder / "1.0.log").write_text("one\n")
    archive.copy("job", folder, done)
    with (folder / "1.0.log").open("a") as log:
        log.write("two\n")
    archive.copy("job", folder, done)
    assert done == {"1.0": 8}
    assert archive.read("job", "1.0", 0, 100) == b"one\ntwo\n"
    assert archive.restore("job", tmp_path / "other") == {"1.0": 8}
    assert (tmp_path / "other" / "1.0.log").read_text() == "one\ntwo\n"


def test_all_logs_are_read_in_one_go_though_pieces_overlap_or_lack(tmp_path: Path) -> None:
    """As where somebody took a job over with what was copied by then, or where a bucket deletes by a rule."""
    objects = DirectoryObjects(tmp_path / "objects")
    archive = LogArchive(objects)
    pieces = {"a/0.0": {0: b"one\n", 4: b"two\n"}, "a/0.1": {0: b"one\ntwo\nth", 4: b"two\nthree\n"}}
    pieces |= {"b/0.0": {3: b"rest"}, "b/job": {0: b"whole", 2: b"ol"}}
    for task, parts in pieces.items():
        for start, data in parts.items():
            objects.put(f"joblogs/{task}/{start:016d}", data)
    objects.put("joblogs/stray", b"x")
    objects.put("jobusage/a/job/0000000000000000", b"[]\n")
    assert [(job, task, b"".join(data)) for job, task, data in archive.all()] == [
        ("a", "0.0", b"one\ntwo\n"),
        ("a", "0.1", b"one\ntwo\nthree\n"),
        ("b", "0.0", b"\0\0\0rest"),
        ("b", "job", b"whole"),
    ]
    assert [(job, task, b"".join(data)) for job, task, data in archive.usage.all()] == [("a", "job", b"[]\n")]


def test_logs_in_folders_are_files_and_nothing_that_they_point_to(tmp_path: Path) -> None:
    """Workers write there, and what they point to is not theirs."""
    (tmp_path / "secret").write_text("hush")
    logs = tmp_path / "run" / "a" / "logs"
    logs.mkdir(parents=True)
    (logs / "0.0.log").write_text("one\n")
    (logs / "0.1.log").symlink_to(tmp_path / "secret")
    (logs / "0.2.log").mkdir()
    os.mkfifo(logs / "0.3.log")
    (logs / "notes.txt").write_text("x")
    for odd in ("a b.log", "日本.log", "..log", "-rf.log", "x" * 230 + ".log"):
        (logs / odd).write_text("no task is called so")
    kept = FolderLogs(tmp_path / "run", "logs")
    assert [(job, task, b"".join(data)) for job, task, data in kept.all()] == [("a", "0.0", b"one\n")]
    (tmp_path / "backup").write_text("other\n")
    kept.put("b", "1.0", tmp_path / "backup")
    assert (tmp_path / "run" / "b" / "logs" / "1.0.log").read_text() == "other\n"
