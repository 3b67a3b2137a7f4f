"""An evaluator that takes the figure in the file `score` for the quality of the work."""

import asyncio

from phantom.evaluation.change import Change
from phantom.evaluation.port import Evaluation, Finding, Subject, Verdict


class Graded:
    """The tests pass from 1.0 on; `hangs` in the place of a figure is a run that hung."""

    measures = ("tests",)

    def applies(self, subject: Subject) -> bool:  # noqa: ARG002 - it is always wanted
        """Always."""
        return True

    async def evaluate(
        self,
        subject: Subject,
        change: Change,  # noqa: ARG002 - it looks at the file itself
        *,
        timeout_seconds: float,  # noqa: ARG002 - it takes no time
    ) -> tuple[Evaluation, ...]:
        """Read the file."""
        text = await asyncio.to_thread((subject.workspace / "score").read_text)
        if text == "hangs":
            return (Evaluation(evaluator="tests", verdict=Verdict.TIMED_OUT, summary="it hung"),)
        passing = float(text) >= 1
        return (
            Evaluation(
                evaluator="tests",
                verdict=Verdict.PASSED if passing else Verdict.FAILED,
                summary=f"graded {text}",
                score=float(text),
                findings=(Finding(rule="grade", message=f"the grade is {text}"),),
                metrics={"tests_run": 1, "tests_failed": 0 if passing else 1},
            ),
        )
