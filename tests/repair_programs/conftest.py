"""The projects below are data: their tests run where the repair runs, never in this suite."""

collect_ignore_glob = ["*/project", "*/correct"]
