"""Presets on both databases: who sees and changes them, and what they came to."""

from datetime import timedelta

import pytest

from phantom.clock import utc_now
from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, NotFound
from phantom.hrm.builtin import BUILTIN
from phantom.hrm.config import BALANCED
from phantom.hrm.presets import Draft, PresetService, Revision, Usage, Visibility
from phantom.ledger import recount
from phantom.vocabulary import TaskStatus
from tests.support import rows


@pytest.fixture
def presets(database: Database) -> PresetService:
    """The service."""
    return PresetService(database)


def draft(**fields: object) -> Draft:
    """A private preset."""
    usual = {
        "name": "mine",
        "description": "For my work",
        "icon": "custom",
        "color": "#10b981",
        "visibility": Visibility.PRIVATE,
        "config": BALANCED,
    }
    return Draft(**(usual | fields))  # type: ignore[arg-type]


async def names(presets: PresetService, reader: str) -> list[str]:
    """What somebody sees."""
    return [each.row.name for each in await presets.list(reader)]


async def test_the_built_in_ones_are_always_there(presets: PresetService) -> None:
    """In their order, without any usage at first."""
    found = await presets.list("anybody")

    assert list(BUILTIN) == [each.row.name for each in found]
    assert all(each.builtin for each in found)
    assert [Usage()] * 4 == [each.usage for each in found]


async def test_a_private_preset_is_its_makers_alone(presets: PresetService) -> None:
    """For others it is not even there."""
    mine = await presets.create(draft(), "ann")
    await presets.create(draft(name="ours", visibility=Visibility.SHARED), "ann")
    await presets.create(draft(name="theirs", visibility=Visibility.PUBLIC), "ann")

    assert ["mine", "ours", "theirs"] == (await names(presets, "ann"))[4:]
    assert ["ours", "theirs"] == (await names(presets, "bob"))[4:]
    with pytest.raises(NotFound):
        await presets.get(mine.row.id, "bob")
    with pytest.raises(NotFound):
        await presets.delete(mine.row.id, "bob")


async def test_only_its_maker_changes_a_preset(presets: PresetService) -> None:
    """Fields that are not named stay, in the configuration too."""
    made = await presets.create(draft(visibility=Visibility.SHARED), "ann")
    revision = Revision(color="#000000", config={"caching": {"disk": False}})

    with pytest.raises(Conflict, match="ann"):
        await presets.update(made.row.id, revision, "bob")
    changed = (await presets.update(made.row.id, revision, "ann")).row

    assert ("mine", "#000000") == (changed.name, changed.color)
    assert (False, True) == (changed.config["caching"]["disk"], changed.config["caching"]["memory"])
    with pytest.raises(Conflict, match="ann"):
        await presets.delete(made.row.id, "bob")
    await presets.delete(made.row.id, "ann")
    assert 4 == len(await presets.list("ann"))


async def test_the_built_in_ones_stay_as_they_are(presets: PresetService) -> None:
    """Neither changed nor deleted."""
    speed = BUILTIN["speed"].id

    with pytest.raises(Conflict, match="built in"):
        await presets.update(speed, Revision(name="fast"), "ann")
    with pytest.raises(Conflict, match="built in"):
        await presets.delete(speed, "ann")


async def test_a_name_is_taken_once_by_each_maker(presets: PresetService) -> None:
    """The built-in names by nobody."""
    await presets.create(draft(), "ann")
    other = await presets.create(draft(name="other"), "ann")
    await presets.create(draft(), "bob")

    with pytest.raises(Conflict, match="already"):
        await presets.create(draft(), "ann")
    with pytest.raises(Conflict, match="already"):
        await presets.update(other.row.id, Revision(name="mine"), "ann")
    for name in BUILTIN:
        with pytest.raises(Conflict, match="built-in"):
            await presets.create(draft(name=name), "ann")
        with pytest.raises(Conflict, match="built-in"):
            await presets.update(other.row.id, Revision(name=name), "ann")


async def test_usage_is_that_of_the_tasks_that_ran_under_it(
    presets: PresetService, database: Database
) -> None:
    """Means over what is known; another preset's tasks do not count."""
    now = utc_now()
    speed = BUILTIN["speed"].id
    ended = {"status": TaskStatus.COMPLETED, "hrm_preset_id": speed, "started_at": now}
    for quality, micros, seconds in ((0.8, 1_000_000, 10), (0.6, 3_000_000, 30), (None, None, 20)):
        await rows.stored_task(
            database,
            **ended,
            completed_at=now + timedelta(seconds=seconds),
            final_quality=quality,
            actual_cost_micros=micros,
        )
    await rows.stored_task(database, status=TaskStatus.IN_PROGRESS, hrm_preset_id=speed)
    await rows.stored_task(database, hrm_preset_id=BUILTIN["balanced"].id, final_quality=0.1)

    await recount.rebuild(database)

    usage = (await presets.get(speed, "ann")).usage

    assert (4, 2.0) == (usage.count, usage.cost)
    assert (0.7, 20.0) == (pytest.approx(usage.quality), pytest.approx(usage.seconds, abs=1e-3))
    assert 1 == (await presets.get(BUILTIN["balanced"].id, "ann")).usage.count


async def test_an_unknown_preset_is_not_found(presets: PresetService) -> None:
    """Neither by an id that nobody has, nor by something else."""
    for preset_id in (models.new_id(), "balanced", ""):
        with pytest.raises(NotFound):
            await presets.get(preset_id, "ann")
