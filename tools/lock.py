"""Choose versions of all dependencies and write them down with hashes, without any index's address.

``uv pip compile`` resolves for all machines at once. ``--upgrade`` takes the newest that ``pyproject.toml``
allows; without it only what must change does.
"""

import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
REQUIREMENTS: Final = ROOT / "requirements"

_COMPILE: Final = (
    "pip",
    "compile",
    "--quiet",
    "--universal",
    "--generate-hashes",
    "--python-version=3.11",
    "--no-emit-index-url",
    "--no-header",
    "--no-annotate",
)


def main() -> None:
    """Write the lock files for running, developing and the demo; the arguments go to the resolver."""
    uv = Path(sys.executable).with_name("uv")
    for name, more in (("run", ()), ("dev", ("--group=dev",))):
        target = REQUIREMENTS / f"{name}.txt"
        command = [str(uv), *_COMPILE, *more, *sys.argv[1:], "-o", str(target), "pyproject.toml"]
        subprocess.run(command, cwd=ROOT, check=True)
        print(f"{target.relative_to(ROOT)} is written")
    _lock_demo(uv)


def _lock_demo(uv: Path) -> None:
    """Pin the packages whose data the demo reads, without what they need to run: they are not run."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    target = REQUIREMENTS / "demo.txt"
    command = [str(uv), *_COMPILE, "--no-deps", f"--constraint={REQUIREMENTS / 'dev.txt'}"]
    subprocess.run(
        [*command, *sys.argv[1:], "-o", str(target), "-"],
        input="\n".join(project["optional-dependencies"]["demo"]),
        text=True,
        cwd=ROOT,
        check=True,
    )
    print(f"{target.relative_to(ROOT)} is written")


if __name__ == "__main__":
    main()
