"""The Agent Client Protocol with three real agents, and with one that is not there."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import cast

import pytest

from phantom.agents.cli import Program
from phantom.agents.port import Clocks, ErrorKind, Failed, FileEdit, Finished, TextDelta
from phantom.errors import StartupError
from phantom.security.sandbox import detect
from tests.support.agent_clis import KEY, Desk, Everyone
from tests.support.provider import DONE, GREETING, HELLO, Provider, edit, shell

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def speaking_acp(desk: Desk, url: str) -> Program | None:
    """The command of one that speaks it, with its provider at `url`; the others do not."""
    home = desk.homes / f"{desk.cli.name}_test"
    own: dict[str, str] = {"HOME": str(home)}
    match desk.cli.name:
        case "gemini":
            arguments = ["--acp", "-m", desk.cli.model]
            own |= {
                "GEMINI_CLI_HOME": str(home),
                "GEMINI_API_KEY": KEY,
                "GOOGLE_GEMINI_BASE_URL": url,
            }
            settings = home / ".gemini" / "settings.json"
            settings.parent.mkdir(parents=True, exist_ok=True)
            auth = {"security": {"auth": {"selectedType": "gemini-api-key"}}}
            settings.write_text(json.dumps(auth | {"general": {"maxAttempts": 1}}))
        case "copilot":
            arguments = ["--acp"]
            own |= {
                "COPILOT_HOME": str(home),
                "COPILOT_OFFLINE": "true",
                "COPILOT_AUTO_UPDATE": "false",
                "COPILOT_PROVIDER_TYPE": "openai",
                "COPILOT_PROVIDER_BASE_URL": f"{url}/v1",
                "COPILOT_PROVIDER_API_KEY": KEY,
                "COPILOT_MODEL": desk.cli.model,
            }
        case "opencode":
            arguments = ["acp"]
            provider = {
                "npm": "@ai-sdk/openai-compatible",
                "options": {"baseURL": f"{url}/v1", "apiKey": KEY},
                "models": {"m": {}},
            }
            content = {"model": "o/m", "small_model": "o/m", "provider": {"o": provider}}
            own |= {
                "OPENCODE_CONFIG_CONTENT": json.dumps(content),
                "OPENCODE_DISABLE_MODELS_FETCH": "1",
                "OPENCODE_DISABLE_AUTOUPDATE": "1",
                "OPENCODE_PERMISSION": json.dumps({"bash": "ask", "edit": "ask"}),
            }
        case _:
            return None
    variables = (f"{name}={value}" for name, value in own.items())
    argv = ("/usr/bin/env", *variables, str(desk.cli.program), *arguments)
    return Program(argv, acp=True)


@pytest.fixture
def all_speaking(everyone: Everyone) -> Everyone:
    """Only those that speak it."""

    async def do(work: Callable[[Desk], Awaitable[None]]) -> None:
        async def only(desk: Desk) -> None:
            if speaking_acp(desk, "") is not None:
                await work(desk)

        await everyone(only)

    return do


async def test_each_edits_a_file_and_its_session_is_loaded_again(
    provider: Provider, all_speaking: Everyone
) -> None:
    """Permission is given for what lies in the workspace; of the history nothing is told again."""

    async def work(desk: Desk) -> None:
        url = provider.play(edit(desk.workspace / HELLO))
        desk.program = speaking_acp(desk, url)
        done = cast("Finished", await desk.ask(url))

        assert DONE == done.content
        assert GREETING == (desk.workspace / HELLO).read_text()
        assert FileEdit(path=HELLO) in desk.events
        assert any(isinstance(event, TextDelta) for event in desk.events)
        assert done.usage.output > 0

        url = provider.play(provider.scenario("text"))
        desk.program = speaking_acp(desk, url)
        again = cast("Finished", await desk.ask(url, "Thanks.", session_id=done.session_id))

        assert DONE == again.content
        if desk.cli.name != "gemini":  # which finds its sessions at times; else a new one is begun
            assert "Write the file hello.txt." in provider.asked_of(url)[-1].text

    await all_speaking(work)


@pytest.mark.parametrize("cage", ["bubblewrap", "landlock"])
async def test_each_works_in_a_cage(
    provider: Provider, all_speaking: Everyone, tmp_path: Path, cage: str
) -> None:
    """With the bridge, its own program and its home, and nothing else of the user's in reach."""
    try:
        sandbox = await detect(cage, hidden=(tmp_path / "hidden",))
    except StartupError as why:
        pytest.skip(f"NO {cage.upper()} HERE: {why}")

    async def work(desk: Desk) -> None:
        desk.sandbox = sandbox
        url = provider.play(edit(desk.workspace / HELLO))
        desk.program = speaking_acp(desk, url)
        done = await desk.ask(url)

        assert isinstance(done, Finished), done
        assert {".git", "README.md", HELLO} == {each.name for each in desk.workspace.iterdir()}
        assert GREETING == (desk.workspace / HELLO).read_text()

    await all_speaking(work)


@pytest.mark.parametrize(("scenario", "kind"), [("401", ErrorKind.AUTH), ("404", ErrorKind.MODEL)])
async def test_a_refusal_of_the_provider_is_told_by_its_kind(
    provider: Provider, all_speaking: Everyone, scenario: str, kind: ErrorKind
) -> None:
    """By a code where there is one; copilot says that its turn came to its end."""

    async def work(desk: Desk) -> None:
        url = provider.url(scenario)
        desk.program = speaking_acp(desk, url)
        failed = cast("Failed", await desk.ask(url))

        assert kind is failed.kind, failed

    await all_speaking(work)


@pytest.mark.parametrize("what", ["a command", "a file outside"])
async def test_what_could_reach_beyond_the_workspace_is_not_permitted(
    provider: Provider, all_speaking: Everyone, what: str
) -> None:
    """Neither a command nor a path; and then nothing was done, however it ended."""

    async def work(desk: Desk) -> None:
        outside = desk.directory / f"outside-{desk.cli.name}"
        scenario = shell(f"touch {outside}") if what == "a command" else edit(outside)
        url = provider.play(scenario)
        desk.program = speaking_acp(desk, url)
        ended = await desk.ask(url)

        assert not outside.exists()
        assert ErrorKind.DENIED is cast("Failed", ended).kind, ended

    await all_speaking(work)


async def test_one_that_never_answers_is_stopped_with_its_bridge(
    provider: Provider, all_speaking: Everyone
) -> None:
    """By the same clock as all others."""

    async def work(desk: Desk) -> None:
        desk.program = speaking_acp(desk, provider.url("hang"))
        failed = cast("Failed", await desk.ask("", clocks=Clocks(idle=10.0, wall=60.0)))

        assert ErrorKind.STALLED is failed.kind

    await all_speaking(work)


async def test_a_command_that_is_not_there_is_named(desks: list[Desk], tmp_path: Path) -> None:
    """In a sentence, as that of any agent."""
    desk = desks[0]
    desk.program = Program((str(tmp_path / "no-such-agent"), "acp"), acp=True)

    failed = cast("Failed", await desk.ask("http://127.0.0.1:9"))

    assert ErrorKind.NOT_INSTALLED is failed.kind
    assert "no-such-agent" in failed.message
