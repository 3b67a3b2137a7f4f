"""bandit and detect-secrets judge what the change adds, and cannot be silenced by it."""

import json
from pathlib import Path

from phantom.evaluation import FindingSeverity, Verdict
from phantom.evaluation.base_cache import BaseCache
from phantom.evaluation.security import security_evaluators
from tests.support.evaluation import SubjectFactory, evaluate, named

OLD = "import subprocess\n\n\ndef run(text):\n    subprocess.call(text, shell=True)\n"
# Built in parts, so that no scanner takes this file for one with a key.
KEY = "AKIA" + "Q3EGWNRXT5ZPLM7D"


async def test_only_new_issues_count(make_subject: SubjectFactory) -> None:
    """The old `shell=True`, moved, is not new; the new `eval` is, whatever its comment says."""
    subject = make_subject(
        {"a.py": OLD},
        {"a.py": "x = 1\n" + OLD + "\n\ndef f(text):\n    return eval(text)  # nosec\n"},
    )
    report = await evaluate(subject, security_evaluators(BaseCache(None)))
    security = named(report, "security")
    assert [("B307", "a.py", 10)] == [(f.rule, f.path, f.line) for f in security.findings]
    assert (Verdict.FAILED, 1) == (security.verdict, report.security_issues)
    assert "" == make_subject.status(subject)


async def test_new_secret_is_found_in_any_file_and_not_repeated(
    make_subject: SubjectFactory,
) -> None:
    """A key in a configuration file is severe; no message holds it, and old ones are not new."""
    old = "token = " + "ghp_" + "a1B2c3D4" * 4 + "e5F6\n"
    subject = make_subject(
        {"conf.ini": old}, {"conf.ini": f"key = {KEY}  # pragma: allowlist secret\n" + old}
    )
    report = await evaluate(subject, security_evaluators(BaseCache(None)))
    secrets = named(report, "secrets")
    (finding,) = [f for f in secrets.findings if f.severity is FindingSeverity.HIGH]
    assert ("aws-access-key", "conf.ini", 1) == (finding.rule, finding.path, finding.line)
    assert KEY not in report.model_dump_json()
    assert "no Python file was changed" == named(report, "security").summary


async def test_the_base_is_scanned_once_for_each_tree(
    make_subject: SubjectFactory, tmp_path: Path
) -> None:
    """A second evaluation from the same base takes its findings from the cache, on disk too."""
    directory = tmp_path / "cache"
    subject = make_subject({"a.py": OLD}, {"a.py": OLD + "x = 1\n"})
    first = await evaluate(subject, security_evaluators(BaseCache(directory))[:1])
    (file,) = directory.glob("bandit-*.json")
    assert ["B602"] == [s["rule"] for s in json.loads(file.read_bytes())["a.py"]]

    # With the base's finding gone from the cache, the old one would count as new.
    file.write_text('{"a.py": []}')
    again = subject.model_copy(update={"scratch": tmp_path / "again"})
    second = await evaluate(again, security_evaluators(BaseCache(directory))[:1])
    assert (0, 1) == (first.security_issues, second.security_issues)


async def test_a_cache_that_cannot_be_read_or_written_costs_nothing(
    make_subject: SubjectFactory, tmp_path: Path
) -> None:
    """The scan is done again; a broken file is an empty cache, and so is a forbidden place."""
    (tmp_path / "file").write_text("not a directory")
    subject = make_subject({"a.py": OLD}, {"a.py": OLD + "x = 1\n"})
    report = await evaluate(subject, security_evaluators(BaseCache(tmp_path / "file"))[:1])
    assert 1.0 == report.components["security"]


async def test_renamed_file_is_compared_with_itself(make_subject: SubjectFactory) -> None:
    """Moving a file with an old issue is no new issue."""
    body = OLD + "".join(f"\n\ndef f{n}():\n    return {n}\n" for n in range(10))
    subject = make_subject({"a.py": body}, {"a.py": None, "b.py": body + "x = 1\n"})
    report = await evaluate(subject, security_evaluators(BaseCache(None))[:1])
    assert 1.0 == report.components["security"]
