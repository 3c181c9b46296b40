"""Build the wheel, install it alone into empty environments, run it there: ``python -m tests.wheel.install_and_run``.

Not a test of pytest's: it installs packages. Each environment gets the wheel and its core dependencies, with the numpy
that ngen embeds and with the other one, at the versions of the constraints files. ``PIP_OPTIONS`` is for pip.
"""

import configparser
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import venv
import zipfile
from pathlib import Path

from tests.paths import ROOT

ENVIRONMENTS = {"1.26": "constraints-numpy1.txt", "2.": "constraints.txt"}
"""How the version of numpy begins, and the constraints that make it so."""


def packages() -> list[str]:
    """Names of the packages that setup.cfg puts into the wheel."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return [name.removesuffix("*") for name in setup["options.packages.find"]["include"].split()]


def run(*command: object, folder: Path) -> str:
    """Run a command in a folder that is not the checkout, which nothing points to; returns what it printed."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "NUMBA"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{command}\n{done.stdout}{done.stderr}")
    return done.stdout


def build_wheel(folder: Path) -> Path:
    """Build the wheel, from the source distribution, and look whether all of it is in there."""
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, folder=folder)
    (wheel,) = folder.glob("*.whl")
    files = set(zipfile.ZipFile(wheel).namelist())
    ours = packages()
    modules = {str(file.relative_to(ROOT)) for package in ours for file in (ROOT / package).rglob("*.py")}
    missing = (modules | {f"{package}/py.typed" for package in ours}) - files
    strangers = {name.split("/")[0] for name in files} - set(ours)
    assert not missing, f"not in the wheel: {sorted(missing)}"
    assert all(name.endswith(".dist-info") for name in strangers), f"not ours, but in the wheel: {sorted(strangers)}"
    return wheel


def install(wheel: Path, place: Path, constraints: Path) -> Path:
    """Make an environment with the wheel and what it requires, nothing else; returns its interpreter."""
    venv.create(place, with_pip=True)
    python = place / "bin" / "python"
    options = shlex.split(os.environ.get("PIP_OPTIONS", ""))
    quiet = ("--quiet", "--disable-pip-version-check")
    run(python, "-m", "pip", "install", *quiet, "--constraint", constraints, *options, wheel, folder=place)
    return python


def main() -> None:
    """Build, install and run; raises when anything is not as it should be."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin = time.perf_counter()
        wheel = build_wheel(folder)
        print(f"{wheel.name}: built in {time.perf_counter() - begin:.0f} s")
        for numpy_version, constraints in ENVIRONMENTS.items():
            begin = time.perf_counter()
            python = install(wheel, folder / f"numpy-{numpy_version}", ROOT / constraints)
            installed = time.perf_counter()
            shutil.copy(Path(__file__).with_name("inside.py"), folder)
            said = run(python, "inside.py", numpy_version, folder=folder)
            command = python.with_name("ngen-arid")
            for component in ("cfe_bmi.BmiCfe", "lgar_bmi.BmiLgar", "richards_bmi.BmiRichards", "pet_bmi.BmiPet"):
                table = run(command, "describe", component, folder=folder)
                page = ROOT / "docs" / f"{component.split('_')[0]}_variables.md"
                assert table == page.read_text(encoding="utf-8"), f"{component}: not what {page.name} says"
            took = f"installed in {installed - begin:.0f} s, run in {time.perf_counter() - installed:.0f} s"
            print(f"{said.strip()}; {took}")


if __name__ == "__main__":
    main()
