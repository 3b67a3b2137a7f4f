"""pydantic-ai's model of a target: its SDK's own retries off, over our own way out."""

from importlib import import_module
from typing import get_args

from anthropic import AsyncAnthropic
from google.genai import Client
from google.genai.types import HttpOptions
from openai import AsyncOpenAI
from openai.types.responses import ResponseStreamEvent
from pydantic_ai.models import Model
from pydantic_ai.models.anthropic import AnthropicModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel, OpenAIResponsesModel
from pydantic_ai.profiles.openai import OpenAIModelProfile
from pydantic_ai.providers.anthropic import AnthropicProvider
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider
from pydantic_ai.providers.openai_compatible import OpenAICompatibleProvider
from pydantic_ai.settings import ModelSettings

from phantom.agents.api.target import Dialect, Line, Target

_NO_KEY = "none"
"""The SDKs demand a key; servers without keys look at none."""
_WHOLE = OpenAIModelProfile(openai_chat_streaming_requires_finish_reason=True)
"""A stream that ends without saying so was cut."""
_MAX_OUTPUT = 16_000
"""Tokens of one answer; Anthropic wants a limit, and its SDK refuses more without streaming."""


def model_of(line: Line) -> Model:
    """The model, ready to be asked. Blocks for some milliseconds: the SDKs look around first."""
    target = line.target
    match target.dialect:
        case Dialect.ANTHROPIC:
            claude = AsyncAnthropic(
                api_key=line.key or _NO_KEY,
                base_url=target.base_url,
                http_client=line.http,
                max_retries=0,
            )
            claude._custom_headers = {}  # noqa: SLF001 - see _openai
            return AnthropicModel(target.model, provider=AnthropicProvider(anthropic_client=claude))
        case Dialect.GOOGLE:
            gemini = GoogleProvider(client=_google(line))
            return GoogleModel(target.model, provider=gemini)
        case Dialect.RESPONSES:
            openai = OpenAIProvider(openai_client=_openai(line))
            return OpenAIResponsesModel(target.model, provider=openai)
        case Dialect.CHAT:
            client = _openai(line)
            other = OpenAICompatibleProvider(target.host, openai_client=client, profile=_WHOLE)
            return OpenAIChatModel(target.model, provider=other)


def warm_up() -> None:
    """Have the SDKs load what they put off until the first request, on which the loop would wait.

    Blocks for a second or two; once in the life of a process is enough.
    """
    import_module("genai_prices.data")
    import_module("anyio._backends._asyncio")
    openai = AsyncOpenAI(api_key=_NO_KEY, base_url="http://localhost")
    anthropic = AsyncAnthropic(api_key=_NO_KEY, base_url="http://localhost")
    for method in (openai.chat.completions, openai.responses, anthropic.beta.messages):
        assert callable(method.create)
    union, *_ = get_args(ResponseStreamEvent)
    for event in get_args(union):
        event.model_rebuild()


def settings_of(target: Target) -> ModelSettings:
    """What every request says: mark what the provider may keep, and leave room for the answer."""
    settings = ModelSettings(cache=True)
    if target.dialect is Dialect.ANTHROPIC:
        settings["max_tokens"] = _MAX_OUTPUT
    return settings


def _openai(line: Line) -> AsyncOpenAI:
    client = AsyncOpenAI(
        api_key=line.key or _NO_KEY,
        base_url=line.target.base_url,
        http_client=line.http,
        max_retries=0,
    )
    # What the server's environment holds is for other programs, or for another provider than this.
    client.organization = client.project = client.admin_api_key = None
    client._custom_headers = {}  # noqa: SLF001 - no argument keeps those of the environment out
    return client


def _google(line: Line) -> Client:
    timeout = line.http.timeout.read
    options = HttpOptions(
        base_url=line.target.base_url,
        httpx_async_client=line.http,
        timeout=None if timeout is None else int(timeout * 1000),
    )
    return Client(vertexai=False, api_key=line.key or _NO_KEY, http_options=options)
