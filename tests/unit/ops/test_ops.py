"""The dashboard and the alert rules ask for series that the server has, in words that parse."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import promql_parser
import pytest
import yaml

from tests.support.api import Edge
from tests.support.prometheus import Family, families

OPS = Path(__file__).parents[3] / "ops"
# What Prometheus adds to every series, and the one that it makes itself.
OF_PROMETHEUS = {"job", "instance"}
MADE_BY_PROMETHEUS = {"up": Family("gauge", (), ("up",))}
SEVERITIES = {"critical", "warning", "info"}
# Grafana puts a duration in its place.
RATE_INTERVAL = re.compile(r"\$__rate_interval")


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The labels of each sample that a server exposes, by the sample's name."""
    every = families(Edge(tmp_path_factory.mktemp("ops")).app) | MADE_BY_PROMETHEUS
    return {
        sample: {*family.labels} | OF_PROMETHEUS | ({"le"} if sample.endswith("_bucket") else set())
        for family in every.values()
        for sample in family.samples
    }


def rules() -> list[dict[str, object]]:
    """Every alert rule."""
    document = yaml.safe_load((OPS / "phantom.rules.yml").read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def dashboard() -> dict[str, object]:
    """The dashboard."""
    return dict(json.loads((OPS / "grafana.json").read_text()))


def panels() -> list[dict[str, object]]:
    """Those of the dashboard that show something."""
    every = dashboard()["panels"]
    assert isinstance(every, list)
    return [panel for panel in every if panel["type"] != "row"]


def expressions() -> Iterator[tuple[str, str]]:
    """Whose each expression is, and the expression."""
    for rule in rules():
        yield str(rule["alert"]), str(rule["expr"])
    for panel in panels():
        for target in panel["targets"]:  # type: ignore[attr-defined]
            yield str(panel["title"]), RATE_INTERVAL.sub("5m", target["expr"])


def problems(expression: str, exposed: Mapping[str, set[str]]) -> list[str]:
    """What is wrong with an expression; raises ValueError where it does not parse."""
    found: list[str] = []
    known: set[str] = set()
    grouped: list[str] = []

    def visit(node: promql_parser.Expr) -> None:
        if isinstance(node, promql_parser.MatrixSelector):
            node = node.vector_selector
        if isinstance(node, promql_parser.VectorSelector):
            labels = exposed.get(str(node.name))
            if labels is None:
                found.append(f"nothing exposes {node.name}")
                return
            known.update(labels)
            asked = {matcher.name for matcher in node.matchers.matchers}
            found.extend(f"{node.name} has no label {name}" for name in sorted(asked - labels))
        if isinstance(node, promql_parser.AggregateExpr) and node.modifier is not None:
            grouped.extend(node.modifier.labels)

    promql_parser.walk(promql_parser.parse(expression), visit)
    found.extend(f"no series has the label {name}" for name in sorted({*grouped} - known))
    return found


def test_every_expression_asks_for_what_there_is(exposed: dict[str, set[str]]) -> None:
    """It parses, its series are exposed, and they have the labels it goes by."""
    wrong = [
        f"{whose}: {problem}"
        for whose, expression in expressions()
        for problem in problems(expression, exposed)
    ]
    assert [] == wrong
    assert 50 < len(list(expressions()))


@pytest.mark.parametrize(
    ("expression", "word"),
    [
        ("phantom_no_such_series > 0", "phantom_no_such_series"),
        ("rate(phantom_tasks_ended[5m])", "phantom_tasks_ended"),
        ('phantom_tasks{state="x"}', "state"),
        ("sum by (agent) (rate(phantom_tokens_total[5m]))", "agent"),
        ("sum by (le) (rate(phantom_task_quality_count[5m]))", "le"),
    ],
)
def test_a_wrong_expression_is_seen(
    exposed: dict[str, set[str]], expression: str, word: str
) -> None:
    """A check that finds nothing anywhere would be worth nothing."""
    assert word in " ".join(problems(expression, exposed))


@pytest.mark.parametrize("expression", ["sum(", "rate(phantom_tasks)", "1 +", "phantom_tasks[5m"])
def test_what_is_no_expression_is_seen(exposed: dict[str, set[str]], expression: str) -> None:
    """The parser knows the types of functions, too."""
    with pytest.raises(ValueError, match=r"."):
        problems(expression, exposed)


@pytest.mark.parametrize("rule", rules(), ids=lambda rule: str(rule["alert"]))
def test_every_rule_is_complete(rule: dict[str, object], exposed: dict[str, set[str]]) -> None:
    """With a severity, a sentence, what to do, and no label in its words that it does not have."""
    assert {"alert", "expr", "labels", "annotations"} <= rule.keys()
    assert rule.keys() <= {"alert", "expr", "for", "labels", "annotations"}
    assert re.fullmatch(r"Phantom([A-Z][a-z]+)+", str(rule["alert"]))
    assert "for" not in rule or promql_parser.parse_duration(str(rule["for"]))
    labels, annotations = rule["labels"], rule["annotations"]
    assert isinstance(labels, dict)
    assert isinstance(annotations, dict)
    assert SEVERITIES >= {labels["severity"]}
    assert {"summary", "description"} == annotations.keys()
    used = set(re.findall(r"\$labels\.(\w+)", " ".join(annotations.values())))
    grouped = re.findall(r"by \(([^)]*)\)", str(rule["expr"]))
    kept = {name.strip() for each in grouped for name in each.split(",")}
    if not grouped:
        (series, *_) = re.findall(r"(?:phantom|process)_\w+|up", str(rule["expr"]))
        kept = exposed[series]
    assert set() == used - kept
    # It compares with something: a rule without a limit fires for ever.
    assert re.search(r"[<>=]=?", str(rule["expr"]))


def test_no_two_rules_have_one_name() -> None:
    """Or one would hide the other."""
    names = [rule["alert"] for rule in rules()]
    assert len(names) == len(set(names))


def test_the_dashboard_is_one_that_grafana_imports() -> None:
    """Ids are unique, panels lie in the grid and do not cover each other, names are declared."""
    board = dashboard()
    assert {"uid", "title", "schemaVersion", "panels", "templating", "time"} <= board.keys()
    every = board["panels"]
    assert isinstance(every, list)
    assert len(every) == len({panel["id"] for panel in every})
    taken: set[tuple[int, int]] = set()
    for panel in every:
        grid = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(grid["x"], grid["x"] + grid["w"])
            for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert set() == cells & taken
        assert grid["x"] + grid["w"] <= 24
        taken |= cells
    declared = {each["name"] for each in board["templating"]["list"]}  # type: ignore[index]
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(every)))
    assert {"datasource", "job"} == declared == used


def test_every_panel_says_what_it_shows(exposed: dict[str, set[str]]) -> None:
    """With a title, a description, a unit, and legends of labels that its series have."""
    labels = set().union(*exposed.values())
    for panel in panels():
        assert panel["title"]
        assert panel["description"]
        assert panel["fieldConfig"]["defaults"]["unit"]  # type: ignore[index]
        for target in panel["targets"]:  # type: ignore[attr-defined]
            assert set(re.findall(r"{{(\w+)}}", target["legendFormat"])) <= labels
            assert 'job="$job"' in target["expr"]


def test_prometheus_is_told_the_right_place() -> None:
    """The path of the metrics and the file of the rules exist."""
    document = yaml.safe_load((OPS / "prometheus.yml").read_text())
    (job,) = document["scrape_configs"]
    assert ("phantom", "/api/metrics") == (job["job_name"], job["metrics_path"])
    assert all((OPS / name).is_file() for name in document["rule_files"])
