"""Sixty archives that are made to do harm: none writes outside, and none grows beyond its limits (FAULTS 28)."""

from __future__ import annotations

import io
import resource
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from starwhale.core.errors import StarwhaleError
from starwhale.datasets.sources import archive
from starwhale.models.facts.service import facts_of
from starwhale.server.restoring import restore
from starwhale.server.settings import ServerSettings
