"""Leases as they go over the network between a worker and its server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from starwhale.jobs.leases import Fenced, Holder, Lease, Unit

#: Variables by which a worker knows the server that has started it.
URL, TOKEN = "SW_WORK_URL", "SW_WORK_TOKEN"


def lease_to_json(lease: Lease) -> dict[str, Any]:
    """Plain dicts and scalars; `lease_from_json` reads them back."""
    return {**asdict(lease), "expires": lease.expires.isoformat()}


def lease_from_json(plain: Mapping[str, Any]) -> Lease:
    """Read what `lease_to_json` wrote."""
    known: dict[str, Any] = dict(plain)
    known["holder"] = Holder(**plain["holder"])
    known["expires"] = datetime.fromisoformat(plain["expires"])
    return Lease(**known)


def unit_to_json(unit: Unit) -> dict[str, Any] | None:
    """A lease, why there is none, or null where nothing is left to do."""
    if isinstance(unit, Fenced):
        return {"fenced": unit.message}
    return None if unit is None else {"lease": lease_to_json(unit)}


def unit_from_json(plain: Mapping[str, Any] | None) -> Unit:
    """Read what `unit_to_json` wrote."""
    if plain is None:
        return None
    return Fenced(plain["fenced"]) if "fenced" in plain else lease_from_json(plain["lease"])
