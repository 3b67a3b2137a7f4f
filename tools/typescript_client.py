"""Writes what is generated in `clients/typescript`, or with `--check` says what is stale.

The types come from the API's own document by openapi-typescript, the table of routes from the same
document, and `dist/` from the sources by tsc. npm and node are those of the environment.
"""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from phantom.app import create_app
from phantom.settings import Settings

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "clients" / "typescript"
GENERATED = ("src/schema.ts", "src/operations.ts")
_HEAD = (
    "/** Written by `./dev client` from the API's own document; change the server instead. */\n\n"
)


def main() -> int:
    """Write, or check; returns the exit status."""
    install()
    before = {path: path.read_bytes() for path in _outputs()}
    write_sources(PACKAGE)
    compiled = _run("node_modules/.bin/tsc", "--project", "tsconfig.json") or _run(
        "node_modules/.bin/tsc", "--project", "tsconfig.build.json"
    )
    if compiled != 0:
        return compiled
    after = {path: path.read_bytes() for path in _outputs()}
    stale = sorted(
        str(path.relative_to(ROOT))
        for path in before.keys() | after.keys()
        if before.get(path) != after.get(path)
    )
    for path in stale:
        print(f"{path} was stale; it is written anew")
    return 1 if stale and "--check" in sys.argv else 0


def document() -> dict[str, object]:
    """The API's own document."""
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.model_validate({"home": home, "roots": (home,)})
        found = create_app(settings).api.openapi()
    whole: dict[str, object] = json.loads(json.dumps(found))
    return whole


def routes(found: dict[str, object]) -> str:
    """The table from operation to method and path, as TypeScript."""
    paths = found["paths"]
    assert isinstance(paths, dict)
    rows = sorted(
        (operation["operationId"], method.upper(), path)
        for path, methods in paths.items()
        for method, operation in methods.items()
    )
    lines = [f'  {name}: ["{method}", "{path}"],' for name, method, path in rows]
    return "\n".join((f"{_HEAD}export const routes = {{", *lines, "} as const;", ""))


def digest(found: dict[str, object]) -> str:
    """The line of the types that names the document which they were made from."""
    text = json.dumps(found, sort_keys=True)
    return f"// Document: sha256 {hashlib.sha256(text.encode()).hexdigest()}"


def install() -> None:
    """The locked packages, unless they are there."""
    lock = (PACKAGE / "package-lock.json").read_bytes()
    stamp = PACKAGE / "node_modules" / ".lock-of-phantom"
    wanted = hashlib.sha256(lock).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    if _run("npm", "ci", "--no-audit", "--no-fund", "--silent", "--ignore-scripts") != 0:
        sys.exit("npm could not install the locked packages; this step needs the package index")
    stamp.write_text(wanted)


def write_sources(package: Path) -> None:
    """Write the generated sources."""
    found = document()
    (package / "src" / "operations.ts").write_text(routes(found))
    with tempfile.TemporaryDirectory() as scratch:
        source, target = Path(scratch, "openapi.json"), Path(scratch, "schema.ts")
        source.write_text(json.dumps(found))
        command = (
            *("node_modules/.bin/openapi-typescript", str(source), "--output", str(target)),
            "--default-non-nullable=false",
        )
        if _run(*command, quiet=True) != 0:
            sys.exit("openapi-typescript failed; its words are above")
        # Its own head names the tool alone; ours says where to change what is wrong.
        text = target.read_text().partition("*/\n")[2].lstrip("\n")
        (package / "src" / "schema.ts").write_text(f"{_HEAD}{digest(found)}\n\n{text}")


def _outputs() -> list[Path]:
    written = [PACKAGE / name for name in GENERATED] + list((PACKAGE / "dist").glob("*"))
    return [path for path in written if path.is_file()]


def _run(*command: str, quiet: bool = False) -> int:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }
    return subprocess.call(
        command, cwd=PACKAGE, env=environment, stdout=subprocess.DEVNULL if quiet else None
    )


if __name__ == "__main__":
    sys.exit(main())
