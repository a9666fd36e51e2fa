"""What is under deploy/ fits the program."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from starwhale.server.configuration import configure

DEPLOY = Path(__file__).parents[4] / "deploy"


def test_the_example_of_settings_is_read(tmp_path: Path) -> None:
    settings = configure({}, {}, tmp_path, DEPLOY / "server.yaml").settings
    assert settings.secure
    assert settings.proxies == ("127.0.0.1",)


def test_every_setting_that_the_example_only_mentions_exists(tmp_path: Path) -> None:
    text = (DEPLOY / "server.yaml").read_text().replace("# metrics_token", "metrics_token")
    for name in ("catalog_url", "objects_url", "env", "  AWS_REGION", "  AWS_ENDPOINT_URL"):
        assert f"# {name}:" in text
        text = text.replace(f"# {name}:", f"{name}:")
    file = tmp_path / "server.yaml"
    file.write_text(text)
    settings = configure({}, {}, tmp_path, file).settings
    assert settings.store.objects_url == "s3://starwhale/production"
    assert set(settings.env) == {"AWS_REGION", "AWS_ENDPOINT_URL"}


def test_systemd_takes_the_unit(tmp_path: Path) -> None:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd is not here")
    swcli = tmp_path / "swcli"
    swcli.write_text("#!/bin/sh\n")
    swcli.chmod(0o755)
    unit = tmp_path / "starwhale.service"
    text = (DEPLOY / "starwhale.service").read_text()
    unit.write_text(
        text.replace("/opt/starwhale/bin/swcli", str(swcli)).replace("=starwhale\nGroup", "=root\nGroup")
    )
    done = subprocess.run(
        [program, "verify", "--man=no", "--recursive-errors=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    said = [line for line in done.stderr.splitlines() if "starwhale.service" in line]
    assert said == []
