"""Presets: built in or somebody's own, and what tasks that ran under each came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from phantom.db.database import Database
from phantom.db.models import MICROS, HrmPreset, PresetSum, Task
from phantom.errors import Conflict, NotFound
from phantom.hrm.builtin import BUILTIN, BY_ID, OWNER, Builtin
from phantom.hrm.changes import Part, merged, whole
from phantom.hrm.config import HrmConfig
from phantom.vocabulary import TaskStatus

_SUMS = select(
    PresetSum.preset_id,
    func.sum(PresetSum.tasks_ended),
    func.sum(PresetSum.tasks_run),
    func.sum(PresetSum.run_milliseconds),
    func.sum(PresetSum.tasks_charged),
    func.sum(PresetSum.charged_micros),
    func.sum(PresetSum.quality_count),
    func.sum(PresetSum.quality_micros),
).group_by(PresetSum.preset_id)
_OPEN = (
    select(Task.hrm_preset_id, func.count())
    .where(
        Task.status.in_((TaskStatus.PENDING, TaskStatus.IN_PROGRESS)),
        Task.hrm_preset_id.is_not(None),
    )
    .group_by(Task.hrm_preset_id)
)
"""They are few, and found along an index."""


class Visibility(StrEnum):
    """Who sees a preset; only who made it may change it."""

    PRIVATE = "private"
    """Its maker."""
    SHARED = "shared"
    """Everybody who may use this server."""
    PUBLIC = "public"
    """The same, and marked as meant for others to build upon."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What the tasks that ran under a preset came to; None where no task says.

    Attributes:
        count: tasks that were started under it.
        quality: mean final quality, in [0, 1].
        cost: mean cost of the ended ones, US dollars.
        seconds: mean time from start to end, of those that nobody stopped.
    """

    count: int = 0
    quality: float | None = None
    cost: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Preset:
    """A preset and its usage."""

    row: HrmPreset
    usage: Usage

    @property
    def builtin(self) -> bool:
        """True for those that every server has."""
        return self.row.id in BY_ID


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A preset as somebody wants it."""

    name: str
    description: str
    icon: str
    color: str
    visibility: Visibility
    config: HrmConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """What is to be changed of a preset; None stays as it is, and so do fields of the config."""

    name: str | None = None
    description: str | None = None
    icon: str | None = None
    color: str | None = None
    visibility: Visibility | None = None
    config: Part | None = None


class PresetService:
    """Rules and queries of presets."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, reader: str) -> Sequence[Preset]:
        """What `reader` may see: the built-in ones, then the others by name."""
        own_or_open = or_(
            HrmPreset.visibility != Visibility.PRIVATE, HrmPreset.created_by == reader
        )
        async with self._database.read() as session:
            custom = await session.scalars(
                select(HrmPreset).where(own_or_open).order_by(HrmPreset.name, HrmPreset.id)
            )
            rows = [*(_builtin_row(preset) for preset in BUILTIN.values()), *custom]
            usage = await _usage(session)
        return [Preset(row, usage.get(row.id, Usage())) for row in rows]

    async def get(self, preset_id: str, reader: str) -> Preset:
        """One preset. Raises NotFound, also for a private one of somebody else."""
        async with self._database.read() as session:
            row = await visible(session, preset_id, reader)
            usage = await _usage(session)
        return Preset(row, usage.get(row.id, Usage()))

    async def create(self, draft: Draft, maker: str) -> Preset:
        """Keep a new preset. Raises Conflict where its maker has one of this name."""
        _check_name(draft.name)
        row = HrmPreset(created_by=maker)
        _take(row, draft)
        try:
            async with self._database.write() as session:
                session.add(row)
        except IntegrityError:
            raise _name_taken(draft.name) from None
        return Preset(row, Usage())

    async def update(self, preset_id: str, revision: Revision, maker: str) -> Preset:
        """Change a preset; what was set from it before stays. Raises NotFound, Conflict."""
        if revision.name is not None:
            _check_name(revision.name)
        try:
            async with self._database.write() as session:
                row = await _own(session, preset_id, maker)
                for field in ("name", "description", "icon", "color", "visibility"):
                    if (value := getattr(revision, field)) is not None:
                        setattr(row, field, value)
                if revision.config is not None:
                    config = merged(HrmConfig.model_validate(row.config), revision.config)
                    row.config = whole(config)
        except IntegrityError:
            raise _name_taken(revision.name or "") from None
        return await self.get(preset_id, maker)

    async def delete(self, preset_id: str, maker: str) -> None:
        """Remove a preset; configurations that were set from it stay. Raises NotFound, Conflict."""
        async with self._database.write() as session:
            await session.delete(await _own(session, preset_id, maker))


async def visible(session: AsyncSession, preset_id: str, reader: str) -> HrmPreset:
    """The preset, where `reader` may see it. Raises NotFound."""
    try:
        known = str(UUID(preset_id))
    except ValueError:
        raise NotFound(f"There is no preset {preset_id[:100]!r}; ids are UUIDs.") from None
    if (preset := BY_ID.get(known)) is not None:
        return _builtin_row(preset)
    row = await session.get(HrmPreset, known)
    if row is None or (row.visibility == Visibility.PRIVATE and row.created_by != reader):
        raise NotFound(f"There is no preset {known}.")
    return row


async def _own(session: AsyncSession, preset_id: str, maker: str) -> HrmPreset:
    row = await visible(session, preset_id, maker)
    if row.id in BY_ID:
        raise Conflict(
            f"The preset '{row.name}' is built in and stays as it is; create one of your own."
        )
    # What tuning proposes is nobody's own, so that anybody may take it up or away.
    if row.created_by not in {maker, OWNER}:
        raise Conflict(f"The preset '{row.name}' is {row.created_by}'s; only they may change it.")
    return row


def _builtin_row(preset: Builtin) -> HrmPreset:
    """In the shape of the others; it is stored nowhere."""
    return HrmPreset(
        id=preset.id,
        name=preset.name,
        description=preset.description,
        icon=preset.icon,
        color=preset.color,
        visibility=Visibility.PUBLIC,
        created_by=OWNER,
        config=whole(preset.config),
    )


def _take(row: HrmPreset, draft: Draft) -> None:
    row.name, row.description = draft.name, draft.description
    row.icon, row.color = draft.icon, draft.color
    row.visibility = draft.visibility
    row.config = whole(draft.config)


def _check_name(name: str) -> None:
    if name in BUILTIN:
        raise Conflict(f"'{name}' is the name of a built-in preset; choose another.")


def _name_taken(name: str) -> Conflict:
    return Conflict(f"There is a preset '{name}' of yours already; choose another name.")


async def _usage(session: AsyncSession) -> dict[str, Usage]:
    """By preset; one without tasks is missing."""
    still_open = {each: number for each, number in await session.execute(_OPEN) if each}
    ended = {each: [int(n) for n in sums] for each, *sums in await session.execute(_SUMS)}
    usage = {}
    for preset_id in still_open.keys() | ended.keys():
        sums = ended.get(preset_id, [0] * 7)
        tasks, run, milliseconds, charged, charged_micros, measured, quality_micros = sums
        usage[preset_id] = Usage(
            count=tasks + still_open.get(preset_id, 0),
            quality=_mean(quality_micros, measured, MICROS),
            cost=_mean(charged_micros, charged, MICROS),
            seconds=_mean(milliseconds, run, 1000),
        )
    return usage


def _mean(total: int, count: int, unit: int) -> float | None:
    return total / count / unit if count else None
