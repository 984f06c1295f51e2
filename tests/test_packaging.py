"""Checks what is shipped and how it is set up: pins, the wheel, the Makefile, the set-up script."""

import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PYTHONS = ["3.10", "3.11", "3.12", "3.13"]
CHOSEN_BY_TORCH = ("cuda-", "nvidia-", "triton")  # its builds differ in these

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
needs_sh = pytest.mark.skipif(os.name == "nt", reason="the set-up script is for POSIX shells")


def requirements(*extras: str) -> list[Requirement]:
    """The direct dependencies, with those of the extras."""
    lines = PROJECT["dependencies"] + [line for extra in extras for line in PROJECT["optional-dependencies"][extra]]
    return [Requirement(line) for line in lines]


def pins(python: str) -> dict[str, list[Requirement]]:
    """The lines of constraints.txt that apply under this Python, by package."""
    applying: dict[str, list[Requirement]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            continue
        pin = Requirement(line)
        if pin.marker is None or pin.marker.evaluate({"python_version": python, "python_full_version": f"{python}.0"}):
            applying.setdefault(canonicalize_name(pin.name), []).append(pin)
    return applying


def installed_closure(wanted: list[Requirement]) -> set[str]:
    """The packages that these requirements bring in here, themselves included."""
    seen: set[tuple[str, str]] = set()
    waiting = [(requirement, extra) for requirement in wanted for extra in ("", *requirement.extras)]
    while waiting:
        requirement, extra = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        try:
            lines = distribution(name).requires or []
        except PackageNotFoundError:  # asked for on another platform, or an extra that is not installed
            seen.discard((name, extra))
            continue
        for needed in map(Requirement, lines):
            if needed.marker is None or needed.marker.evaluate({"extra": extra}):
                waiting += [(needed, wish) for wish in ("", *needed.extras)]
    return {name for name, _ in seen}


@pytest.mark.parametrize("python", PYTHONS)
def test_every_dependency_has_exactly_one_pin_that_its_bounds_allow(python: str) -> None:
    applying = pins(python)
    for requirement in requirements(*PROJECT["optional-dependencies"]):
        (pin,) = applying[canonicalize_name(requirement.name)]
        (version,) = [specifier.version for specifier in pin.specifier if specifier.operator == "=="]
        assert requirement.specifier.contains(version), f"{requirement} does not allow {pin}"


@pytest.mark.parametrize("python", PYTHONS)
def test_no_package_is_pinned_twice(python: str) -> None:
    assert [name for name, found in pins(python).items() if len(found) > 1] == []


def test_everything_that_the_dependencies_bring_in_is_pinned() -> None:
    applying = pins(f"{sys.version_info.major}.{sys.version_info.minor}")
    brought = {name for name in installed_closure(requirements("test")) if not name.startswith(CHOSEN_BY_TORCH)}
    assert "starlette" in brought  # through gradio: the closure is really followed
    assert sorted(brought - applying.keys()) == []


def test_the_wheel_holds_every_file_of_the_package_and_none_else(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tmp_path)
    shutil.copytree(
        ROOT / "qa",
        tmp_path / "qa",
        ignore=shutil.ignore_patterns("__pycache__", ".*"),
        copy_function=lambda _, target: Path(target).touch(),  # the names are what is checked; weights are heavy
    )
    files = {path.relative_to(tmp_path).as_posix() for path in (tmp_path / "qa").rglob("*") if path.is_file()}
    build = "from setuptools import build_meta; build_meta.build_wheel('.')"
    subprocess.run([sys.executable, "-c", build], cwd=tmp_path, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("article_qa-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if ".dist-info/" not in name}
    assert shipped == files


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "Makefile", "tools/setup.sh", ".ci/run"])
def test_no_package_index_is_written_down(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert re.findall(r"\w+://|--find-links|--(?:extra-)?index-url", text) == []


@needs_make
def test_make_alone_lists_every_documented_target() -> None:
    documented = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert documented >= {"help", "chat", "test", "check", "lint", "bench", "eval", "clean"}
    listed = subprocess.run(["make"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    assert set(re.findall(r"^make ([a-z-]+) ", listed, re.MULTILINE)) == documented


@needs_sh
@pytest.mark.parametrize("version", ["2.7", "3.9", "3.14"])
def test_set_up_refuses_an_unsupported_python_in_one_line(version: str, tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\necho {version}\n")
    python.chmod(0o755)
    refused = set_up(tmp_path / "a folder", python=str(python))
    assert refused.returncode != 0
    assert refused.stdout == ""
    assert refused.stderr.splitlines() == [
        f"'{python}' is Python {version}; article-qa needs 3.10 to 3.13. Name one: PYTHON=python3.12 make"
    ]


@needs_sh
@pytest.mark.slow
def test_a_failed_set_up_shows_the_reason_and_is_not_taken_for_complete(tmp_path: Path) -> None:
    folder = tmp_path / "a folder"
    folder.mkdir()
    (folder / "constraints.txt").write_text("two words\n")
    failed = set_up(folder, python=sys.executable)
    assert failed.returncode != 0
    assert "failed" in failed.stdout
    assert "done" not in failed.stdout
    assert "two words" in failed.stderr
    assert not (folder / ".venv" / "ready").exists()


def set_up(folder: Path, *, python: str) -> "subprocess.CompletedProcess[str]":
    """Run a copy of the set-up script in this folder, without a network."""
    (folder / "tools").mkdir(parents=True)
    shutil.copy(ROOT / "tools" / "setup.sh", folder / "tools")
    for name in ("pyproject.toml", "constraints.txt"):
        if not (folder / name).exists():
            (folder / name).touch()
    environment = {**os.environ, "PYTHON": python, "PIP_NO_INDEX": "1"}
    return subprocess.run(
        ["sh", "tools/setup.sh"], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
