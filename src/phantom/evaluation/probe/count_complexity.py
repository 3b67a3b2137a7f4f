"""Prints the functions below some directories with their complexity, as CSV; ends with a row `end`.

Started as a script, `count_complexity.py DIRECTORY...`, with lizard's library: its command passes
over a file whose content it has seen in another one, and so over each side of what only moved.
"""

import csv
import sys
from pathlib import Path

import lizard  # type: ignore[import-untyped]

END = "end"


def main(roots: list[str]) -> None:
    """One row for each function: complexity, file, name, first line."""
    table = csv.writer(sys.stdout)
    for root in roots:
        for file in sorted(Path(root).rglob("*")):
            if file.is_file() and lizard.get_reader_for(str(file)):
                for each in lizard.analyze_file(str(file)).function_list:
                    row = (each.cyclomatic_complexity, file, each.name, each.start_line)
                    table.writerow(row)
    table.writerow([END])


if __name__ == "__main__":
    main(sys.argv[1:])
