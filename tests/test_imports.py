"""What loads what: a quick import, and layers that only look down."""

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rnnscope as rs

PACKAGE = Path(rs.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
HEAVY = (
    "sympy",
    "matplotlib",
    "ipywidgets",
    "anywidget",
    "IPython",
    "tqdm",
    "numpy",
    "xarray",
    "torch",
    "keras",
    "tensorflow",
    "joblib",
    "threadpoolctl",
)
OUTSIDE = {"sympy", "numpy", "matplotlib", "ipywidgets", "tqdm", "IPython"}

ALL = {path.name for path in PACKAGE.iterdir() if path.is_dir()} | {path.stem for path in PACKAGE.glob("*.py")}
ALLOWED = {
    "__init__": {"cells", "habits"},
    "__main__": {"cli"},
    "checks": {"habits"},
    "files": {"checks"},
    "discovery": set(),
    "cells": {"checks", "habits", "languages"},
    "formulas": {"cells", "checks", "languages", "trace"},
    "engine": {"habits", "cells", "checks", "warned"},
    "trace": {"habits", "cells", "checks", "files", "interop", "languages", "numbers", "words", "warned"},
    "races": {
        "cells",
        "checks",
        "engine",
        "figures",
        "files",
        "interop",
        "languages",
        "models",
        "numbers",
        "tasks",
        "trace",
        "warned",
        "words",
    },
    "lessons": {
        "analysis",
        "cells",
        "checks",
        "discovery",
        "engine",
        "figures",
        "findings",
        "formulas",
        "interventions",
        "languages",
        "models",
        "numbers",
        "tasks",
        "trace",
    },
    "live": {"checks", "engine", "languages", "models", "numbers", "trace"},
    "tasks": {"checks", "discovery", "languages", "numbers", "trace"},
    "languages": {"checks"},
    "callbacks": {"habits", "checks", "languages", "warned"},
    "initializers": {"engine"},
    "layers": {"models"},
    "losses": {"engine"},
    "metrics": {"engine"},
    "optimizers": {"engine"},
    "preprocessing": {"habits", "utils"},
    "utils": {"backend", "checks", "habits"},
    "habits": set(),
    "activations": {"engine", "habits"},
    "backend": {"habits"},
    "datasets": {"habits"},
    "saving": {"habits", "models"},
    "models": {
        "habits",
        "callbacks",
        "cells",
        "checks",
        "engine",
        "files",
        "formulas",
        "interop",
        "languages",
        "trace",
        "warned",
        "words",
    },
    "analysis": {"cells", "checks", "formulas", "models", "trace"},
    "numbers": set(),
    "warned": set(),
    "words": set(),
    "findings": {"analysis", "cells", "checks", "formulas", "languages", "numbers", "trace"},
    "interventions": {
        "cells",
        "checks",
        "engine",
        "figures",
        "interop",
        "languages",
        "models",
        "numbers",
        "trace",
        "words",
    },
    "figures": {
        "__init__",
        "analysis",
        "cells",
        "checks",
        "files",
        "findings",
        "formulas",
        "languages",
        "numbers",
        "trace",
        "words",
        "warned",
    },
    "interop": ALL - {"cli", "export", "figures", "session", "widgets"},
    "session": {"checks", "figures", "findings", "interventions", "languages", "trace"},
    "widgets": ALL - {"cli", "export"},
    "export": ALL - {"cli", "engine", "models"},
    "cli": ALL,
}
"""What each part of the package may import, apart from itself."""

INSIDE_FUNCTIONS_ONLY = {
    ("trace", "cells"),
    ("trace", "interop"),
    ("models", "interop"),
    ("__init__", "cells"),
    ("__init__", "habits"),
}
"""Edges that point up or to something heavy, and so are taken only when a function is called."""

HOME = {
    "ipywidgets": {"widgets"},
    "anywidget": {"widgets"},
    "traitlets": {"widgets"},
    "matplotlib": {"figures", "export", "widgets"},
    "IPython": {"widgets", "models"},
    "xarray": {"interop"},
    "keras": {"interop"},
    "h5py": {"interop"},
    "pandas": {"interop"},
    "safetensors": {"interop"},
    "torch": {"interop"},
    "tensorflow": {"interop"},
    "PIL": {"export", "widgets"},
    "isal": {"session"},
    "joblib": {"races"},
    "threadpoolctl": {"races"},
    "markdown_it": {"lessons"},
}
"""The only parts that may import an outside library."""


def loaded(code):
    """Return which heavy modules a fresh interpreter has loaded after running some code."""
    lines = [code, "import sys", f"print(*[name for name in {HEAVY} if name in sys.modules])"]
    command = [sys.executable, "-W", "error", "-c", "\n".join(lines)]
    run = subprocess.run(command, cwd=PACKAGE.parent, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    return set(run.stdout.split())


def test_importing_loads_nothing():
    assert loaded("import rnnscope") == set()
    assert loaded("import rnnscope as rs; rs.__version__") == set()


def test_tasks_need_no_sympy():
    assert loaded("import rnnscope as rs; rs.tasks.counting().describe()") == {"numpy"}


def test_traces_are_read_without_sympy(tmp_path):
    model = rs.Sequential([rs.LSTM(2, input_shape=(4, 1)), rs.Dense(1)])
    model.compile()
    task = rs.tasks.counting()
    model.fit(task.x, task.y, epochs=2, verbose=0).save(tmp_path / "run.npz")
    code = f"import rnnscope as rs; trace = rs.load_trace({str(tmp_path / 'run.npz')!r}); trace['lstm'].prev['c']"
    assert "matplotlib" not in loaded(code)
    assert "tqdm" not in loaded(code)


TRAINING = """
import rnnscope as rs
task = rs.tasks.counting()
model = rs.Sequential([rs.layers.LSTM(3, return_sequences=True, input_shape=(4, 1)), rs.layers.LSTM(3), rs.Dense(1)])
model.compile(optimizer="adam", loss="mse")
model.summary()
trace = model.fit(task.x, task.y, epochs=2, verbose=VERBOSE)
trace["lstm"].pre["f"], repr(trace), model.predict(task.unseen), model.evaluate(task.x, task.y)
"""


def test_training_loads_nothing_to_draw_with():
    code = TRAINING.replace("print", "").replace("model.summary()", "").replace("VERBOSE", "0")
    assert loaded(code) == {"numpy", "sympy"}


def test_only_a_progress_bar_loads_tqdm():
    code = TRAINING.replace("model.summary()", "").replace("VERBOSE", "1")
    assert loaded(code) == {"numpy", "sympy", "tqdm"}


# ---------------------------------------------------------------------------------------------- direction of imports


def part(path):
    """Return the part of the package to which a file belongs: its folder, or itself."""
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


class Imports(ast.NodeVisitor):
    """Collects what a module imports, and whether a function does; what only type checkers see is left out."""

    def __init__(self, path):
        self.package = ["rnnscope", *path.relative_to(PACKAGE).parts[:-1]]
        self.found, self.depth = [], 0
        self.visit(ast.parse(path.read_text(encoding="utf-8")))

    def visit_If(self, node):
        if "TYPE_CHECKING" not in ast.unparse(node.test):
            self.generic_visit(node)

    def visit_FunctionDef(self, node):
        self.depth += 1
        self.generic_visit(node)
        self.depth -= 1

    visit_AsyncFunctionDef = visit_Lambda = visit_FunctionDef

    def visit_Import(self, node):
        self.found += [(alias.name, self.depth > 0) for alias in node.names]

    def visit_ImportFrom(self, node):
        base = self.package[: len(self.package) - node.level + 1] if node.level else []
        module = ".".join([*base, *([node.module] if node.module else [])])
        names = [f"{module}.{alias.name}" for alias in node.names] if module == "rnnscope" else [module]
        self.found += [(name, self.depth > 0) for name in names]


def edges(path):
    """Return the parts that a module imports, with whether only a function does."""
    for name, in_function in Imports(path).found:
        if name.split(".")[0] == "rnnscope":
            target = (name.split(".") + ["__init__"])[1]
            if target != part(path):
                yield target, in_function


PARTS = sorted({part(path) for path in MODULES})


def modules_of(own):
    """Return the files of a part of the package."""
    return [path for path in MODULES if part(path) == own]


@pytest.mark.parametrize("own", PARTS)
def test_imports_go_down(own):
    assert own in ALLOWED, f"say in ALLOWED what {own} may import"
    for path in modules_of(own):
        for target, in_function in edges(path):
            assert target in ALLOWED[own], f"{path} imports {target}"
            is_late = in_function or (own, target) not in INSIDE_FUNCTIONS_ONLY
            assert is_late, f"{path} imports {target} outside a function"


@pytest.mark.parametrize("own", PARTS)
def test_outside_libraries_have_their_place(own):
    for path in modules_of(own):
        for name, _ in Imports(path).found:
            library = name.split(".")[0]
            assert own in HOME.get(library, {own}), f"{path} imports {library}"
            known = library in sys.stdlib_module_names or library in OUTSIDE | set(HOME) | {"rnnscope"}
            assert known, f"{library}, which {path} imports, is not among what the package needs"


CALLED = {"PIL": "pillow", "IPython": "ipython", "markdown_it": "markdown-it-py"}
"""What a library is called where it is installed from, if not as it is imported."""


def promised():
    """Return the versions that `setup.cfg` asks for, of what it installs with the package and with each extra."""
    config = configparser.ConfigParser()
    config.read(PACKAGE.parent / "setup.cfg", encoding="utf-8")
    lists = [config["options"]["install_requires"], *config["options.extras_require"].values()]
    lines = [[line for line in text.splitlines() if line and not line.startswith("#")] for text in lists]
    return [dict(re.match(r"([\w.-]+)([^;]*)", line).groups() for line in own) for own in lines]


def test_what_is_imported_is_what_is_installed():
    """Each library that the package imports is one that `setup.cfg` asks for; in `interop` those of an extra too."""
    always, *extras = promised()
    imported = set()
    for path in MODULES:
        outside = {name.split(".")[0] for name, _ in Imports(path).found} - {"rnnscope"} - sys.stdlib_module_names
        names = {CALLED.get(name, name) for name in outside}
        imported |= names
        there = set(always).union(*extras) if part(path) == "interop" else set(always)
        assert names <= there, f"{path.name} imports {names - there}, which setup.cfg does not ask for"
    assert set(always) <= imported, f"setup.cfg asks for {set(always) - imported}, which nothing imports"


def test_the_versions_that_are_asked_for_have_what_is_used():
    """`get_figure(root=...)`, which every view needs, came with matplotlib 3.10."""
    assert promised()[0]["matplotlib"] == ">=3.10"


def test_the_parts_stand_one_upon_the_other():
    """Without what is imported inside functions there is no circle."""
    above = {own: set() for own in ALL}
    for path in MODULES:
        above[part(path)] |= {target for target, in_function in edges(path) if not in_function}
    while above:
        free = {own for own, targets in above.items() if not targets & set(above)}
        assert free, f"a circle among {sorted(above)}"
        above = {own: targets for own, targets in above.items() if own not in free}


class ModuleImports(Imports):
    """Collects the modules that a module imports: one that comes out of a package is not the package."""

    def visit_ImportFrom(self, node):
        base = self.package[: len(self.package) - node.level + 1] if node.level else []
        module = ".".join([*base, *([node.module] if node.module else [])])
        names = [f"{module}.{alias.name}" for alias in node.names]
        self.found += [(name if name in NAMES else module, self.depth > 0) for name in names]


def module_name(path):
    """Return the name under which a file is imported."""
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__")


NAMES = {module_name(path) for path in MODULES}


def circles(targets):
    """Return the circles among modules: what is left when whatever imports none of the others is taken away."""
    left = {name: {own for own in found if own in targets} - {name} for name, found in targets.items()}
    while free := {name for name, found in left.items() if not found} | (set(left) - set().union(*left.values())):
        left = {name: found - free for name, found in left.items() if name not in free}
    return left


def test_no_module_imports_in_a_circle():
    """Imports inside functions count too: what is loaded late is needed all the same."""
    targets = {module_name(path): {name for name, _ in ModuleImports(path).found} & NAMES for path in MODULES}
    assert len(targets) > 100 and "rnnscope.cells.graph" in targets["rnnscope.engine.compiler"]
    assert circles(targets) == {}


def test_a_circle_is_seen():
    chain = {"a": {"b"}, "b": {"c"}, "c": set()}
    assert circles(chain) == {}
    assert circles({**chain, "c": {"b", "d"}, "d": set()}) == {"b": {"c"}, "c": {"b"}}


def test_the_checks_above_see_what_is_there():
    """The visitor finds the kinds of imports that the package could use."""
    example = PACKAGE / "cells" / "example.py"
    source = (
        "from typing import TYPE_CHECKING\nimport rnnscope.engine.tape\nfrom rnnscope import models\n"
        "from ..figures import style\nfrom . import lstm\nif TYPE_CHECKING:\n    from rnnscope.widgets import explore\n"
        "def inside():\n    from rnnscope.trace import Trace\n"
    )
    visitor = Imports.__new__(Imports)
    visitor.package, visitor.found, visitor.depth = ["rnnscope", *example.relative_to(PACKAGE).parts[:-1]], [], 0
    visitor.visit(ast.parse(source))
    assert visitor.found == [
        ("typing", False),
        ("rnnscope.engine.tape", False),
        ("rnnscope.models", False),
        ("rnnscope.figures", False),
        ("rnnscope.cells", False),
        ("rnnscope.trace", True),
    ]


# ----------------------------------------------------------------------------------------------- no particular cells


def words(tree):
    """Return all identifiers and all words in strings of a module; docstrings and comments are none of these."""
    documentation = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = []
    for node in ast.walk(tree):
        names = [getattr(node, field, None) for field in ("id", "attr", "name", "asname", "arg", "module")]
        text = node.value if isinstance(node, ast.Constant) and id(node) not in documentation else None
        for value in [*names, text]:
            if isinstance(value, str) and value != "lru_cache":  # of functools, and no cell called lru
                found += "".join(c if c.isalnum() or c == "_" else " " for c in value).replace("_", " ").split()
    return set(found)


NAMES_CELLS = {"cells", "interop", "cli"}
"""Cells themselves, outside formats, and the command's default choice of cells."""


@pytest.mark.parametrize("own", [own for own in PARTS if own not in NAMES_CELLS])
def test_no_cell_is_named_outside_its_file(own):
    stems = {file.stem for file in (PACKAGE / "cells").glob("*.py") if f"def {file.stem}(" in file.read_text()}
    assert len(stems) >= 5
    for path in modules_of(own):
        found = words(ast.parse(path.read_text(encoding="utf-8")))
        assert not found & (set(rs.cells.names()) | stems), f"a new cell would need an edit in {path}"


def test_a_named_cell_is_seen():
    seen = words(ast.parse('"""LSTM"""\nfrom a import GRU\nx = f"use rs.layers.SimpleRNN(3)"\ny = rs.MinimalGatedUnit'))
    assert seen & set(rs.cells.names()) == {"GRU", "SimpleRNN", "MinimalGatedUnit"}


def test_every_public_name_can_be_had():
    for name in dir(rs):
        assert getattr(rs, name) is not None
    with pytest.raises(AttributeError, match="no name 'explode': did you mean explore"):
        rs.explode  # noqa: B018, the attribute is asked for on purpose


ABOVE_VIEWS = {f"rnnscope.figures.{name}" for name in ("compare", "view", "picture")}


@pytest.mark.parametrize(("folder", "apart_from"), [("drawing", ("trace", "figures.wiring")), ("wiring", ())])
def test_what_pictures_are_made_of_knows_no_view(folder, apart_from):
    """What pictures are drawn with knows no trace either, and only the style above itself."""
    views = [f"rnnscope.figures.{view}" for view in rs.figures.VIEWS]
    for path in (PACKAGE / "figures" / folder).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom):
                assert node.module not in ABOVE_VIEWS, f"{path.name} imports {node.module}"
                barred = [*views, *(f"rnnscope.{part}" for part in apart_from)]
                assert not any(f"{node.module}.".startswith(f"{name}.") for name in barred), path.name
