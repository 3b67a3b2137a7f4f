"""Which files change most, from the repository's history."""

import asyncio
from collections import Counter

from phantom.agents.embedded.analysis.files import Sources
from phantom.agents.embedded.analysis.findings import Section
from phantom.errors import GitFailed
from phantom.git import git

_COMMITS = 1000


def churn(sources: Sources) -> Section:
    """Changes per file over the last thousand commits; no finding by itself."""
    section = Section("Churn (git log)")
    options = ["log", f"--max-count={_COMMITS}", "--no-merges", "--name-only", "--format=%x00"]
    try:
        log = asyncio.run(git(sources.root, *options))
    except GitFailed as error:
        section.not_run = str(error)
        return section
    known = set(sources.all)
    commits = log.split("\0")[1:]
    changes = Counter(
        path for commit in commits for path in commit.split("\n") if path and path in known
    )
    section.scanned = len(known)
    section.notes.append(f"{len(commits)} commits read.")
    top = sorted(changes.items(), key=lambda item: (-item[1], item[0]))[:10]
    section.notes += [f"- {count} changes: {path}" for path, count in top]
    return section
