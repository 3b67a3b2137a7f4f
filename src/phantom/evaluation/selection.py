"""Which evaluators measure a change, by what the repository is and what its project file says."""

from collections.abc import Sequence
from dataclasses import dataclass

from phantom.evaluation.change import Change
from phantom.evaluation.commands import command_evaluators
from phantom.evaluation.components import component_of
from phantom.evaluation.diff import is_protected
from phantom.evaluation.judging import unmeasured
from phantom.evaluation.port import Evaluation, Evaluator, Subject
from phantom.evaluation.project_file import NAME, ProjectFile


@dataclass(frozen=True, slots=True)
class Selection:
    """The evaluators that run, and what is not measured since somebody said so.

    Attributes:
        dropped: evaluations without a score, each with its reason.
    """

    evaluators: tuple[Evaluator, ...]
    dropped: tuple[Evaluation, ...]
    _file: ProjectFile

    @classmethod
    def of(
        cls, evaluators: Sequence[Evaluator], subject: Subject, file: ProjectFile
    ) -> "Selection":
        """Choose among our own evaluators, and add the commands of the file."""
        own = [
            each
            for each in evaluators
            if each.applies(subject) and component_of(each.measures[0]) not in file.commands
        ]
        # One whose first measure a command has taken over still said what else it would have.
        replaced = [
            name
            for each in evaluators
            if each.applies(subject) and each not in own
            for name in each.measures
            if component_of(name) not in file.commands
        ]
        commands = [each for each in command_evaluators(file) if each.applies(subject)]
        every = [*commands, *own]
        running = tuple(each for each in every if not all(map(file.is_off, each.measures)))
        idle = [name for each in every if each not in running for name in each.measures]
        return cls(
            evaluators=running,
            dropped=(
                *(unmeasured(name, f"switched off in {NAME}") for name in idle),
                *(unmeasured(name, f"{NAME} has a command of its own") for name in replaced),
            ),
            _file=file,
        )

    def keep(self, evaluation: Evaluation) -> Evaluation:
        """`evaluation`, without its score where it is switched off but came from a shared run."""
        if not self._file.is_off(evaluation.evaluator):
            return evaluation
        return unmeasured(evaluation.evaluator, f"switched off in {NAME}")


def looked_at(change: Change, file: ProjectFile) -> Change:
    """The change without excluded files; what configures programs is looked at in any case."""
    if not file.exclude:
        return change
    return Change(
        files=tuple(
            each
            for each in change.files
            if is_protected(each.path)
            or is_protected(each.base_path)
            or not (file.is_excluded(each.path) and file.is_excluded(each.base_path))
        )
    )
