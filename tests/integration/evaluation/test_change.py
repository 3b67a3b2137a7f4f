"""A change is read from git with its lines, whatever the files are named or hold."""

from phantom.evaluation.change import Change, ChangedFile, read_change
from phantom.evaluation.contents import read_contents
from tests.support.evaluation import SubjectFactory


async def read(
    make_subject: SubjectFactory, base: dict[str, str], change: dict[str, str | None]
) -> Change:
    subject = make_subject(base, change)
    return await read_change(subject.workspace, subject.base_commit)


async def test_added_and_removed_lines_have_their_numbers(make_subject: SubjectFactory) -> None:
    """Rewritten, appended and removed lines, without a newline at the end."""
    change = await read(make_subject, {"a.py": "1\n2\n3\n4\n"}, {"a.py": "1\nb\n4\ne"})
    (file,) = change.files
    assert ({2: "b", 4: "e"}, ["2", "3"]) == (file.added, file.removed)


async def test_content_cannot_pass_for_a_header(make_subject: SubjectFactory) -> None:
    """Lines that look like a patch are content."""
    tricky = "diff --git a/x b/x\n@@ -1 +1 @@\n\\ No newline\n--- a/x\n+++ b/x\n"
    change = await read(make_subject, {"a": tricky}, {"a": "x\n", "b": tricky})
    a, b = change.files
    assert (tricky.splitlines(), {1: "x"}) == (a.removed, a.added)
    assert tricky.splitlines() == list(b.added.values())


async def test_names_are_taken_as_they_are(make_subject: SubjectFactory) -> None:
    """Spaces, quotes, letters beyond ASCII and line breaks in a name do no harm."""
    names = ["a b.py", 'q"uote.py', "ünïcode.py", "line\nbreak.py", "-dash.py"]
    change = await read(make_subject, {}, dict.fromkeys(names, "x\n"))
    assert sorted(names) == sorted(file.path for file in change.files)
    assert all({1: "x"} == file.added for file in change.files)


async def test_renamed_and_removed_files_know_where_they_were(make_subject: SubjectFactory) -> None:
    """A rename has both paths and contents; a removed file has none at HEAD."""
    text = "".join(f"line {n}\n" for n in range(20))
    subject = make_subject(
        {"old.py": text, "gone.py": "x\n"},
        {"old.py": None, "new.py": text + "more\n", "gone.py": None},
    )
    change = await read_change(subject.workspace, subject.base_commit)
    by_path = {file.path: file for file in change.files}
    new, gone = by_path["new.py"], by_path["gone.py"]
    assert ("old.py", {21: "more"}) == (new.base_path, new.added)
    assert (None, ["x"]) == (gone.head_blob, gone.removed)
    contents = await read_contents(subject, change.files)
    assert {"old.py": text.encode(), "gone.py": b"x\n"} == contents.before
    assert {"new.py": (text + "more\n").encode()} == contents.after


async def test_links_are_told_from_files(make_subject: SubjectFactory) -> None:
    """A symbolic link is no regular file, also where it takes a file's place."""
    subject = make_subject({"a.py": "x\n", "z.py": "1\n"}, {"z.py": "2\n"})
    (subject.workspace / "a.py").unlink()
    (subject.workspace / "a.py").symlink_to("/etc/passwd")
    make_subject.commit(subject)
    change = await read_change(subject.workspace, subject.base_commit)
    link, file = change.files
    assert (True, None) == (link.link, link.head_blob)
    assert {1: "2"} == file.added
    assert [file] == list(change.at_head)
    assert isinstance(file, ChangedFile)


async def test_no_change_is_an_empty_one(make_subject: SubjectFactory) -> None:
    """Where HEAD is the base there is nothing."""
    change = await read(make_subject, {"a.py": "x\n"}, {})
    assert () == change.files
