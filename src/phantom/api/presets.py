"""HRM presets (reference 6.3 to 6.7): list, make, change, remove, apply."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from phantom.api.caller import Caller
from phantom.api.hrm import CONFLICT, NOT_FOUND, ApplyNow, ConfigApplied, ProjectOf
from phantom.api.kept import KeptRoute
from phantom.api.schemas import EXAMPLE_ID, Body, Text, example
from phantom.api.services import Wired
from phantom.hrm.changes import given
from phantom.hrm.config import HrmConfig
from phantom.hrm.presets import Draft, Preset, Revision, Visibility
from phantom.hrm.service import Target

router = APIRouter(prefix="/api/hrm/config/presets", tags=["hrm"], route_class=KeptRoute)

PresetId = Annotated[str, Path(description="Id of the preset.", examples=[EXAMPLE_ID])]
Name = Annotated[Text, Field(min_length=1, max_length=100)]
Description = Annotated[Text, Field(max_length=2000)]
Icon = Annotated[Text, Field(max_length=50)]
Color = Annotated[str, Field(pattern="^#[0-9a-fA-F]{6}$", examples=["#10b981"])]


class NewPreset(Body):
    """A preset to be made; what its configuration leaves out is as in `balanced`."""

    model_config = example(
        name="Careful",
        description="For what must not break.",
        color="#10b981",
        config={"deep_supervision": {"quality_gate_threshold": 0.9}},
    )

    name: Name
    description: Description = ""
    icon: Icon = "custom"
    color: Color = "#6b7280"
    visibility: Visibility = Visibility.PRIVATE
    config: HrmConfig


class ChangedPreset(Body):
    """What is to be changed; what is left out stays, in the configuration too."""

    model_config = example(visibility="shared")

    name: Name | None = None
    description: Description | None = None
    icon: Icon | None = None
    color: Color | None = None
    visibility: Visibility | None = None
    config: HrmConfig | None = None


class UsageStats(BaseModel):
    """Of the tasks that ran under a preset, unchanged; null where none of them says."""

    usage_count: int
    avg_quality: float | None
    avg_cost: float | None = Field(description="US dollars.")
    avg_duration: float | None = Field(description="Seconds.")


class PresetView(BaseModel):
    """A preset."""

    id: UUID
    name: str
    description: str
    icon: str
    color: str
    builtin: bool
    config: HrmConfig
    usage_stats: UsageStats
    visibility: Visibility
    created_by: str

    @classmethod
    def of(cls, preset: Preset) -> Self:
        """The view of a preset."""
        row, usage = preset.row, preset.usage
        return cls(
            id=UUID(row.id),
            name=row.name,
            description=row.description,
            icon=row.icon,
            color=row.color,
            builtin=preset.builtin,
            config=HrmConfig.model_validate(row.config),
            usage_stats=UsageStats(
                usage_count=usage.count,
                avg_quality=usage.quality,
                avg_cost=usage.cost,
                avg_duration=usage.seconds,
            ),
            visibility=Visibility(row.visibility),
            created_by=row.created_by,
        )


@router.get("", response_model=list[PresetView])
async def list_hrm_presets(services: Wired, caller: Caller) -> list[PresetView]:
    """The built-in presets, one's own, and those that others share."""
    return [PresetView.of(preset) for preset in await services.presets.list(caller.name)]


@router.post("", status_code=201, response_model=PresetView, responses=CONFLICT)
async def create_hrm_preset(
    body: NewPreset, services: Wired, caller: Caller, response: Response
) -> PresetView:
    """Make a preset of one's own."""
    made = await services.presets.create(
        Draft(
            name=body.name,
            description=body.description,
            icon=body.icon,
            color=body.color,
            visibility=body.visibility,
            config=body.config,
        ),
        caller.name,
    )
    response.headers["Location"] = f"/api/hrm/config/presets/{made.row.id}"
    return PresetView.of(made)


@router.put("/{preset_id}", response_model=PresetView, responses=NOT_FOUND | CONFLICT)
async def update_hrm_preset(
    preset_id: PresetId, body: ChangedPreset, services: Wired, caller: Caller
) -> PresetView:
    """Change a preset of one's own; the built-in ones stay as they are."""
    revision = Revision(
        name=body.name,
        description=body.description,
        icon=body.icon,
        color=body.color,
        visibility=body.visibility,
        config=given(body.config) if body.config is not None else None,
    )
    return PresetView.of(await services.presets.update(preset_id, revision, caller.name))


@router.delete("/{preset_id}", status_code=204, responses=NOT_FOUND | CONFLICT)
async def delete_hrm_preset(preset_id: PresetId, services: Wired, caller: Caller) -> None:
    """Remove a preset of one's own; configurations that were set from it stay."""
    await services.presets.delete(preset_id, caller.name)


@router.post("/{preset_id}/apply", response_model=ConfigApplied, responses=NOT_FOUND | CONFLICT)
async def apply_hrm_preset(
    preset_id: PresetId,
    services: Wired,
    caller: Caller,
    *,
    project_id: ProjectOf = None,
    apply_immediately: ApplyNow = True,
) -> ConfigApplied:
    """Make a preset the configuration of a project, or of the server without one."""
    outcome = await services.hrm.apply_preset(
        Target(project_id=project_id), preset_id, by=caller.name, apply_now=apply_immediately
    )
    return ConfigApplied.of(outcome)
