"""Reads the JUnit XML that most test runners can write.

The report comes out of code that an agent wrote, so a document type, with which a small file can
become a large one, is refused.
"""

import xml.etree.ElementTree as ET

from phantom.evaluation.outcomes import Outcome, TestResult, TestRun
from phantom.evaluation.port import ToolBroke

_OUTCOMES = {
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
}


def read_junit(content: bytes) -> TestRun:
    """The run that the report tells of, in UTF-8; raises ToolBroke where it is none."""
    # As text: the document must not name an encoding in which a document type looks otherwise.
    text = content.decode(errors="replace")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ToolBroke("the JUnit report has a document type, which is refused")
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a document type there are no entities
    except ET.ParseError as error:
        raise ToolBroke(f"the JUnit report cannot be read: {error}") from error
    results = [_result(case) for case in root.iter("testcase")]
    return TestRun(results={result.id: result for result in results}, status=0)


def _result(case: ET.Element) -> TestResult:
    name = ".".join(filter(None, (case.get("classname"), case.get("name")))) or "a test"
    path, line = case.get("file", ""), case.get("line", "")
    told = next((element for element in case if element.tag in _OUTCOMES), None)
    message = "" if told is None else told.get("message") or told.text or ""
    return TestResult(
        id=f"{path}::{name[:300]}",
        outcome=Outcome.PASSED if told is None else _OUTCOMES[told.tag],
        path=path,
        line=int(line) if line.isdecimal() and len(line) < 8 else None,
        message=(message.strip().splitlines() or [""])[0][:500],
    )
