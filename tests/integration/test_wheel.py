"""The wheel, not the checkout, is what people install."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked."""
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory"]
    subprocess.run([*build, target], cwd=ROOT, check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(target / "unpacked")
    return target / "unpacked"


def test_the_wheel_holds_every_committed_file_of_the_package(wheel: Path) -> None:
    """Templates and migrations are in it, too, and nothing that was not committed is missing."""
    listed = subprocess.run(
        ["git", "ls-files", "src/phantom"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    missing = [path for path in listed if not (wheel / path.removeprefix("src/")).exists()]
    assert [] == [path for path in missing if (ROOT / path).exists()]


def test_the_wheel_brings_the_command_and_the_licence(wheel: Path) -> None:
    """`phantom` is on PATH after an installation."""
    (metadata,) = wheel.glob("*.dist-info")
    assert "phantom = phantom.__main__:main" in (metadata / "entry_points.txt").read_text()
    assert list(metadata.rglob("LICENSE"))
    assert {"phantom", metadata.name} == {path.name for path in wheel.iterdir()}


def test_the_wheel_works_away_from_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """What is imported is the wheel's own package, and it can be."""
    code = "import phantom.db.migrate, phantom.settings; print(phantom.__file__)"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={"PYTHONPATH": str(wheel), "PATH": os.defpath, "HOME": str(tmp_path)},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert f"{wheel / 'phantom' / '__init__.py'}\n" == done.stdout
