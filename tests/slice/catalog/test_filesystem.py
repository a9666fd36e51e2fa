"""SQLite is kept away from network file systems."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from starwhale.catalog.filesystem import (
    file_system_of,
    is_network,
    type_in_mount_listing,
    type_in_mountinfo,
)
from starwhale.catalog.sqlite import refuse_network
from starwhale.core.errors import Unavailable

MOUNTINFO = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,discard
40 27 0:40 / /home rw,relatime shared:20 master:3 - nfs4 server:/home rw,vers=4.2
41 40 0:41 / /home/me/local rw - xfs /dev/vdb rw
42 27 0:42 / /mnt/with\040space rw - cifs //server/share rw
43 27 0:43 / /mnt/ssh rw - fuse.sshfs me@host: rw
44 27 0:44 / /mnt/c rw - 9p drvfs rw,aname=drvfs;path=C:\;uid=1000
45 27 0:45 / /mnt/shared rw - 9p shared rw,trans=virtio
46 27 0:46 / /twice rw - nfs server:/x rw
47 46 0:47 / /twice rw - tmpfs tmpfs rw
a line that is cut
"""

LISTING = """
/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)
/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse)
server:/export on /Users/me/net work (nfs, nodev, nosuid, automounted)
//me@host/share on /Volumes/share (smbfs, nodev, nosuid, mounted by me)
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/etc/x", "ext4"),
        ("/home/me", "nfs4"),
        ("/home/me/local/a", "xfs"),
        ("/homes", "ext4"),
        ("/mnt/with space/a", "cifs"),
        ("/mnt/ssh", "fuse.sshfs"),
        ("/mnt/c/Users", "drvfs"),
        ("/mnt/shared/a", "9p"),
        ("/twice/a", "tmpfs"),
    ],
)
def test_linux_tells_the_file_system_by_the_nearest_mount(place: str, kind: str) -> None:
    assert type_in_mountinfo(Path(place), MOUNTINFO) == kind


@pytest.mark.parametrize(
    ("place", "kind"),
    [("/Users/me", "apfs"), ("/Users/me/net work/a", "nfs"), ("/Volumes/share/a", "smbfs")],
)
def test_macos_tells_it_by_the_listing_of_mounts(place: str, kind: str) -> None:
    assert type_in_mount_listing(Path(place), LISTING) == kind


@pytest.mark.parametrize(
    "kind", ["nfs", "nfs4", "NFS", "cifs", "smb3", "fuse.sshfs", "fuse.gcsfuse", "lustre", "drvfs"]
)
def test_network_file_systems_are_refused_with_the_remedy(kind: str) -> None:
    assert is_network(kind)
    with pytest.raises(Unavailable, match=rf"network file system \({kind}\)") as caught:
        refuse_network(Path("/x/catalog.sqlite"), kind)
    assert "SW_LOCAL_STORAGE" in caught.value.hint
    assert "PostgreSQL" in caught.value.hint


@pytest.mark.parametrize(
    "kind", ["ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay", "apfs", "fuse.fuse-overlayfs", "9p", ""]
)
def test_local_and_unknown_file_systems_are_not(kind: str) -> None:
    refuse_network(Path("/x/catalog.sqlite"), kind)


def test_the_machine_tells_the_file_system_of_a_folder(tmp_path: Path) -> None:
    kind = file_system_of(tmp_path)
    assert kind
    if sys.platform == "linux":
        known = {line.split()[-1] for line in Path("/proc/filesystems").read_text().splitlines()}
        assert kind.partition(".")[0] in known
