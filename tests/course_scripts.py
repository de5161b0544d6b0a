"""Runs the scripts in `tests/scripts` as they stand, with Keras, or with nothing but their imports changed.

Both sides compute in float64, begin with the same drawn weights, and take the samples in order where a script says
nothing else. What a script asks of its models is kept.
"""

from __future__ import annotations

import contextlib
import re
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

SCRIPTS = {path.stem: path for path in sorted((Path(__file__).parent / "scripts").glob("*.py"))}
Found = dict[str, np.ndarray]


def with_imports_of(library: str, source: str) -> str:
    """Return a script that imports from a library what it imported from Keras."""
    source = re.sub(r"^from keras\b", f"from {library}", source, flags=re.MULTILINE)
    return re.sub(r"^import keras$", f"import {library} as keras", source, flags=re.MULTILINE)


class Watched:
    """What models are asked by a script, and what they answer.

    Attributes
    ----------
    found
        The answers, numbered, by what was asked.
    """

    def __init__(self, script: Path) -> None:
        self.found: Found = {}
        self._script = str(script)
        self._models: list[Any] = []
        self._begun: list[Any] = []
        self._asked = 0

    @contextlib.contextmanager
    def watching(self, kind: type) -> Iterator[None]:
        """Watch all models of a class."""
        with contextlib.ExitStack() as stack:
            for name in ("fit", "predict", "evaluate", "train_on_batch", "set_weights"):
                method = self._watched(name, getattr(kind, name))
                stack.enter_context(mock.patch.object(kind, name, method))
            yield
        ends = [np.concatenate([w.ravel() for w in model.get_weights()]) for model in self._models]
        self.found |= {f"weights/{k}": end for k, end in enumerate(ends)}

    def _watched(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def ask(model: Any, *given: Any, **options: Any) -> Any:
            if sys._getframe(1).f_code.co_filename != self._script:  # the library asks, not the script
                return method(model, *given, **options)
            if not any(model is known for known in self._models):
                self._models.append(model)
            if name == "set_weights":
                self._begun.append(model)
                return method(model, *given, **options)
            if name in ("fit", "train_on_batch"):
                self._begin(model, given[0])
            if name == "fit":
                options.setdefault("shuffle", False)
            place = f"{self._asked:03d}-{name}"
            self._asked += 1
            answer = method(model, *given, **options)
            for key, value in _parts(answer).items():
                self.found[f"{place}/{key}"] = np.array(value)
            return answer

        return ask

    def _begin(self, model: Any, x: Any) -> None:
        """Give a model its start weights, unless it was begun before."""
        if any(model is known for known in self._begun):
            return
        if not getattr(model, "built", True):
            model.build(np.shape(x))
        rng = np.random.default_rng(len(self._begun))
        model.set_weights([rng.uniform(-0.7, 0.7, w.shape) for w in model.get_weights()])
        self._begun.append(model)


def _parts(answer: Any) -> dict[str, Any]:
    """Return what a model answered as arrays by name."""
    if hasattr(answer, "history"):
        return answer.history
    if isinstance(answer, list) and not np.isscalar(answer[0]):
        return {str(k): part for k, part in enumerate(answer)}
    return answer if isinstance(answer, dict) else {"": answer}


def run(name: str, library: str) -> Found:
    """Run a script, and return what its models answered, the weights at the end, and the lines that it printed."""
    path, lines = SCRIPTS[name], []
    code = compile(with_imports_of(library, path.read_text(encoding="utf-8")), str(path), "exec")
    watched, out = Watched(path), tempfile.TemporaryDirectory()
    models = import_module(f"{library}.models")
    in_float64 = {"keras": _keras_in_float64, "rnnscope": _rnnscope_in_float64}[library]
    kind = {"keras": "Model", "rnnscope": "Sequential"}[library]  # the class of which all others are made
    own = {"__name__": "script", "print": lambda *words: lines.append(" ".join(map(str, words)))}
    with in_float64(), watched.watching(getattr(models, kind)), out, contextlib.chdir(out.name):
        exec(code, own)
    return {**watched.found, "printed": np.array(lines)}


@contextlib.contextmanager
def _keras_in_float64() -> Iterator[None]:
    import keras

    before = keras.config.floatx()
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    yield
    keras.config.set_floatx(before)
    keras.config.set_dtype_policy(before)


@contextlib.contextmanager
def _rnnscope_in_float64() -> Iterator[None]:
    from rnnscope.models import Model, Sequential

    with contextlib.ExitStack() as stack:
        for kind in (Sequential, Model):
            stack.enter_context(mock.patch.dict(kind.__init__.__kwdefaults__, dtype="float64"))
        yield


def assert_same(found: Found, expected: Found) -> None:
    """Check that two runs came to the same, to nine digits, and printed the same."""
    assert sorted(found) == sorted(expected)
    for key, value in expected.items():
        assert found[key].shape == value.shape, key
        if value.dtype.kind == "U":
            assert found[key].tolist() == value.tolist(), key
        else:
            np.testing.assert_allclose(found[key], value, rtol=1e-9, atol=1e-9, err_msg=key)
