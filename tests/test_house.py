"""The rules of the house, held over the syntax tree of every module of gan_lib."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import gan_lib

ROOT = Path(__file__).parents[1]
HOUSE = ROOT / "gan_lib"
# From the lowest floor up. A package stands on one floor; inside, `_floors_of` orders its modules.
FLOORS = [
    "machine", "sources", "data", "remedies", "models", "objectives", "recipes", "pair", "batches",
    "length", "state", "updates", "training", "plane", "latents", "belief", "measures", "keeping",
    "clinic", "pictures", "widgets", "exercises", "cli", "__main__",
]  # fmt: skip
HEART = [name for name in FLOORS if (HOUSE / f"{name}.py").exists() and name != "__main__"]
MODULES = sorted(HOUSE.rglob("*.py"))
LINES, HEART_LINES, FUNCTION_LINES = 200, 1150, 40


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree(path)) if isinstance(node, kinds)]


def imports_of(path: Path) -> set[str]:
    """The modules of gan_lib that a module imports, wherever in it and however it is written."""
    known = {dotted(p) for p in MODULES}
    found = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: an import says where from, in full"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                found.add(inner if inner in known else node.module)
    return {name for name in found if name.startswith("gan_lib.")}


def floor(module: str) -> int:
    return FLOORS.index(module.split(".")[1])


def test_every_module_stands_on_a_floor():
    stems = {p.relative_to(HOUSE).parts[0].removesuffix(".py") for p in MODULES} - {"__init__"}
    assert stems == set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_go_downwards_only(path):
    if path == HOUSE / "__init__.py":
        return
    for used in imports_of(path):
        assert floor(used) <= floor(dotted(path)), f"{dotted(path)} imports {used}"
        if path.parent == HOUSE:
            assert used != dotted(path)


def test_there_is_no_circle_inside_a_package():
    graph = {dotted(path): imports_of(path) for path in MODULES}
    done: set[str] = set()

    def visit(module: str, way: tuple[str, ...]) -> None:
        assert module not in way, " → ".join((*way, module))
        if module not in done:
            for used in graph.get(module, ()):
                visit(used, (*way, module))
            done.add(module)

    for module in graph:
        visit(module, ())


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_a_module_is_short_and_so_are_its_functions(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LINES
    for function in functions(path):
        length = function.end_lineno - function.lineno + 1
        assert length <= FUNCTION_LINES, f"{function.name}: {length} lines"


def test_the_heart_can_be_read_in_an_evening():
    lines = {name: (HOUSE / f"{name}.py").read_text().count("\n") for name in HEART}
    assert sum(lines.values()) <= HEART_LINES, lines


def public(path: Path):
    """The functions and classes of a module, and the methods of its classes, that have no `_`."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    for node in tree(path).body:
        if isinstance(node, kinds) and not node.name.startswith("_"):
            yield node
            inside = node.body if isinstance(node, ast.ClassDef) else []
            yield from (m for m in inside if isinstance(m, kinds) and not m.name.startswith("_"))


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_what_is_public_says_what_it_is_and_of_which_types(path):
    assert ast.get_docstring(tree(path))
    for node in public(path):
        # What `forward` does its class says; `error` is argparse's.
        assert ast.get_docstring(node) or node.name in ("forward", "error"), node.name
        if isinstance(node, ast.ClassDef):
            continue
        arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        untyped = {a.arg for a in arguments if a.annotation is None} - {"self", "cls"}
        assert not untyped and node.returns is not None, f"{node.name}: {untyped}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_no_notebook_is_called_by_its_number(path):
    """Numbers change when a notebook is inserted; titles stay."""
    found = re.search(r"[Nn]otebooks? \d\d", path.read_text(encoding="utf-8"))
    assert found is None, found


def test_titles_of_notebooks_that_are_named_exist():
    stems = [path.stem for path in (ROOT / "notebooks").glob("*.ipynb")]
    titles = {re.sub(r"^\d\d_", "", stem).replace("_", " ") for stem in stems}
    for path in MODULES:
        text = re.sub(r"\s+", " ", path.read_text(encoding="utf-8"))
        for title in re.findall(r"[Nn]otebooks? [“\"]([^”\"]+)[”\"]", text):
            assert title.lower().rstrip("?") in titles, f"{dotted(path)}: {title}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_nothing_prints_but_the_command_line(path):
    if "cli" in path.parts:
        return
    calls = [node.func for node in ast.walk(tree(path)) if isinstance(node, ast.Call)]
    assert "print" not in {getattr(call, "id", "") for call in calls}


def test_the_map_names_every_module_and_no_other():
    """The heart in its order; of a package, either its modules or what it is for."""
    words = set(re.findall(r"\w+", gan_lib.__doc__))
    assert set(FLOORS) - {"__main__"} <= words
    listed = re.findall(r"^    (\w+) {2,}", gan_lib.__doc__, re.M)
    assert [name for name in listed if name in HEART] == HEART
    assert set(listed) == set(FLOORS) - {"__main__"}
    for path in MODULES:
        if path.parent != HOUSE and path.stem != "__init__":
            package = __import__(f"gan_lib.{path.parent.name}", fromlist=["x"])
            known = set(re.findall(r"\w+", package.__doc__ + gan_lib.__doc__))
            assert path.stem in known, f"{dotted(path)} is in no map"


def test_training_code_imports_neither_matplotlib_nor_ipywidgets():
    modules = "training", "keeping.checkpoints", "keeping.session", "keeping.folder"
    modules += "latents.viewpoint", "belief.confidence"
    names = ", ".join(f"gan_lib.{module}" for module in modules)
    code = f"import sys, {names}\nprint(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "gan_lib.training" in done.stdout
    assert "'matplotlib'" not in done.stdout and "'ipywidgets'" not in done.stdout
