"""Runs a vendor's command line as an agent: started once, followed, bounded, and swept up after."""

import asyncio
import shutil
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

from pydantic import BaseModel

from phantom import processes
from phantom.agents.caging import cage_of
from phantom.agents.call_directory import Batch, CallDirectory
from phantom.agents.cli.bounds import Bounds
from phantom.agents.cli.command import Call, CommandLine, Invocation, parsed
from phantom.agents.cli.homes import Home, Session, environment, own_variables
from phantom.agents.cli.places import changed_since, endpoint_of, installation, real
from phantom.agents.cli.prompt import as_text
from phantom.agents.cli.seen import Failure, Seen, difference
from phantom.agents.connections import Connection
from phantom.agents.port import (
    AgentEvent,
    AgentRequest,
    ErrorKind,
    Failed,
    Finished,
    Usage,
)
from phantom.agents.pricing import Prices
from phantom.agents.prompts import render
from phantom.credentials.keys import KeyStore
from phantom.errors import PhantomError
from phantom.security.sandbox import Sandbox, Uncaged
from phantom.vocabulary import CostSource, TaskType


class Start(BaseModel):
    """What a server must know to follow a call that another one started."""

    session: str
    resumed: bool
    before: Usage = Usage()
    started_at: float


class CliAgent:
    """One connection's command line."""

    outlives_server = True

    def __init__(
        self,
        connection: Connection,
        command: CommandLine,
        *,
        program: Sequence[str],
        keys: KeyStore,
        journals: Path,
        home: Home,
        sandbox: Sandbox,
        prices: Prices,
        version: str | None = None,
    ) -> None:
        self.agent_id = connection.agent_id
        self.agent_type = connection.agent_type
        self._connection = connection
        self._command = command
        self._program = list(program)
        self._keys = keys
        self._journals = journals
        self._home = home
        self._sandbox = sandbox
        self._prices = prices
        self._version = version

    @property
    def fingerprint(self) -> str:
        """What its answers depend on: the program, its version, the model where one is named."""
        return f"{self._command.name} {self._version} {self._connection.model}"

    def can(self, task_type: TaskType) -> bool:  # noqa: ARG002 - a model takes every task
        """Always true."""
        return True

    async def run(self, request: AgentRequest) -> AsyncGenerator[AgentEvent]:
        """Start the call, or find the one that an earlier server started, and follow it."""
        if request.model is None:
            request = request.model_copy(update={"model": self._connection.model})
        call = CallDirectory(self._journals / request.call_id, mark=request.mark)
        if not await asyncio.to_thread(call.exists):
            try:
                await self._start(call, request)
            except _NotStarted as error:
                yield Failed(kind=error.kind, message=str(error))
                return
        seen = Seen(request.workspace)
        async for event in self._follow(call, request, seen):
            yield event
        yield await self._end(call, request, seen)

    async def _start(self, call: CallDirectory, request: AgentRequest) -> None:
        program = await asyncio.to_thread(self._checked_program, request.workspace)
        endpoint = endpoint_of(self._connection)
        key = await self._key(endpoint)
        known = await asyncio.to_thread(self._home.session, request.session_id, request.workspace)
        start = Start(
            session=request.session_id if known and request.session_id else str(uuid4()),
            resumed=known is not None,
            before=known.total if known else Usage(),
            started_at=time.time(),
        )
        asked = Call(
            request=request,
            home=self._home.path,
            whole=call.path / "prompt-whole.txt",
            session=start.session,
            resumed=start.resumed,
            key=key,
            endpoint=endpoint,
            caged=self._is_caged,
        )
        made, variables, login = await asyncio.to_thread(self._prepare, call, asked, start)
        argv = [*program, *made.arguments]
        argv = await asyncio.to_thread(self._caged, argv, request, (call.path,), login)
        await call.spawn(
            argv,
            cwd=request.workspace,
            env={**environment(self._home.path, request.scratch), **variables, **made.environment},
            stdin=call.path / "prompt.txt",
        )

    @property
    def _is_caged(self) -> bool:
        return self._sandbox.name != Uncaged().name

    def _caged(
        self,
        argv: list[str],
        request: AgentRequest,
        readable: tuple[Path, ...],
        login: tuple[Path, ...],
    ) -> list[str]:
        """`argv` in the cage of the call: with its program, its home and its login in reach."""
        if not self._is_caged:
            return argv
        needed = (place for name in self._command.runs for place in installation([name]))
        cage = cage_of(
            request,
            network=True,
            readable=(*installation(argv), *needed, *readable),
            writable=(self._home.path, *login),
        )
        # A cage shows a link as the file behind it, which then looks for its parts elsewhere.
        return self._sandbox.wrap([str(real(argv[0])), *argv[1:]], cage)

    def _checked_program(self, workspace: Path) -> list[str]:
        for program in (self._program[0], *self._command.needs):
            if shutil.which(program) is None:
                what = "is a directory" if Path(program).is_dir() else "is not there or cannot run"
                raise _NotStarted(
                    ErrorKind.NOT_INSTALLED,
                    f"The program {program} of the agent {self.agent_id} {what}; "
                    f"{self._command.install}.",
                )
        if (why := self._command.refuses(workspace, caged=self._is_caged)) is not None:
            raise _NotStarted(ErrorKind.DENIED, why)
        return self._program

    async def _key(self, endpoint: str | None) -> str | None:
        reference = self._connection.api_key_id
        if reference is None:
            return None
        host = urlsplit(endpoint).netloc if endpoint else self._command.host
        try:
            return await self._keys.resolve(reference, host=host)
        except PhantomError as error:
            raise _NotStarted(ErrorKind.AUTH, str(error)) from error

    def _prepare(
        self, call: CallDirectory, asked: Call, start: Start
    ) -> tuple[Invocation, dict[str, str], tuple[Path, ...]]:
        """Write what the process reads; a login is for the vendor's own provider alone.

        Returns how it is started, the variables that stand for a login, and the login's file.
        """
        own = None if asked.key or asked.endpoint else self._command.login
        if own is None:
            self._home.unlink(self._command.login)
        login = self._home.prepare(own)
        made = self._command.invocation(asked)
        self._home.write(made.settings)
        prompt = render(asked.request)
        call.keep("prompt.txt", as_text(prompt.continuation if start.resumed else prompt.text))
        call.keep(asked.whole.name, as_text(prompt.text))
        call.keep("start.json", start.model_dump_json())
        if login is not None:
            return made, {}, (login,)
        return made, own_variables(own) if own else {}, ()

    async def _follow(
        self, call: CallDirectory, request: AgentRequest, seen: Seen
    ) -> AsyncIterator[AgentEvent]:
        """The events up to the process's end, which is brought about where it must be."""
        if (verdict := await asyncio.to_thread(_verdict, call)) is not None:
            seen.stop = verdict
            await call.stop()
        bounds = Bounds(request.clocks)
        async for batch in call.follow():
            for event in self._read(batch, seen):
                yield event
            seen.stop = seen.stop or bounds.look(batch, seen)
            if seen.stop is not None and verdict is None:
                verdict = seen.stop
                await asyncio.to_thread(call.keep, "verdict.json", _written(verdict))
                await call.stop()

    def _read(self, batch: Batch, seen: Seen) -> Iterator[AgentEvent]:
        for line in batch.errors:
            self._command.complain(line.decode(errors="replace"), seen)
        for line in batch.output:
            if (found := parsed(line)) is not None:
                yield from self._command.read(found, seen)

    async def _end(
        self, call: CallDirectory, request: AgentRequest, seen: Seen
    ) -> Finished | Failed:
        await processes.sweep(mark=call.mark)
        await self._prices.ready()
        return await asyncio.to_thread(self._judge, call, request, seen)

    def _judge(self, call: CallDirectory, request: AgentRequest, seen: Seen) -> Finished | Failed:
        """What the run amounts to: what we did to it tells most, then its words, then its end."""
        start = Start.model_validate_json(call.kept("start.json") or "")
        ended = call.ended()
        if (last := parsed(ended.rest)) is not None:
            for _ in self._command.read(last, seen):
                pass
        self._command.judge(seen, ended, request.scratch)
        seen.session = seen.session or start.session
        seen.model = seen.model or request.model
        if seen.total is not None:
            seen.usage = difference(seen.total, start.before)
        if seen.done or seen.total is not None:
            total = seen.total or start.before
            self._home.remember(seen.session, Session(workspace=request.workspace, total=total))
        if seen.stop is not None and not (seen.stop.kind is ErrorKind.STALLED and seen.done):
            return seen.failed(seen.stop)
        if seen.failure is not None:
            return seen.failed(seen.failure)
        if not seen.done:
            return seen.failed(_silent_end(self._command.name, ended.status, ended.last_words))
        if self._is_denied(request, seen, start):
            return seen.failed(
                Failure(
                    ErrorKind.DENIED,
                    f"{self._command.name} was not allowed to use {seen.refusals[0]}, and changed "
                    "nothing.",
                )
            )
        return self._priced(seen.finished(self._command.name), seen)

    def _priced(self, finished: Finished, seen: Seen) -> Finished:
        """With the table's cost, where the command line tells tokens and no cost."""
        if finished.cost is not None or seen.model is None or not finished.usage.total:
            return finished
        provider, requests = endpoint_of(self._connection), max(1, seen.steps)
        cost = self._prices.cost(seen.model, finished.usage, provider, requests=requests)
        if cost is None:
            return finished
        return finished.model_copy(update={"cost": cost, "cost_source": CostSource.TABLE})

    def _is_denied(self, request: AgentRequest, seen: Seen, start: Start) -> bool:
        refused = bool(seen.refusals) and not request.read_only and not seen.edits
        return refused and not changed_since(request.workspace, start.started_at)


class _NotStarted(Exception):
    """Why a call did not even begin; nothing was asked of anybody."""

    def __init__(self, kind: ErrorKind, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def _silent_end(name: str, status: int | None, last_words: str) -> Failure:
    how = "it was killed" if status is None else f"exit status {status}"
    kind = ErrorKind.NOT_INSTALLED if status in {126, 127} else ErrorKind.ERROR
    return Failure(kind, f"{name} ended without a result ({how}): {last_words}")


def _written(failure: Failure) -> str:
    return Failed(kind=failure.kind, message=failure.message).model_dump_json()


def _verdict(call: CallDirectory) -> Failure | None:
    """Why an earlier server stopped this call, where one did."""
    kept = call.kept("verdict.json")
    if kept is None:
        return None
    failed = Failed.model_validate_json(kept)
    return Failure(failed.kind, failed.message, failed.retry_after)
