"""One typed `Settings`: flags over environment over TOML file over defaults.

The TOML file is `phantom.toml` in the home directory, or the file that `PHANTOM_CONFIG` names.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from phantom.errors import StartupError

DEFAULT_PORT = 1336


def default_home() -> Path:
    """Where data lives unless told otherwise: `$XDG_DATA_HOME/phantom`."""
    data = os.environ.get("XDG_DATA_HOME")
    return (Path(data) if data else Path.home() / ".local" / "share") / "phantom"


class Settings(BaseSettings):
    """Everything that can be set. Each field's environment variable is in `docs/settings.md`."""

    model_config = SettingsConfigDict(
        env_prefix="PHANTOM_",
        env_ignore_empty=True,
        extra="forbid",
        populate_by_name=True,
        frozen=True,
    )

    host: str = "127.0.0.1"
    """Address to listen on. Only loopback is served without tokens."""
    port: int = Field(default=DEFAULT_PORT, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    home: Path = Field(default_factory=default_home)
    """Directory of the database, journals, workspaces and transcripts."""
    roots: Annotated[tuple[Path, ...], NoDecode] = Field(default_factory=lambda: (Path.cwd(),))
    """Directories below which workspaces may lie; in the environment separated by `:`."""
    database_url: str | None = Field(
        default=None, validation_alias=AliasChoices("DATABASE_URL", "database_url")
    )
    """`sqlite:///path` or `postgresql://...`; default is `phantom.db` in the home directory."""
    redis_url: str | None = Field(
        default=None, validation_alias=AliasChoices("REDIS_URL", "redis_url")
    )
    """`redis://...` for the event bus between processes; unset means in-process."""
    langfuse_public_key: str | None = Field(
        default=None, validation_alias=AliasChoices("LANGFUSE_PUBLIC_KEY", "langfuse_public_key")
    )
    """With the secret key: send a trace of every task to Langfuse."""
    langfuse_secret_key: SecretStr | None = Field(
        default=None, validation_alias=AliasChoices("LANGFUSE_SECRET_KEY", "langfuse_secret_key")
    )
    """Goes to `langfuse_host` alone."""
    langfuse_host: str = Field(
        default="https://cloud.langfuse.com",
        validation_alias=AliasChoices("LANGFUSE_HOST", "langfuse_host"),
    )
    """Base address of the Langfuse that the keys belong to."""
    concurrency: int = Field(default=4, ge=1, le=64)
    """How many tasks one worker runs at the same time."""
    evaluation_workers: int = Field(default=4, ge=1, le=16)
    """How many evaluators run at the same time, over all tasks."""
    keep_hours: float = Field(default=72.0, ge=0, le=1_000_000)
    """How long workspaces of ended tasks are kept, in hours."""
    keep_transcript_hours: float = Field(default=720.0, ge=0, le=1_000_000)
    """How long what their agents printed is kept, in hours."""
    keep_mb: int | None = Field(default=None, ge=0, le=1_000_000_000)
    """Megabytes that workspaces and transcripts may take together; unset means any amount."""
    keep_event_days: float = Field(default=90.0, ge=0, le=100_000)
    """How long events are kept, in days."""
    min_free_disk_mb: int = Field(default=1000, ge=0, le=1_000_000_000)
    """Megabytes free on the disk of the home below which no task begins; 0 for never mind."""
    min_free_memory_mb: int = Field(default=200, ge=0, le=1_000_000_000)
    """The same for the memory that is available."""
    require_token: bool = False
    """Demand a token on loopback, too; elsewhere one is always demanded."""
    unix_socket: Path | None = None
    """Serve on this socket, which only its owner can open; on a port too only where one is set."""
    execute_per_minute: int | None = Field(default=None, ge=1, le=100_000)
    """How many tasks one token may start within a minute; unset means any number."""
    sandbox: Literal["auto", "bubblewrap", "landlock", "none"] = "auto"
    """How agents and tests are caged; `auto` takes the best that works, another one is demanded."""
    breaker_failures: int = Field(default=5, ge=1, le=1000)
    """How many failures in a row make an agent's circuit breaker open."""
    breaker_seconds: float = Field(default=60.0, ge=0.1, le=86_400)
    """How long an open circuit breaker lets no call through, in seconds."""
    agent_idle_seconds: float = Field(default=300.0, ge=1, le=3600)
    """How long an agent may print nothing before its call is ended, in seconds."""
    agent_turn_seconds: float = Field(default=900.0, ge=1, le=3600)
    """How long an agent may only talk, without using a tool or changing a file, in seconds."""
    agent_wall_seconds: float = Field(default=1800.0, ge=1, le=3600)
    """How long one call of an agent may take in all, in seconds."""
    daily_cap: float | None = Field(default=None, ge=0, le=1_000_000, allow_inf_nan=False)
    """US dollars that all tasks together may cost on a day (UTC); unset means any amount."""
    monthly_cap: float | None = Field(default=None, ge=0, le=1_000_000, allow_inf_nan=False)
    """The same for a calendar month."""
    prices: Path | None = None
    """File of prices, TOML or JSON, that go before those of the built-in table."""
    discover_agents: bool = True
    """Use the command lines of agents that are installed and logged in, without being told to."""
    acp_commands: dict[str, str] = {}
    """Commands of agents that speak the Agent Client Protocol, by connection id or agent type."""
    allowed_endpoints: Annotated[tuple[str, ...], NoDecode] = ()
    """Private hosts that an agent's endpoint may name, by plain http too; separated by commas."""
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    """Further `Host` names to serve, besides loopback ones; separated by commas."""
    shutdown_seconds: float = Field(default=10.0, ge=0, le=600)
    """How long a stop waits for steps that would have to be done again, in seconds."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe line that is logged."""
    log_json: bool = False
    """One JSON object a line on stderr instead of text."""

    @field_validator("roots", mode="before")
    @classmethod
    def _split_roots(cls, value: object) -> object:
        return tuple(value.split(os.pathsep)) if isinstance(value, str) else value

    @field_validator("allowed_endpoints", "allowed_hosts", mode="before")
    @classmethod
    def _split_hosts(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("home", "unix_socket", "prices")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return value.expanduser().absolute() if value is not None else None

    @field_validator("roots")
    @classmethod
    def _resolved_roots(cls, value: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(root.expanduser().resolve() for root in value)

    @property
    def effective_database_url(self) -> str:
        """The database in use, the default filled in."""
        return self.database_url or f"sqlite:///{self.home / 'phantom.db'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not a source of ours
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - not a source of ours
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Flags first, then the environment, then the TOML file."""
        file = _config_file(init_settings().get("home"))
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, file)


def load(**flags: object) -> Settings:
    """The settings in force, where `flags` are the command line's; None is a flag not given.

    Raises StartupError, with a sentence that names each wrong setting, for a bad value, an unknown
    key, and a TOML file that is named but not there or cannot be read.
    """
    given = {name: value for name, value in flags.items() if value is not None}
    file = _config_file(given.get("home"))
    if os.environ.get("PHANTOM_CONFIG") and not file.is_file():
        raise StartupError(f"PHANTOM_CONFIG names {file}, which is not a file")
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, part['loc'])) or file}: {part['msg'][0].lower()}{part['msg'][1:]}"
            for part in error.errors()
        )
        raise StartupError(f"these settings are wrong: {wrong}") from None
    except OSError as error:
        raise StartupError(f"{file} cannot be read: {error}") from None


def _config_file(home: object) -> Path:
    named = os.environ.get("PHANTOM_CONFIG")
    if named:
        return Path(named).expanduser()
    directory = home or os.environ.get("PHANTOM_HOME") or default_home()
    return Path(str(directory)).expanduser() / "phantom.toml"
