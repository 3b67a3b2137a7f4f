"""eslint and TypeScript's compiler run from the project's own packages, and only new counts."""

from phantom.evaluation import Evaluation, Subject, Verdict
from phantom.evaluation.javascript import EslintEvaluator, TypeScriptEvaluator
from tests.support.evaluation import SubjectFactory, evaluate

BASE = {
    "package.json": "{}",
    "eslint.config.js": "",
    "tsconfig.json": "{}",
    ".gitignore": "node_modules\n",
}
# In the place of real packages of many megabytes: they say what those do, of every line with "bad".
ESLINT = """\
const fs = require('fs'), path = require('path');
const files = process.argv.slice(process.argv.indexOf('--') + 1);
console.log(JSON.stringify(files.map((file) => ({
  filePath: path.resolve(file),
  messages: fs.readFileSync(file, 'utf8').split('\\n')
    .map((text, index) => ({ ruleId: 'no-bad', severity: 2, message: text, line: index + 1 }))
    .filter(({ message }) => message.includes('bad')),
}))));
process.exit(1);
"""
TSC = """\
const fs = require('fs');
fs.readFileSync('src/a.ts', 'utf8').split('\\n').forEach((text, index) => {
  if (text.includes('bad')) console.log(`src/a.ts(${index + 1},1): error TS2322: bad`);
});
process.exit(2);
"""


async def measured(subject: Subject) -> dict[str, Evaluation]:
    """The evaluations of both, with their stand-ins installed."""
    for name, program in {"eslint/bin/eslint.js": ESLINT, "typescript/bin/tsc": TSC}.items():
        place = subject.workspace / "node_modules" / name
        place.parent.mkdir(parents=True)
        place.write_text(program)
    report = await evaluate(subject, (EslintEvaluator(), TypeScriptEvaluator()))
    return {each.evaluator: each for each in report.evaluations}


async def test_only_new_findings_count(make_subject: SubjectFactory) -> None:
    """What the base commit has does not, wherever it moved, and even in a renamed file."""
    change = {"src/a.ts": "// bad anew\nlet old = 'bad';\n"}
    subject = make_subject(BASE | {"src/a.ts": "let old = 'bad';\n"}, change)
    found = await measured(subject)
    assert [("no-bad", "src/a.ts", 1)] == places(found["lint:javascript"])
    assert [("TS2322", "src/a.ts", 1)] == places(found["types:javascript"])
    assert "!! node_modules/" in make_subject.status(subject)


async def test_what_is_not_configured_is_not_measured(make_subject: SubjectFactory) -> None:
    """A tool that happens to be installed has nothing to say."""
    found = await measured(make_subject({"package.json": "{}"}, {"src/a.ts": "bad"}))
    assert {Verdict.NOT_MEASURED} == {each.verdict for each in found.values()}
    assert "configured and installed" in found["lint:javascript"].summary


def places(evaluation: Evaluation) -> list[tuple[str, str | None, int | None]]:
    """Rule, path and line of each finding."""
    return [(finding.rule, finding.path, finding.line) for finding in evaluation.findings]
