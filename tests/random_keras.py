"""Random models of Keras, over all layers and options that are read: what each is made of follows from its number."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

TOKENS = 9
CELLS = ("SimpleRNN", "LSTM", "GRU")
ACTIVATIONS = ("tanh", "relu", "sigmoid", "hard_sigmoid", "softplus", "linear", "softsign", "elu", "silu")


def model_and_data(keras: Any, number: int, *, may_drop: bool = True) -> tuple[Any, Any]:
    """Return the model of a number, its weights and biases drawn at random, and inputs for it."""
    draw, numbers = random.Random(number), np.random.default_rng(number)
    if number % 6 == 5:
        model, inputs = _encoder_decoder(keras, draw, numbers)
    else:
        model, inputs = _sequential(keras, draw, numbers, may_drop)
    model.set_weights([numbers.normal(scale=0.5, size=array.shape) for array in model.get_weights()])
    return model, inputs


def drops(model: Any) -> bool:
    """Say whether a model drops something while it is trained."""
    return any(sign in model.to_json() for sign in ('"Dropout"', '"dropout": 0.3', '"recurrent_dropout": 0.3'))


def _options(draw: random.Random, kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {"reset_after": draw.random() < 0.5} if kind == "GRU" else {}
    if draw.random() < 0.3:
        found["activation"] = draw.choice(ACTIVATIONS)
    if kind != "SimpleRNN" and draw.random() < 0.3:
        found["recurrent_activation"] = draw.choice(("sigmoid", "hard_sigmoid", "tanh"))
    if draw.random() < 0.2:
        found["use_bias"] = False
    return found


def _recurrent(keras: Any, draw: random.Random, is_last: bool, may_drop: bool) -> tuple[Any, bool]:
    """Return a recurrent layer, and whether it puts out sequences."""
    layers, kind, each = keras.layers, draw.choice(CELLS), not is_last or draw.random() < 0.5
    options, units, backwards = _options(draw, kind), draw.randint(1, 4), draw.random() < 0.3
    dropping = {name: 0.3 for name in ("dropout", "recurrent_dropout") if draw.random() < 0.2}
    options |= dropping if may_drop else {}
    which = draw.random()
    if which < 0.35:
        inner = getattr(layers, kind)(units, return_sequences=each, **options)
        return layers.Bidirectional(inner, merge_mode=draw.choice(("concat", "sum", "ave", "mul"))), each
    if which < 0.5:
        # Keras itself cannot stack cells of one state on every backend
        kinds = ["LSTM"] * draw.randint(2, 3) if draw.random() < 0.5 else [kind]
        cells = [getattr(layers, f"{own}Cell")(draw.randint(1, 3), **_options(draw, own)) for own in kinds]
        cell = cells if len(cells) > 1 else cells[0]
        return layers.RNN(cell, return_sequences=each, go_backwards=backwards), each
    return getattr(layers, kind)(units, return_sequences=each, go_backwards=backwards, **options), each


def _sequential(
    keras: Any, draw: random.Random, numbers: np.random.Generator, may_drop: bool
) -> tuple[Any, np.ndarray]:
    layers, steps, features, samples = keras.layers, draw.randint(1, 6), draw.randint(1, 3), draw.randint(2, 4)
    stack, has_tokens, is_masked = [], draw.random() < 0.4, False
    if has_tokens:
        is_masked = draw.random() < 0.6
        stack.append(layers.Embedding(TOKENS, draw.randint(1, 4), mask_zero=is_masked))
    elif draw.random() < 0.4:
        is_masked = True
        stack.append(layers.Masking(0.0))
    each, count = True, draw.randint(1, 3)
    for k in range(count):
        layer, each = _recurrent(keras, draw, k == count - 1, may_drop)
        stack.append(layer)
        is_masked = is_masked and each
        if draw.random() < 0.3 and may_drop:
            stack.append(layers.Dropout(0.4))
        if draw.random() < 0.2:
            stack.append(layers.Activation(draw.choice(ACTIVATIONS)))
    if not each and draw.random() < 0.3:
        stack += [layers.RepeatVector(draw.randint(1, 4)), layers.LSTM(2, return_sequences=True)]
        each = True
    if each and not is_masked and draw.random() < 0.3:
        stack.append(layers.Flatten())
        each = False
    if each and not is_masked and draw.random() < 0.3:
        stack.append(draw.choice((layers.GlobalAveragePooling1D, layers.GlobalMaxPooling1D))())
        each = False
    if each and draw.random() < 0.4:
        stack.append(layers.TimeDistributed(layers.Dense(2, draw.choice(("linear", "tanh")))))
    else:
        stack.append(layers.Dense(2, draw.choice(("linear", "sigmoid", "softmax"))))
    shape, kind = ((steps,), "int32") if has_tokens else ((steps, features), "float64")
    model = keras.Sequential([keras.Input(shape, dtype=kind), *stack])
    if has_tokens:
        return model, numbers.integers(0, TOKENS if draw.random() < 0.5 else 3, (samples, steps))
    return model, numbers.normal(size=(samples, steps, features)) * (numbers.random((samples, steps, 1)) < 0.7)


def _encoder_decoder(keras: Any, draw: random.Random, numbers: np.random.Generator) -> tuple[Any, list[np.ndarray]]:
    """Return a model whose decoder begins with the last states of its encoder."""
    kind, units, samples = draw.choice(CELLS), draw.randint(1, 4), draw.randint(2, 4)
    shapes = [(draw.randint(1, 5), draw.randint(1, 3)) for _ in range(2)]
    options, layer = _options(draw, kind), getattr(keras.layers, kind)
    source, target = (keras.Input(shape, dtype="float64") for shape in shapes)
    _, *states = layer(units, return_state=True, **options)(source)
    decoded = layer(units, return_sequences=True, **options)(target, initial_state=states)
    model = keras.Model([source, target], keras.layers.Dense(2)(decoded))
    return model, [numbers.normal(size=(samples, *shape)) for shape in shapes]
