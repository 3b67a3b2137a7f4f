"""Each rule on Dockerfiles finds its flaw, and leaves what is right alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from phantom.evaluation.deployment.dockerfile import dockerfile_flaws

GOOD = """\
# syntax=docker/dockerfile:1
ARG VERSION=3.12
FROM python:${VERSION}-slim AS build
COPY requirements.txt .
RUN pip install -r requirements.txt
COPY . .
RUN apt-get update \\
    # what the program needs
    && apt-get install -y curl \\
    && rm -rf /var/lib/apt/lists/*
RUN <<EOF
echo done
EOF

FROM build
ENV PORT=80 API_TOKEN_FILE=/run/token PASSWORD=$BUILD_ARG
USER app
CMD ["run"]
"""


def found(source: str) -> list[tuple[str, int]]:
    """Rule and line of each flaw."""
    return [(flaw.rule, flaw.line) for flaw in dockerfile_flaws(source)]


def test_a_good_file_has_no_flaw() -> None:
    """Continued lines with comments, stages, here-documents and variables are understood."""
    assert [] == found(GOOD)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("python:${VERSION}-slim", "python", ("docker-latest", 3)),
        ("python:${VERSION}-slim", "localhost:5000/python", ("docker-latest", 3)),
        ("python:${VERSION}-slim", "python:latest", ("docker-latest", 3)),
        ("USER app\n", "", ("docker-root", 15)),
        ("USER app", "USER root", ("docker-root", 17)),
        ("USER app", "USER app\nUSER 0:0", ("docker-root", 18)),
        ("COPY . .", "COPY . .\nADD https://example.com/a.tar /", ("docker-add-url", 7)),
        ("PORT=80", "DB_PASSWORD=hunter2", ("docker-secret", 16)),
        ("ENV PORT", "ENV SECRET it=is\nENV PORT", ("docker-secret", 16)),
        ("ARG VERSION=3.12", "ARG API_KEY", ("docker-secret-argument", 2)),
        (" \\\n    && rm -rf /var/lib/apt/lists/*", "", ("docker-apt-lists", 7)),
        ("COPY requirements.txt .", "COPY . .", ("docker-copy-order", 4)),
        ("CMD", "COMMAND", ("docker-syntax", 18)),
    ],
)
def test_each_flaw_is_found_with_its_line(old: str, new: str, expected: tuple[str, int]) -> None:
    """One change makes one flaw."""
    assert old in GOOD
    assert [expected] == found(GOOD.replace(old, new, 1))


def test_a_base_that_is_sure_needs_no_tag() -> None:
    """A digest, nothing at all, and an image that says itself that it is nobody's."""
    assert [] == found("FROM python@sha256:abc\nUSER 1000\n")
    assert [] == found("FROM scratch\nUSER 1000\n")
    assert [] == found("FROM gcr.io/distroless/static:nonroot\n")


@given(st.text(alphabet="FROMRUNADD \\\n#<EO'\"=:x", max_size=80))
def test_whatever_the_text_it_is_told_and_not_raised(source: str) -> None:
    """A file that no build could read has a flaw in one of its lines."""
    lines = max(1, len(source.splitlines()))
    assert all(1 <= line <= lines for _, line in found(source))
