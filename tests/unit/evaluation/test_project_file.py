"""`.phantom.toml` is checked by its schema, and every fault is told by its field."""

import re
from pathlib import Path

import pytest

from phantom.errors import InvalidInput
from phantom.evaluation.project_file import ProjectFile, effective_weights, parse

PAGE = (Path(__file__).parents[3] / "docs" / "project-file.md").read_text()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("commands = 1", "commands: Input should be a valid dictionary"),
        ("[command]\n", "command: Extra inputs are not permitted"),
        ('[commands.tests]\nrun = "make"', "commands.tests.run: no shell is used: write a list"),
        ("[commands.tests]\nrun = []", "commands.tests.run: Tuple should have at least 1 item"),
        ('[commands.size]\nrun = ["make"]', "commands: 'size' needs a weight"),
        (
            '[commands.diff]\nrun = ["make"]',
            "commands: 'diff' may be tests, lint, types, or a name",
        ),
        ('[commands.tests]\nrun = [""]', "commands.tests.run[0]: String should have at least 1"),
        (
            '[commands.tests]\nrun = ["a{junit}"]\nscore_from_output = true',
            "commands.tests: takes its score from its report or from its output, not from both",
        ),
        ("[weights]\nspeed = 1", "weights: 'speed' is none of tests, coverage, "),
        ("[weights]\ntests = -1", "weights.tests: Input should be greater than or equal to 0"),
        ("[weights]\ntests = nan", "weights.tests: Input should be a finite number"),
        ('off = ["linting"]', "off: 'linting' is none of tests, "),
        ("off = [", "is no TOML: Invalid value"),
    ],
)
def test_a_fault_is_a_sentence_with_the_path_of_its_field(text: str, fault: str) -> None:
    """Nobody has to guess what is wrong, or where."""
    with pytest.raises(InvalidInput) as refused:
        parse(text)
    assert re.search(re.escape(fault), str(refused.value)), str(refused.value)


def test_the_documented_file_is_taken() -> None:
    """The example on the page holds every field, and says what the page says."""
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    file = parse(example)
    assert set(ProjectFile.model_fields) == file.model_fields_set
    assert file.commands["tests"].reports_junit
    assert file.is_off("lint:javascript")
    assert file.is_excluded("generated/api/client.py")
    assert not file.is_excluded("src/generated.py")


def test_the_servers_weights_go_over_those_of_the_file() -> None:
    """The project's configuration on the server has the last word."""
    file = parse('[weights]\nlint = 0.3\n[commands.size]\nrun = ["make"]\nweight = 0.2')
    assert {"lint": 0.5, "size": 0.2} == effective_weights(file, {"lint": 0.5})
