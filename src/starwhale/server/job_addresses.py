"""Addresses of services of jobs that need no login: good for a while, and for what their maker may do."""

from __future__ import annotations

from dataclasses import dataclass

from starwhale.catalog.outbox import emit
from starwhale.core.actor import Actor
from starwhale.core.errors import Forbidden, NotFound, Unauthorized
from starwhale.core.instances import LOCAL
from starwhale.core.permissions import WRITE_RUN
from starwhale.core.uri import JobUri
from starwhale.core.version import short
from starwhale.jobs.entering import EntryService
from starwhale.jobs.passes import PassService
from starwhale.kit.times import utc_now
from starwhale.server.signing import Signer

#: Where they lie.
ADDRESSES = "/api/v1/services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A service of a job."""

    uri: JobUri
    port: int


@dataclass(frozen=True, slots=True)
class JobAddresses:
    """Makes addresses and reads them.

    Args:
        entries: Ways into tasks.
        signer: Signs them.
        seconds: How long they are good.
    """

    entries: EntryService
    signer: Signer
    seconds: int = 8 * 3600

    def make(self, actor: Actor, wanted: Address) -> tuple[str, int]:
        """The word that stands for a service in an address, and the seconds for which it is good.

        They are no more than what he came with counts.

        Raises:
            NotFound: there is no such job, or it offers nothing there.
            Forbidden: he may not use services of jobs there.
        """
        number = self.entries.check(actor, wanted.uri, WRITE_RUN)
        job = self.entries.jobs.info(actor, wanted.uri)
        if all(step.spec.expose != wanted.port for step in job.plan.steps):
            raise NotFound(f"job {short(job.id)} offers no service on port {wanted.port}")
        facts = {"project": job.project, "job": job.id, "port": wanted.port}
        with self.entries.jobs.catalog.begin() as session:
            emit(session, actor, "job.service_addressed", facts, project=number)
        left = self.seconds if actor.until is None else int((actor.until - utc_now()).total_seconds())
        lasts = max(1, min(self.seconds, left))
        told = [job.project, job.id, wanted.port, actor.name, actor.user]
        return self.signer.sign(told, lasts=lasts), lasts

    def read(self, word: str) -> tuple[Address, Actor]:
        """What a word stands for, and who made it, with the rights that he has now.

        Raises:
            Forbidden: it was not made here, or is too old.
            Unauthorized: whoever made it has no account that counts.
        """
        try:
            project, job, port, name, user = self.signer.read(word)
        except (Forbidden, ValueError) as error:
            why = getattr(error, "message", "this is no address of a service")
            raise Forbidden(why, hint="ask for the address of the service again") from error
        address = Address(uri=JobUri(instance=LOCAL, project=project, job=job), port=port)
        owner = PassService(self.entries.jobs.catalog).owner(name)
        if owner.user != user:
            raise Unauthorized(f"{name} is somebody else by now", hint="ask for the address again")
        return address, owner
