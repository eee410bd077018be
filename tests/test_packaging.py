"""A wheel, an editable install and a wheel from the sdist all carry the rules.

Everything is built from a copy, without a network: the build back end and the dependencies are those of this environment.
"""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

BUILD = [sys.executable, "-m", "build", "--no-isolation", "--skip-dependency-check"]


@pytest.fixture(scope="module")
def copy(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone holds, without what earlier builds left in the folder."""
    clone = tmp_path_factory.mktemp("clone") / "ecrlint"
    clone.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(project / name, clone)
    for name in ("src", "rules"):
        shutil.copytree(project / name, clone / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    return clone


@pytest.fixture(scope="module")
def wheel(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(copy, tmp_path_factory.mktemp("wheel"), "--wheel")


@pytest.fixture(scope="module")
def wheel_of_sdist(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(copy, tmp_path_factory.mktemp("sdist"))


def build(source: Path, out: Path, *options: str) -> Path:
    command = [*BUILD, *options, "--outdir", str(out), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (made,) = out.glob("*.whl")
    return made


def environment(folder: Path) -> Path:
    """The interpreter of a new environment, which has this one's dependencies but not this one's ecrlint."""
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    site = folder / "lib" / f"python{sys.version_info[0]}.{sys.version_info[1]}" / "site-packages"
    # A folder named in a .pth is searched, but the .pth files in it, and so the editable install of ecrlint, are not read.
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return python


def install(python: Path, *words: str) -> None:
    pip = [sys.executable, "-m", "pip", "--python", str(python), "--disable-pip-version-check", "install", "--quiet"]
    command = [*pip, "--no-deps", "--no-index", "--no-build-isolation", "--force-reinstall", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def installed_rules(python: Path) -> list[str]:
    command = [str(python.parent / "ecrlint"), "rules", "--format", "json"]
    done = subprocess.run(command, cwd=python.parent, capture_output=True, text=True, check=True)
    return [rule["name"] for rule in json.loads(done.stdout)["rules"]]


def rules_in(folder: Path) -> list[str]:
    return [path.stem.replace("_", "-") for path in sorted(folder.glob("rules/*/[!_]*.py"))]


def settings(project: Path) -> dict[str, object]:
    loaded: dict[str, object] = tomllib.loads((project / "pyproject.toml").read_text())["tool"]["setuptools"]
    return loaded


def test_the_list_of_packages_is_that_of_the_folders(project: Path) -> None:
    src = [path.parent.relative_to(project / "src") for path in (project / "src").rglob("__init__.py")]
    rules = [Path("ecrlint") / path.parent.relative_to(project) for path in (project / "rules").rglob("__init__.py")]
    assert settings(project)["packages"] == sorted(".".join(path.parts) for path in [*src, *rules])


def test_every_folder_of_modules_is_a_package(project: Path) -> None:
    for top in ("src/ecrlint", "rules"):
        for folder in {path.parent for path in (project / top).rglob("*.py")}:
            assert (folder / "__init__.py").exists(), folder


def test_a_wheel_carries_the_rules(wheel: Path, copy: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    install(python, str(wheel))
    assert sorted(installed_rules(python)) == sorted(rules_in(copy))


def test_a_wheel_from_the_sdist_holds_the_same_files(wheel: Path, wheel_of_sdist: Path, copy: Path, tmp_path: Path) -> None:
    python = environment(tmp_path / "env")
    install(python, str(wheel_of_sdist))
    assert sorted(installed_rules(python)) == sorted(rules_in(copy))
    assert sorted(zipfile.ZipFile(wheel_of_sdist).namelist()) == sorted(zipfile.ZipFile(wheel).namelist())


def test_an_editable_install_follows_the_folder(copy: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(copy, clone)
    python = environment(tmp_path / "env")
    install(python, "--editable", str(clone))
    assert sorted(installed_rules(python)) == sorted(rules_in(copy))
    rule = ['"""It is new."""', "from ecrlint.model.finding import Severity", "SEVERITY, SYMPTOM = Severity.NOTE, 'x'"]
    (clone / "rules" / "ecs" / "it_is_new.py").write_text("\n".join([*rule, "def check(stack): yield from ()", ""]))
    assert "it-is-new" in installed_rules(python)


def test_a_wheel_carries_the_data_the_licence_and_nothing_else(wheel: Path, copy: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    modules = {path.relative_to(copy / "src").as_posix() for path in (copy / "src").rglob("*.py")}
    modules |= {f"ecrlint/{path.relative_to(copy).as_posix()}" for path in (copy / "rules").rglob("*.py")}
    kept = [path for end in ("html", "json", "tf") for path in (copy / "src" / "ecrlint").rglob(f"*.{end}")]
    data = {path.relative_to(copy / "src").as_posix() for path in kept}
    assert {name for name in names if ".dist-info/" not in name} == modules | data | {"ecrlint/py.typed"}
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)


def test_the_sdist_carries_the_rules(wheel_of_sdist: Path, copy: Path) -> None:
    (sdist,) = wheel_of_sdist.parent.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {path.relative_to(copy).as_posix() for path in (copy / "rules").rglob("*.py")} <= names


def test_the_version_is_said_once(project: Path) -> None:
    tree = ast.parse((project / "src" / "ecrlint" / "__init__.py").read_text())
    (version,) = (node.value.value for node in tree.body if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant))
    settings = tomllib.loads((project / "pyproject.toml").read_text())
    assert settings["project"]["dynamic"] == ["version"]
    assert "version" not in settings["project"]
    assert settings["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "ecrlint.__version__"}
    assert f"\n## [{version!s}]\n" in (project / "CHANGELOG.md").read_text()


def test_a_wheel_is_of_the_version(wheel: Path, project: Path) -> None:
    text = (project / "src" / "ecrlint" / "__init__.py").read_text()
    assert f'__version__ = "{wheel.name.split("-")[1]}"' in text


def test_the_image_has_what_a_build_needs_and_runs_without_root(project: Path) -> None:
    lines = (project / "Dockerfile").read_text().splitlines()
    copied = {word for line in lines if line.startswith("COPY ") and "--from" not in line for word in line.split()[1:-1]}
    assert copied == {"pyproject.toml", "README.md", "LICENSE", "src", "rules"}
    assert copied == {line[1:] for line in (project / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    last = lines[max(at for at, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert [line for line in last if line.startswith("USER ")] == ["USER 10001:10001"]
    assert lines[-1] == 'ENTRYPOINT ["/opt/ecrlint/bin/ecrlint"]'
