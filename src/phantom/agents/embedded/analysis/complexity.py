"""Complicated functions, by lizard, in every language that it reads."""

from phantom.agents.embedded.analysis.files import Sources
from phantom.agents.embedded.analysis.findings import Finding, Section

_MEDIUM, _HIGH = 15, 30


def complexity(sources: Sources) -> Section:
    """Functions whose cyclomatic complexity is above 15 (medium) or 30 (high)."""
    import lizard  # type: ignore[import-untyped]

    section = Section("Complexity (lizard)")
    lines = functions = 0
    worst: list[tuple[int, str, str]] = []
    for path in sources.all:
        if not lizard.get_reader_for(path):
            continue
        section.scanned += 1
        info = lizard.analyze_file(str(sources.root / path))
        lines += info.nloc
        functions += len(info.function_list)
        for function in info.function_list:
            number = function.cyclomatic_complexity
            worst.append((number, f"{path}:{function.start_line}", function.name))
            if number > _MEDIUM:
                section.findings.append(
                    Finding(
                        tool="lizard",
                        rule="complex-function",
                        severity="medium" if number > _HIGH else "low",
                        path=path,
                        line=function.start_line,
                        message=f"`{function.name}` has a cyclomatic complexity of {number}",
                    )
                )
    if not section.scanned:
        section.not_run = "there is no file in a language that it reads"
        return section
    section.notes.append(f"{lines} lines of code in {functions} functions.")
    for number, place, name in sorted(worst, key=lambda w: (-w[0], w[1]))[:5]:
        section.notes.append(f"- {number}: `{name}` ({place})")
    return section
