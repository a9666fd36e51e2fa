"""What jobs of this machine take from other instances: models and datasets that lie on a server."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from starwhale.core.addresses import Defaults, parse_uri
from starwhale.core.instances import LOCAL

if TYPE_CHECKING:
    from starwhale.artifacts.schemas import VersionRead
    from starwhale.core.kinds import Kind
    from starwhale.core.uri import ArtifactUri
    from starwhale.instance.local import LocalInstance


def read_address(instance: LocalInstance, text: str, kind: Kind) -> ArtifactUri:
    """A full address that was written down before.

    Raises:
        NotFound: it names an instance that is not configured any more.
    """
    if text.startswith(f"{LOCAL}/"):
        return parse_uri(text, kind=kind, defaults=Defaults())
    from starwhale.core.config import load_config

    return parse_uri(text, kind=kind, defaults=load_config(instance.settings.config_path).defaults())


def look_up(instance: LocalInstance, uri: ArtifactUri) -> VersionRead:
    """The version that an address means, wherever that lies.

    Raises:
        NotFound: there is none.
        Ambiguous: it means several.
        Unavailable: its server does not answer.
    """
    other = instance.at(uri.instance)
    return other.artifacts.resolve(other.actor, uri)


def bring_model(instance: LocalInstance, uri: ArtifactUri) -> VersionRead:
    """The version of a model that an address means, its files in the store of this machine.

    Of one that lies elsewhere only the files come: it is no version of this store.

    Raises:
        NotFound: there is none.
        Corrupted: a file is damaged over there.
        StorageFull: there is no space for it.
        Unavailable: its server does not answer.
    """
    from starwhale.instance.copying import in_parallel
    from starwhale.storage.blobs.carrying import carry

    other = instance.at(uri.instance)
    version = other.models.resolve(other.actor, uri)
    if other is instance:
        return version
    wanted = [version.manifest, *other.models.contents.references(version.manifest)]
    missing = instance.blobs.lacking([(digest, None) for digest in dict.fromkeys(wanted)])
    in_parallel(partial(carry, other.blobs, instance.blobs), missing, other.blobs.objects.concurrency)
    return version
