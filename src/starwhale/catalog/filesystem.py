"""On which kind of file system a path lies, for SQLite must not live on a network one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Shared memory and locks of these do not reach beyond one machine, or not reliably.
_NETWORK = frozenset({
    "afpfs", "afs", "beegfs", "ceph", "cifs", "drvfs", "gfs", "gfs2", "glusterfs", "gpfs", "lustre",
    "ncpfs", "nfs", "nfs4", "ocfs2", "orangefs", "panfs", "pvfs2", "smb2", "smb3", "smbfs", "webdav",
})  # fmt: skip
_NETWORK_FUSE = frozenset({
    "blobfuse", "blobfuse2", "ceph", "cosfs", "curlftpfs", "davfs", "davfs2", "gcsfuse", "glusterfs",
    "goofys", "juicefs", "mountpoint-s3", "ossfs", "rclone", "s3fs", "sshfs",
})  # fmt: skip


def is_network(file_system: str) -> bool:
    """Tell whether the file system of this type reaches over a network. Unknown ones do not.

    Args:
        file_system: Type as the kernel names it, such as "ext4", "nfs4" or "fuse.sshfs".
    """
    kind, _, helper = file_system.lower().partition(".")
    return helper in _NETWORK_FUSE if kind in ("fuse", "fuseblk", "macfuse") else kind in _NETWORK


def file_system_of(path: Path) -> str:
    """Type of the file system that holds `path`; empty where the machine does not tell."""
    place = path.resolve()
    try:
        if sys.platform == "linux":
            return type_in_mountinfo(place, Path("/proc/self/mountinfo").read_text(errors="replace"))
        shown = subprocess.run(["/sbin/mount"], capture_output=True, text=True, check=False, timeout=10)
        return type_in_mount_listing(place, shown.stdout)
    except (OSError, subprocess.SubprocessError):
        return ""


def type_in_mountinfo(place: Path, table: str) -> str:
    """File system of the absolute `place` by the text of Linux's ``/proc/self/mountinfo``."""
    mounts: dict[str, str] = {}
    for line in table.splitlines():
        left, dash, right = line.partition(" - ")
        match left.split(" "):
            case [_id, _parent, _device, _root, point, *_] if dash:
                kind = right.split(" ")[0]
            case _:
                continue
        if kind == "9p" and "aname=drvfs" in right:
            kind = "drvfs"  # a Windows drive seen from WSL
        # Later lines lie over earlier ones on the same point.
        mounts[_unescaped(point)] = kind
    return _nearest_mount(place, mounts)


def type_in_mount_listing(place: Path, listing: str) -> str:
    """File system of the absolute `place` by the lines that ``mount`` prints on macOS."""
    mounts: dict[str, str] = {}
    for line in listing.splitlines():
        left, bracket, right = line.rpartition(" (")
        _, on, point = left.partition(" on ")
        if bracket and on:
            mounts[point] = right.partition(",")[0].rstrip(")")
    return _nearest_mount(place, mounts)


def _nearest_mount(place: Path, mounts: dict[str, str]) -> str:
    for point in (place, *place.parents):
        if str(point) in mounts:
            return mounts[str(point)]
    return ""


def _unescaped(field: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(code, character)
    return field
