"""Holds the house to its plan: who may import whom, how long things may get, what must not be written at all."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "qa"

# A module, or a package with all in it, by floor; each may import from its own floor and from those below.
FLOORS = {
    1: "errors records scoring",
    2: "settings protocols analysis sentences lexicon language countries",
    3: "decoding boilerplate metadata formats discovery articles cleaning chunking embedding matching questions spans"
    " ranking evidence loading marking transformer windows alignment reading stores cards",
    4: "retrieval indexing planning staging answering conversation filters",
    5: "assembly assistant",
    6: "evaluation",
    7: "cli __main__ printing ui",
}
FLOOR_OF = {name: floor for floor, names in FLOORS.items() for name in names.split()}

LONGEST_FILE = 260  # lines
LONGEST_FUNCTION = 60
DRAWERS = {"utils", "util", "helpers", "helper", "common", "misc"}
UNSAFE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
MAY_PRINT = {"qa.cli"}
MAY_CATCH_ALL = {"qa.formats", "qa.loading"}  # foreign parsers and model loaders raise anything
HEAVY = ("torch", "faiss", "gradio", "sentence_transformers", "trafilatura", "transformers")
# Cut in two, so that this file itself passes.
FORBIDDEN = ("/work" + "/", "/tmp" + "/dev", "pypi" + ".org", "python" + "hosted", "helper" + "-")
WRITTEN_BY_HAND = ("qa", "tests", "training", "benchmarks", "tools", "docs")
TEXT = {".py", ".js", ".css", ".html", ".md", ".json", ".toml", ".txt", ".sh", ".yml", ".yaml"}


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(source) for name, source in SOURCES.items()}
INSIDE = sorted(set(SOURCES) - {"qa"})  # all but the front door


def floor(name: str) -> int:
    return FLOOR_OF[name.split(".")[1]]


def nodes(name: str, *kinds: type[ast.AST]) -> Iterator[ast.AST]:
    """The nodes of these kinds anywhere in a module: at the top, in a function, under TYPE_CHECKING."""
    return (node for node in ast.walk(TREES[name]) if isinstance(node, kinds))


def imports(name: str) -> set[str]:
    """The full names of all that a module imports: "qa.records.Hit", "numpy"."""
    plain = {alias.name for node in nodes(name, ast.Import) for alias in node.names}
    return plain | {f"{node.module}.{alias.name}" for node in nodes(name, ast.ImportFrom) for alias in node.names}


def imported_modules(name: str) -> set[str]:
    """The modules of qa behind these imports: of "qa.records.Hit" it is "qa.records"."""
    ours = {target for target in imports(name) if target.split(".")[0] == "qa"}
    return {target if target in SOURCES else target.rpartition(".")[0] for target in ours} - {"qa", ""}


def functions(name: str) -> Iterator[ast.AST]:
    return nodes(name, ast.FunctionDef, ast.AsyncFunctionDef)


def test_every_module_has_one_floor_and_every_floor_only_modules_that_exist():
    listed = [name for names in FLOORS.values() for name in names.split()]
    assert len(listed) == len(set(listed))
    assert {name.split(".")[1] for name in INSIDE} == set(listed)


def test_a_module_imports_only_from_its_own_floor_and_from_those_below():
    upward = {(name, other) for name in INSIDE for other in imported_modules(name) if floor(other) > floor(name)}
    assert not upward


def test_no_module_imports_itself_by_a_detour():
    TopologicalSorter({name: imported_modules(name) for name in SOURCES}).prepare()  # CycleError names the circle


def test_every_import_says_the_full_name():
    assert not {name for name in SOURCES for node in nodes(name, ast.ImportFrom) if node.level}


def test_nothing_inside_imports_the_package_itself():
    """``from qa.records import Hit`` is right; ``from qa import Hit`` would need the whole house to be up first."""
    at_the_door = {
        (name, f"from qa import {alias.name}")
        for name in INSIDE
        for node in nodes(name, ast.ImportFrom)
        if node.module == "qa" and not asks_version_when_run(name, node)
        for alias in node.names
    }
    assert not at_the_door
    assert not {name for name in INSIDE if "qa" in imports(name)}


def asks_version_when_run(name: str, node: ast.AST) -> bool:
    """The version is the package's own; the command line may ask for it once everything is imported."""
    return name == "qa.cli" and imports_only(node, "__version__") and node not in TREES[name].body


def imports_only(node: ast.ImportFrom, wanted: str) -> bool:
    return [alias.name for alias in node.names] == [wanted]


def test_every_file_says_what_it_is_for():
    assert not {name for name, tree in TREES.items() if not (ast.get_docstring(tree) or "").split("\n")[0].strip()}


def test_a_file_fits_in_one_sitting():
    lines = {name: len(source.splitlines()) for name, source in SOURCES.items()}
    assert not {name: count for name, count in lines.items() if count > LONGEST_FILE}


def test_a_function_fits_on_one_screen():
    lines = {f"{name}.{one.name}": one.end_lineno - one.lineno + 1 for name in SOURCES for one in functions(name)}
    assert not {name: count for name, count in lines.items() if count > LONGEST_FUNCTION}


def test_there_is_no_drawer_for_odds_and_ends():
    defined = {
        (name, node.name)
        for name in SOURCES
        for node in nodes(name, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    }
    assert not {(name, one) for name, one in defined if one.lower().strip("_") in DRAWERS}
    assert not {name for name in SOURCES if set(name.split(".")) & DRAWERS}


def test_only_the_command_line_prints():
    printing = {
        name
        for name in SOURCES
        for node in nodes(name, ast.Call)
        if isinstance(node.func, ast.Name) and node.func.id == "print"
    }
    assert not printing - MAY_PRINT


def test_nothing_swallows_every_exception():
    swallowing = {
        (name, node.lineno)
        for name in SOURCES
        for node in nodes(name, ast.ExceptHandler)
        if catches_all(node.type) and ast.unparse(node.body[-1]) != "raise"
    }
    assert not {(name, line) for name, line in swallowing if name not in MAY_CATCH_ALL}


def catches_all(caught: ast.expr | None) -> bool:
    return caught is None or bool({"Exception", "BaseException"} & {ast.unparse(node) for node in ast.walk(caught)})


def test_nothing_unpickles():
    assert not {(name, target) for name in SOURCES for target in imports(name) if target.split(".")[0] in UNSAFE}
    assert not {name for name in SOURCES for node in nodes(name, ast.keyword) if node.arg == "allow_pickle"}


def test_no_file_tells_of_the_machine_it_was_written_on():
    files = [path for folder in WRITTEN_BY_HAND for path in (ROOT / folder).rglob("*") if path.suffix in TEXT]
    told = {
        (str(path.relative_to(ROOT)), word)
        for path in [*files, *ROOT.glob("*.py"), *ROOT.glob("*.md"), ROOT / "Makefile", ROOT / "pyproject.toml"]
        for word in FORBIDDEN
        if word in path.read_text(encoding="utf-8", errors="replace")
    }
    assert not told


def test_the_command_line_starts_without_the_heavy_libraries():
    code = f"import sys, qa.cli; print([name for name in {HEAVY} if name in sys.modules])"
    started = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert started.stdout.strip() == "[]"
