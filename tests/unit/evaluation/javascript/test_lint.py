"""What eslint 10.15.0 and TypeScript 7.0.2 told of a small project is read."""

from phantom.evaluation.javascript.lint import eslint_remarks, tsc_remarks
from phantom.evaluation.port import FindingSeverity

ESLINT = """\
[{"filePath":"/project/src/a.js","messages":[
{"ruleId":"eqeqeq","severity":1,"message":"Expected '===' and instead saw '=='.","line":2},
{"ruleId":"no-undef","severity":2,"message":"'foo' is not defined.","line":2,"column":15}],
"suppressedMessages":[],"errorCount":1},
{"filePath":"/project/src/b.js","messages":[{"ruleId":null,"fatal":true,"severity":2,
"message":"Parsing error: The keyword 'let' is reserved","line":1,"column":1}],"errorCount":1},
{"filePath":"/project/src/c.ts","messages":[{"ruleId":null,"fatal":false,"severity":1,
"message":"File ignored because no matching configuration was supplied."}],"errorCount":0}]
"""
TSC = "src/c.ts(1,7): error TS2322: Type 'string' is not assignable to type 'number'.\n"


def test_eslint_is_read_by_severity() -> None:
    """An error, a warning, a file that cannot be parsed; not that a file is ignored."""
    assert [
        ("eqeqeq", FindingSeverity.LOW),
        ("no-undef", FindingSeverity.MEDIUM),
        ("syntax-error", FindingSeverity.HIGH),
    ] == [(remark.rule, remark.severity) for remark in eslint_remarks(ESLINT)]


def test_errors_of_tsc_are_read_with_their_place() -> None:
    """Below the root of their package."""
    (remark,) = tsc_remarks(TSC, "web")
    assert ("TS2322", "web/src/c.ts", 1) == (remark.rule, remark.path, remark.line)
    assert "Type 'string' is not assignable to type 'number'." == remark.message
