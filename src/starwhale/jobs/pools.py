"""Resource pools: who may use them, and what a step may ask for in one."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, insert, select, update

from starwhale.accounts.repository import UserRepository
from starwhale.catalog.outbox import emit
from starwhale.catalog.tables.accounts import UserRow
from starwhale.catalog.tables.pools import PoolRow, PoolUserRow
from starwhale.core.errors import Conflict, Corrupted, Forbidden, InvalidSpec, NotFound, UsageError
from starwhale.core.names import check_name
from starwhale.core.permissions import Action, Permission, Resource
from starwhale.core.resources import GPU, amount_of, normalise
from starwhale.core.revisions import check_revision, revision_of
from starwhale.kit.suggest import nearest
from starwhale.kit.times import utc_now

if TYPE_CHECKING:
    from starwhale.catalog.engine import Catalog, Session
    from starwhale.core.actor import Actor
    from starwhale.jobs.plan import StepPlan

MANAGE_POOLS = Permission(Resource.SYSTEM, Action.MANAGE)
#: The pool of whoever names none; it is there, without bounds, unless somebody has made one of this name.
DEFAULT = "default"
Bounds = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolRead:
    """One pool.

    Attributes:
        labels: What machines that belong to it are labelled with.
        bounds: See `PoolRow`.
        users: Login names of those who may see it where it is private; told to administrators only.
        broken: Its bounds cannot be read, and so nothing runs in it.
    """

    name: str
    description: str = ""
    private: bool = False
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    bounds: Bounds = field(default_factory=dict[str, Mapping[str, float]])
    users: tuple[str, ...] = ()
    created_at: datetime | None = None
    created_by: str = ""
    broken: bool = False

    @property
    def revision(self) -> str:
        """Says what pool this is: whoever changes it names the one he saw."""
        return revision_of(self.description, self.private, self.labels, self.bounds, sorted(self.users))


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolWish:
    """What a pool is to be like.

    Attributes:
        bounds: ``{"memory": {"most": "8Gi", "default": "1Gi"}}``.
        users: Login names.
    """

    description: str = ""
    private: bool = False
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    bounds: Mapping[str, Mapping[str, Any]] = field(default_factory=dict[str, Mapping[str, Any]])
    users: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class PoolService:
    """Pools of one instance.

    Args:
        catalog: Where they are written down.
    """

    catalog: Catalog

    def list(self, actor: Actor) -> list[PoolRead]:
        """The pools that one may use, by name; the one that orders mean who name none comes first."""
        with self.catalog.read() as session:
            rows = session.scalars(select(PoolRow)).all()
            found = [_read(session, actor, row) for row in rows if _sees(session, actor, row)]
        if all(row.name != DEFAULT for row in rows):
            found.append(_UNBOUNDED)
        return sorted(found, key=place_of)

    def get(self, actor: Actor, name: str) -> PoolRead:
        """One pool.

        Raises:
            NotFound: there is none of this name that he may use; the nearest is suggested.
        """
        with self.catalog.read() as session:
            row = session.scalar(select(PoolRow).where(PoolRow.name == name))
            if row is not None and _sees(session, actor, row):
                return _read(session, actor, row)
            if row is None and name == DEFAULT:
                return _UNBOUNDED
        known = [each.name for each in self.list(actor)]
        near = nearest(name, known)
        hint = f"name one that you may use: {', '.join(known[:5])}" if known else "there is none for you"
        raise NotFound(f"no resource pool {name!r}", hint=f"did you mean {near!r}?" if near else hint)

    def create(self, actor: Actor, name: str, wish: PoolWish) -> PoolRead:
        """Make a pool.

        Raises:
            Forbidden: the caller is no administrator.
            InvalidName: it cannot be called so.
            InvalidSpec: a bound makes no sense.
            Conflict: there is one of this name.
            NotFound: there is no such user.
        """
        _check(actor)
        check_name(name, "pool")
        with self.catalog.begin() as session:
            if session.scalar(select(PoolRow.id).where(PoolRow.name == name)) is not None:
                raise Conflict(f"there is a resource pool {name!r} already")
            values = {"name": name, "created_at": utc_now(), "created_by": actor.name, **_values(wish)}
            number = session.execute(insert(PoolRow).values(values).returning(PoolRow.id)).scalar_one()
            _let_in(session, number, wish.users)
            emit(session, actor, "pool.created", {"pool": name})
        return self.get(actor, name)

    def change(self, actor: Actor, name: str, wish: PoolWish, *, expected: str | None = None) -> PoolRead:
        """Make a pool like `wish`; jobs that were made before keep what they were given.

        Args:
            actor: Who changes it.
            name: Which.
            wish: What it is to be like.
            expected: The `revision` that he has seen; None to change whatever is there.

        Raises:
            NotFound: there is none of this name.
            Outdated: somebody else has changed it since.
            and as `create`.
        """
        _check(actor)
        with self.catalog.begin() as session:
            number = _number(session, name)
            row = session.scalars(select(PoolRow).where(PoolRow.id == number).with_for_update()).one()
            check_revision(expected, _read(session, actor, row).revision, f"resource pool {name!r}")
            session.execute(update(PoolRow).where(PoolRow.id == number).values(_values(wish)))
            session.execute(delete(PoolUserRow).where(PoolUserRow.pool_id == number))
            _let_in(session, number, wish.users)
            emit(session, actor, "pool.changed", {"pool": name})
        return self.get(actor, name)

    def remove(self, actor: Actor, name: str) -> None:
        """Forget a pool; jobs that were made before run on.

        Raises:
            NotFound: there is none of this name.
        """
        _check(actor)
        with self.catalog.begin() as session:
            session.execute(delete(PoolRow).where(PoolRow.id == _number(session, name)))
            emit(session, actor, "pool.removed", {"pool": name})

    def fitting(self, actor: Actor, name: str) -> Callable[[StepPlan], StepPlan]:
        """What gives a step the defaults of a pool, and refuses one that asks for more than it has.

        A step that asks for nothing, and gets nothing by default, is held to the most of each resource; that
        is not set aside for it.

        Raises:
            NotFound: there is no such pool that he may use.
            Corrupted: its bounds cannot be read.
        """
        pool = self.get(actor, name or DEFAULT)
        if pool.broken:
            raise Corrupted(f"the bounds of pool {pool.name!r} cannot be read", hint="set them anew")

        return partial(_held, pool)


_UNBOUNDED = PoolRead(name=DEFAULT, description="this machine")


def place_of(pool: PoolRead) -> tuple[bool, str]:
    """Where a pool stands among those that one may use."""
    return pool.name != DEFAULT, pool.name


def _check(actor: Actor) -> None:
    if not actor.may(MANAGE_POOLS):
        raise Forbidden("only administrators of the instance change resource pools")


def _sees(session: Session, actor: Actor, row: PoolRow) -> bool:
    if not row.private or actor.admin:
        return True
    mine = (PoolUserRow.pool_id == row.id, PoolUserRow.user_id == actor.user)
    return session.scalar(select(PoolUserRow.user_id).where(*mine)) is not None


def _read(session: Session, actor: Actor, row: PoolRow) -> PoolRead:
    names: Sequence[str] = ()
    if actor.admin:
        joined = select(UserRow.name).join(PoolUserRow, PoolUserRow.user_id == UserRow.id)
        names = session.scalars(joined.where(PoolUserRow.pool_id == row.id).order_by(UserRow.name)).all()
    broken = not (_are_bounds(row.bounds) and all(isinstance(each, str) for each in row.labels.values()))
    told = (row.description, "its bounds cannot be read" if broken else "")
    return PoolRead(
        name=row.name,
        description="; ".join(filter(None, told)),
        private=row.private,
        labels={} if broken else row.labels,
        bounds={} if broken else row.bounds,
        users=tuple(names),
        created_at=row.created_at,
        created_by=row.created_by,
        broken=broken,
    )


def _are_bounds(found: Mapping[str, Any]) -> bool:
    amounts = [
        amount for bound in found.values() for amount in (bound.values() if isinstance(bound, dict) else [""])
    ]
    return all(isinstance(amount, int | float) for amount in amounts)


def _number(session: Session, name: str) -> int:
    found = session.scalar(select(PoolRow.id).where(PoolRow.name == name))
    if found is None:
        raise NotFound(f"no resource pool {name!r}")
    return found


def _let_in(session: Session, pool: int, users: Collection[str]) -> None:
    for name in sorted(set(users)):
        found = UserRepository(session).by_name(name)
        if found is None:
            raise NotFound(f"no user {name!r}")
        session.execute(insert(PoolUserRow).values(pool_id=pool, user_id=found[0].id))


def _values(wish: PoolWish) -> dict[str, Any]:
    return {
        "description": wish.description,
        "private": wish.private,
        "labels": dict(wish.labels),
        "bounds": _bounds(wish.bounds),
    }


def _bounds(given: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for name, bound in given.items():
        if not bound or set(bound) - {"most", "default"}:
            raise UsageError(f"the bounds of {name!r} are `most` and `default`, not {sorted(bound)}")
        for which, value in bound.items():
            for resource, amounts in normalise({name: value}).items():
                found.setdefault(resource, {})[which] = amounts["limit"]
    for resource, bound in found.items():
        if bound.get("default", 0) > bound.get("most", float("inf")):
            raise InvalidSpec(f"a task would get more of {resource!r} by default than it may have")
    return found


def _held(pool: PoolRead, step: StepPlan) -> StepPlan:
    wanted = dict(normalise(step.spec.resources))
    for resource, bound in pool.bounds.items():
        if "default" in bound and resource not in wanted:
            wanted[resource] = dict.fromkeys(("request", "limit"), bound["default"])
        if "most" in bound:
            wanted[resource] = _within(pool, step.spec.id, resource, wanted.get(resource, {}))
    return replace(step, spec=replace(step.spec, resources=wanted))


def _within(
    pool: PoolRead, step: str, resource: str, amounts: Mapping[str, int | float]
) -> dict[str, int | float]:
    most = pool.bounds[resource]["most"]
    asked = max(amounts.values(), default=0)
    if asked > most:
        raise InvalidSpec(
            f"step {step!r} asks for {amount_of(resource, asked)}, "
            f"and pool {pool.name!r} gives at most {amount_of(resource, most)}",
            hint="ask for less, or name another pool",
        )
    # Of devices whoever asks for none has none. Of anything else no limit would be no bound.
    limit = amounts.get("limit") or (0 if resource == GPU else most)
    return {"request": amounts.get("request", amounts.get("limit", 0)), "limit": limit}
