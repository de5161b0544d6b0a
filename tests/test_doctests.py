"""Every example in a docstring runs, and everything public is described."""

from __future__ import annotations

import doctest
import inspect
from importlib import import_module
from pathlib import Path

import pytest

import rnnscope as rs
from rnnscope.cells import registry

FOLDER = Path(rs.__file__).parent
MODULES = sorted(
    ".".join(path.relative_to(FOLDER.parent).with_suffix("").parts).removesuffix(".__init__")
    for path in FOLDER.rglob("*.py")
    if path.stem != "__main__"
)
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def examples_of(module):
    return [test for test in doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__) if test.examples]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name, monkeypatch, tmp_path):
    monkeypatch.setattr(registry, "_builders", dict(registry._builders))
    monkeypatch.chdir(tmp_path)
    report: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
    for test in examples_of(import_module(name)):
        runner.run(test, out=report.append)
    assert runner.summarize(verbose=False).failed == 0, "".join(report)


def test_there_are_examples_to_run():
    found = {test.name for name in MODULES for test in examples_of(import_module(name))}
    for name in ("models.sequential.Sequential", "trace.trace.Trace", "trace.record.Record", "cells.registry.register"):
        assert f"rnnscope.{name}" in found
    assert len(found) >= 15


@pytest.mark.parametrize("name", dir(rs))
def test_public_names_are_there_and_described(name):
    value = getattr(rs, name)
    if name == "__version__":
        assert value.count(".") == 2
        return
    assert value.__doc__ and len(value.__doc__.split()) >= 3
    if inspect.ismodule(value):
        for member in getattr(value, "__all__", ()):
            public = getattr(value, member)
            if callable(public):
                assert public.__doc__, f"{name}.{member}"
    elif inspect.isclass(value):
        for member, function in vars(value).items():
            if not member.startswith("_") and callable(function):
                assert function.__doc__, f"{name}.{member}"


def test_a_name_that_is_not_there():
    with pytest.raises(AttributeError, match="rnnscope has no name 'nothing'"):
        _ = rs.nothing
    with pytest.raises(AttributeError, match=r"rnnscope has no name 'Nothing': .*LSTM"):
        _ = rs.Nothing
