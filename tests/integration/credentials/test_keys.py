"""Stored keys on both databases: sealed, for one host, and kept over a new master key."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import update

from phantom.credentials.keys import KeyStore
from phantom.db import models
from phantom.db.database import Database
from phantom.errors import Conflict, InvalidInput, NotFound
from phantom.security.envelope import MasterKeys
from phantom.security.master_key import FILE_NAME, VARIABLE
from phantom.security.redaction import REDACTED, redacted

VALUE = "sk-ant-the-value-of-a-key-0001"


@pytest.fixture
def keys(database: Database, tmp_path: Path) -> KeyStore:
    """The keys of an empty database and home."""
    return KeyStore(database, tmp_path / "home", environment={})


async def test_a_key_is_handed_out_for_its_host(keys: KeyStore) -> None:
    """And is in no row in the clear."""
    await keys.add("main", VALUE, host=None, created_by="me")
    assert VALUE == await keys.resolve("main", host="api.anthropic.com")
    assert VALUE == await keys.resolve("main", host="API.Anthropic.com:443")
    (row,) = await keys.list()
    assert ("main", "api.anthropic.com", "me") == (row.key_id, row.host, row.created_by)
    assert VALUE.encode() not in row.sealed + row.wrapped_key


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "api.anthropic.com.evil.example",
        "evil-api.anthropic.com",
        "api.anthropic.com@evil.example",
        "api.anthropic.com/x",
        "",
    ],
)
async def test_a_key_is_handed_out_for_no_other_host(keys: KeyStore, host: str) -> None:
    """The sentence says whose it is, and not what it is."""
    await keys.add("main", VALUE, host=None, created_by="me")
    with pytest.raises(InvalidInput, match=r"is for api\.anthropic\.com") as caught:
        await keys.resolve("main", host=host)
    assert VALUE not in str(caught.value)


async def test_a_port_that_was_given_counts(keys: KeyStore) -> None:
    """Another server on the same machine is another host."""
    await keys.add("a", VALUE, host="[::1]:8443", created_by="me")
    assert VALUE == await keys.resolve("a", host="[::1]:8443")
    for other in ("[::1]:8080", "[::1]", "::1"):
        with pytest.raises(InvalidInput):
            await keys.resolve("a", host=other)
    await keys.add("b", VALUE, host="[::1]", created_by="me")
    assert VALUE == await keys.resolve("b", host="::1")


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("sk-ant-12345678", "api.anthropic.com"),
        ("sk-or-12345678", "openrouter.ai"),
        ("sk-proj-12345678", "api.openai.com"),
        ("AIza12345678", "generativelanguage.googleapis.com"),
        ("ghp_12345678", "api.github.com"),
        ("github_pat_12345678", "api.github.com"),
    ],
)
async def test_the_host_is_told_from_the_key_s_shape(keys: KeyStore, value: str, host: str) -> None:
    """As docs/keys.md lists them."""
    assert host == (await keys.add("a", value, host=None, created_by="me")).host
    page = (Path(__file__).parents[3] / "docs" / "keys.md").read_text()
    assert f"| `{value.removesuffix('12345678')}` | `{host}` |" in page


async def test_where_the_shape_tells_nothing_the_host_is_asked_for(keys: KeyStore) -> None:
    """`sk-...` is in use by many."""
    with pytest.raises(InvalidInput, match="give `host`"):
        await keys.add("a", "sk-12345678", host=None, created_by="me")
    assert [] == await keys.list()


@pytest.mark.parametrize(
    ("key_id", "value", "host"),
    [
        ("", VALUE, None),
        ("env:HOME", VALUE, None),
        ("../x", VALUE, None),
        ("x" * 101, VALUE, None),
        ("a", "short", "h"),
        ("a", "", "h"),
        ("a", "x" * 8193, "h"),
        ("a", "two words", "h"),
        ("a", "line\nbreak", "h"),
        ("a", "ümlaut-in-a-header", "h"),
        ("a", VALUE, "https://h/"),
        ("a", VALUE, "h:99999"),
        ("a", VALUE, "*"),
    ],
)
async def test_what_cannot_be_a_key_is_refused(
    keys: KeyStore, key_id: str, value: str, host: str | None
) -> None:
    """Before anything is made, and without a word of the value."""
    with pytest.raises(InvalidInput) as caught:
        await keys.add(key_id, value, host=host, created_by="me")
    assert len(value) < 8 or value not in str(caught.value)
    assert [] == await keys.list()


async def test_a_name_is_taken_once_and_free_again_after_removal(keys: KeyStore) -> None:
    """Nothing is replaced in silence."""
    await keys.add("a", VALUE, host=None, created_by="me")
    with pytest.raises(Conflict, match="already"):
        await keys.add("a", "sk-ant-another-0002", host=None, created_by="me")
    assert VALUE == await keys.resolve("a", host="api.anthropic.com")
    await keys.remove("a")
    with pytest.raises(NotFound):
        await keys.remove("a")
    with pytest.raises(NotFound, match="phantom key add"):
        await keys.resolve("a", host="api.anthropic.com")


async def test_a_variable_is_read_at_each_use(database: Database, tmp_path: Path) -> None:
    """It is nowhere in the database."""
    environment = {"MY_KEY": " the-value-of-a-variable\n"}
    keys = KeyStore(database, tmp_path, environment=environment)
    assert "the-value-of-a-variable" == await keys.resolve("env:MY_KEY", host="a.example")
    environment["MY_KEY"] = "another-value"
    assert "another-value" == await keys.resolve("env:MY_KEY", host="b.example")
    with pytest.raises(NotFound, match="no NO_KEY"):
        await keys.resolve("env:NO_KEY", host="a.example")


@pytest.mark.parametrize(
    "name", ["PHANTOM_MASTER_KEY", "DATABASE_URL", "REDIS_URL", "LANGFUSE_SECRET_KEY", "", "A-B"]
)
async def test_phantom_s_own_variables_are_sent_nowhere(
    database: Database, tmp_path: Path, name: str
) -> None:
    """An admin of the API is not the operator of the machine."""
    keys = KeyStore(database, tmp_path, environment={name: "value-of-the-variable"})
    with pytest.raises(InvalidInput, match="not a variable"):
        await keys.resolve(f"env:{name}", host="a.example")


async def test_what_was_stored_or_read_is_redacted_from_then_on(keys: KeyStore) -> None:
    """By whatever this process writes."""
    await keys.add("a", "plain-looking-value-77", host="h", created_by="me")
    assert f"it says {REDACTED}!" == redacted("it says plain-looking-value-77!")


async def test_another_process_learns_them_when_it_starts(
    keys: KeyStore, database: Database, tmp_path: Path
) -> None:
    """One that does not open costs only itself."""
    await keys.add("a", VALUE, host=None, created_by="me")
    async with database.write() as session:
        session.add(
            models.StoredKey(
                key_id="broken",
                host="h",
                sealed=b"",
                wrapped_key=b"",
                master_id="none",
                created_by="me",
            )
        )
    await KeyStore(database, tmp_path / "home", environment={}).learn()
    assert VALUE not in redacted(f"<{VALUE}>")


async def test_a_changed_row_does_not_open(keys: KeyStore, database: Database) -> None:
    """Whoever can write the database cannot have a key sent to a host of theirs."""
    await keys.add("a", VALUE, host=None, created_by="me")
    async with database.write() as session:
        await session.execute(update(models.StoredKey).values(host="evil.example"))
    with pytest.raises(Conflict, match="changed by something else"):
        await keys.resolve("a", host="evil.example")


async def test_a_new_master_key_keeps_every_value(keys: KeyStore, tmp_path: Path) -> None:
    """The old one opens nothing any more, and the file is as shut as before."""
    for number in range(3):
        await keys.add(f"k{number}", f"{VALUE}-{number}", host=None, created_by="me")
    file = tmp_path / "home" / FILE_NAME
    old = file.read_text()
    sealed = {row.key_id: row.sealed for row in await keys.list()}
    count, place = await keys.rotate()
    assert (3, FILE_NAME) == (count, place.name)
    assert (44, 0o600) == (len(file.read_text().strip()), file.stat().st_mode & 0o777)
    assert old != file.read_text()
    assert sealed == {row.key_id: row.sealed for row in await keys.list()}
    for number in range(3):
        assert f"{VALUE}-{number}" == await keys.resolve(f"k{number}", host="api.anthropic.com")
    file.write_text(old)
    with pytest.raises(Conflict, match="sealed under the master key"):
        await keys.resolve("k0", host="api.anthropic.com")


async def test_a_rotation_that_was_cut_off_is_done_again(keys: KeyStore, tmp_path: Path) -> None:
    """After the new key was kept, and before or after the rows were sealed under it."""
    await keys.add("a", VALUE, host=None, created_by="me")
    file = tmp_path / "home" / FILE_NAME
    both = MasterKeys.parse(file.read_text(), "file").with_new()
    file.write_text(both.text())
    assert VALUE == await keys.resolve("a", host="api.anthropic.com")
    await keys.rotate()
    assert VALUE == await keys.resolve("a", host="api.anthropic.com")
    newest = MasterKeys.parse(file.read_text(), "file")
    file.write_text(MasterKeys(newest.keys + both.keys).text())
    await keys.rotate()
    assert VALUE == await keys.resolve("a", host="api.anthropic.com")


async def test_keys_that_are_stored_while_the_master_key_changes_open_afterwards(
    keys: KeyStore, database: Database, tmp_path: Path
) -> None:
    """Whichever comes first, and from whichever process."""
    other = KeyStore(database, tmp_path / "home", environment={})
    await keys.add("first", VALUE, host=None, created_by="me")
    added = [
        (keys, other)[i % 2].add(f"k{i}", f"{VALUE}-{i}", host=None, created_by="me")
        for i in range(6)
    ]
    await asyncio.gather(*added[:3], keys.rotate(), *added[3:], other.rotate())
    for i in range(6):
        assert f"{VALUE}-{i}" == await keys.resolve(f"k{i}", host="api.anthropic.com")


async def test_a_master_key_of_the_environment_is_rotated_by_its_owner(
    database: Database, tmp_path: Path
) -> None:
    """The new one is put before the old one, which may go afterwards."""
    old = MasterKeys.new()
    environment = {VARIABLE: old.text()}
    keys = KeyStore(database, tmp_path, environment=environment)
    await keys.add("a", VALUE, host=None, created_by="me")
    with pytest.raises(Conflict, match="NEW,OLD"):
        await keys.rotate()
    both = old.with_new()
    environment[VARIABLE] = both.text()
    count, place = await keys.rotate()
    assert (1, VARIABLE) == (count, place.name)
    environment[VARIABLE] = both.newest().text()
    assert VALUE == await keys.resolve("a", host="api.anthropic.com")
    assert not (tmp_path / FILE_NAME).exists()


async def test_a_master_key_that_is_gone_is_a_sentence(keys: KeyStore, tmp_path: Path) -> None:
    """It says what is missing and what can be done."""
    await keys.add("a", VALUE, host=None, created_by="me")
    (tmp_path / "home" / FILE_NAME).unlink()
    with pytest.raises(Conflict, match=r"is gone: .*Bring it back"):
        await keys.resolve("a", host="api.anthropic.com")


async def test_no_second_master_key_is_made_beside_a_lost_one(
    keys: KeyStore, tmp_path: Path
) -> None:
    """Bringing the first one back would otherwise lose what was stored since."""
    await keys.add("a", VALUE, host=None, created_by="me")
    (tmp_path / "home" / FILE_NAME).unlink()
    with pytest.raises(Conflict, match="is gone"):
        await keys.add("b", VALUE, host=None, created_by="me")
    with pytest.raises(Conflict, match="is gone"):
        await keys.rotate()
    assert not (tmp_path / "home" / FILE_NAME).exists()
    await keys.remove("a")
    await keys.add("b", VALUE, host=None, created_by="me")
    assert VALUE == await keys.resolve("b", host="api.anthropic.com")
