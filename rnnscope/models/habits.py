"""Names of Keras that a model has not, and what stands for them."""

from __future__ import annotations

import difflib
from typing import Any, NoReturn

INSTEAD = {
    "build": "say the shape of the input: rs.Input(shape=(4, 1)) as the first layer",
    "evaluate_generator": "model.evaluate(generator, steps=...)",
    "fit_generator": "model.fit(generator, steps_per_epoch=...)",
    "get_config": "model.save('model.keras')",
    "history": "trace = model.fit(...), then trace.history",
    "metrics": "model.metrics_names, and what model.evaluate(x, y, return_dict=True) returns",
    "predict_classes": "model.predict(x).argmax(axis=-1)",
    "predict_generator": "model.predict(generator, steps=...)",
    "predict_proba": "model.predict(x)",
    "to_json": "model.save('model.keras')",
    "trainable_variables": "model.trainable_weights",
    "variables": "model.weights",
}


def absent(model: Any, name: str) -> NoReturn:
    """Refuse a name that a model has not, with what to type instead or the nearest name."""
    kind, own = type(model).__name__, getattr(type(model), name, None)
    if isinstance(own, property):
        own.fget(model)  # raises what it has to say
    words = f"{kind!r} object has no attribute {name!r}"
    if name in INSTEAD:
        raise AttributeError(f"{words}. Use {INSTEAD[name]}")
    if not name.startswith("_"):
        there = [own for own in dir(type(model)) if not own.startswith("_")]
        nearest = difflib.get_close_matches(name, there, n=1)
        words += f" (did you mean {nearest[0]!r}?)" if nearest else ""
    raise AttributeError(words)
