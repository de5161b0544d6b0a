"""Names that notebooks of Keras use and that are not here, and what stands for each: the one place for such hints."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

_OUTSIDE = "compute what it gives before the model, and give that to the recurrent layers: rs.look_inside(part, x)"
_LINE = "layers read one another in a line here; two directions are merged by rs.layers.Bidirectional(layer, 'concat')"
TOKENS = "number the words, index = {word: k for k, word in enumerate(words, 1)}, and type rs.utils.pad_sequences(rows)"
_SCALED = "scale the array before the model; rs.tasks.windows(series, length) does it by its training part"
_WINDOWS = "type task = rs.tasks.windows(series, length), then model.fit(task.x, task.y)"
_NUMPY = "use NumPy, as in np.mean(a): inputs, outputs and traces are its arrays"
_OWN_CELL = "declare a cell by its equations: rs.register(Cell(...)) makes its layer"
_ADAM = "the nearest are rs.optimizers.Adam(), AdamW() and RMSprop()"
_OWN_LOSS = "write a class on rs.losses.Loss, with per_sample(prediction, y) and gradient(prediction, y)"
_ARRAYS = "type layer.get_weights(), which has kernel, recurrent_kernel and bias in this order"
_STEP = "type model.train_on_batch(x, y), which takes one step; rs.callbacks.Callback sees each of them"
_ONE_LOSS = "what is added to the loss here is the size of weights: kernel_regularizer=rs.regularizers.L2(0.01)"
_WHOLE = "type model.save('model.keras') and rs.load('model.keras')"
_NO_CLASSES = "leave it out: files here hold no classes of one's own"
_FOR_DTYPE = "say it when the model is made: rs.Sequential(layers, dtype='float64')"


def _of(hint: str, *names: str) -> dict[str, str]:
    return dict.fromkeys(names, hint)


INSTEAD: Mapping[str, Mapping[str, str]] = {
    "name": {
        "K": "type K = rs.backend",
        "Functional": "use rs.Model(inputs, outputs)",
        "Initializer": "use rs.initializers.Initializer",
        "Loss": "use rs.losses.Loss",
        "Metric": "use rs.metrics.Metric",
        "Optimizer": "use rs.optimizers.Optimizer",
        "Regularizer": "use rs.regularizers.Regularizer",
        "applications": "it holds nets of pictures; a recurrent model of your own is read by rs.load('model.keras')",
        "config": _FOR_DTYPE,
        "constraints": "weights are held small by kernel_regularizer=rs.regularizers.L2(0.01)",
        "wrappers": "use rs.layers.Bidirectional and rs.layers.TimeDistributed",
        "export": "type model.save('model.keras'); rs.export_html(trace, 'net.html') writes a page",
        "keras": "rs itself stands in the place of keras, as in rs.Sequential, rs.layers and rs.callbacks",
        "random": "use np.random.default_rng(0); a model has a seed of its own, rs.Sequential(layers, seed=0)",
        "version": "type rs.__version__",
        **_of(_FOR_DTYPE, "DTypePolicy", "mixed_precision"),
        **_of(_NUMPY, "KerasTensor", "Variable", "ops", "tree"),
        **_of("type the names without it, as in rs.layers.Dense", "api", "experimental", "legacy", "src", "v1", "v2"),
    },
    "layer": {
        "ActivityRegularization": _ONE_LOSS,
        "ELU": "use rs.layers.Activation('elu')",
        "InputLayer": "use rs.Input(shape=(4, 1)) as the first layer",
        "LeakyReLU": "use rs.layers.Activation('leaky_relu')",
        "ReLU": "use rs.layers.Activation('relu')",
        "Softmax": "use rs.layers.Activation('softmax')",
        "StackedRNNCells": "give RNN the list itself: rs.layers.RNN([cell, other])",
        **_of(_LINE, "Add", "Attention", "AdditiveAttention", "Average", "Concatenate", "Dot", "Maximum", "Minimum"),
        **_of(_LINE, "MultiHeadAttention", "Multiply", "Subtract", "add", "average", "concatenate", "dot", "multiply"),
        **_of(_OUTSIDE, "AveragePooling1D", "BatchNormalization", "Conv1D", "Conv2D", "ConvLSTM1D", "ConvLSTM2D"),
        **_of(_OUTSIDE, "GaussianNoise", "Lambda", "LayerNormalization", "MaxPool1D", "MaxPooling1D", "MaxPooling2D"),
        **_of(_OUTSIDE, "Permute", "Reshape", "SeparableConv1D", "UpSampling1D", "ZeroPadding1D", "Cropping1D"),
        **_of(_OWN_CELL, "AbstractRNNCell", "InputSpec", "Wrapper"),
        **_of(_SCALED, "Normalization", "Rescaling", "Discretization"),
        **_of(TOKENS, "CategoryEncoding", "Hashing", "IntegerLookup", "StringLookup", "TextVectorization"),
    },
    "callback": {
        "BackupAndRestore": "use rs.callbacks.ModelCheckpoint('{epoch}.keras'), and go on with rs.load(path).fit(...)",
        "BaseLogger": "what fit returns has it: trace.history",
        "ProgbarLogger": "type model.fit(..., verbose=1), which shows it",
        "TensorBoard": "type trace = model.fit(...), then rs.explore(trace); rs.callbacks.CSVLogger writes a file",
    },
    "metric": {
        "get": "give its name: model.compile(metrics=['mae'])",
        **_of("use rs.metrics.RootMeanSquaredError()", "RMSE", "rmse"),
    },
    "loss": _of(_OWN_LOSS, "CTC", "CategoricalFocalCrossentropy", "CosineSimilarity", "Dice", "Tversky"),
    "optimizer": {
        **_of("type the name without it, as in rs.optimizers.Adam(0.001)", "experimental", "legacy"),
        **_of(_ADAM, "Adadelta", "Adafactor", "Adamax", "Ftrl", "Lamb", "Lion", "LossScaleOptimizer", "Muon"),
    },
    "schedule": {},
    "initializer": {},
    "regularizer": {"OrthogonalRegularizer": "use rs.regularizers.L2(0.01)"},
    "activation": {},
    "data set": {},
    "rnnscope.backend": {},
    "rnnscope.saving": _of(_NO_CLASSES, "CustomObjectScope", "custom_object_scope", "register_keras_serializable"),
    "rnnscope.models": {
        "Functional": "use rs.Model(inputs, outputs)",
        **_of(_WHOLE, "model_from_config", "model_from_json", "model_from_yaml"),
        **_of(_NO_CLASSES, "CustomObjectScope", "custom_object_scope", "register_keras_serializable"),
    },
    "rnnscope.preprocessing": {
        "image": "load pictures with Keras: rnnscope reads sequences",
        "text": TOKENS,
        "text_dataset_from_directory": "read the files with Python, and then " + TOKENS,
        "timeseries_dataset_from_array": _WINDOWS,
    },
    "rnnscope.preprocessing.sequence": {"TimeseriesGenerator": _WINDOWS, "skipgrams": TOKENS},
    "rnnscope.utils": {
        "Progbar": "use tqdm",
        "get_file": "load the file with Keras or urllib",
        "normalize": _SCALED,
        "np_utils": "type rs.utils.to_categorical(y)",
        "split_dataset": "slice the arrays, x[:80] and x[80:], or type fit(..., validation_split=0.2)",
        "text_dataset_from_directory": "read the files with Python, and then " + TOKENS,
        "timeseries_dataset_from_array": _WINDOWS,
        **_of(_NO_CLASSES, "custom_object_scope", "get_custom_objects", "register_keras_serializable"),
        **_of("type rs.figures.network(trace), or model.summary()", "model_to_dot", "plot_model"),
    },
    "model": {
        "call": "type model.predict(x)",
        "compiled_metrics": "type model.metrics_names",
        "evaluate_generator": "type model.evaluate(generator, steps=...)",
        "export": _WHOLE,
        "fit_generator": "type model.fit(generator, steps_per_epoch=...)",
        "history": "type trace = model.fit(...), then trace.history",
        "losses": "type model.evaluate(x, y), which has the penalties in it",
        "metrics": "type model.metrics_names, and model.evaluate(x, y, return_dict=True)",
        "non_trainable_variables": "type model.non_trainable_weights",
        "predict_classes": "type model.predict(x).argmax(axis=-1)",
        "predict_generator": "type model.predict(generator, steps=...)",
        "predict_proba": "type model.predict(x)",
        "run_eagerly": "leave it out: what happens at every step is in the trace",
        "stateful": "type layer.stateful",
        "trainable_variables": "type model.trainable_weights",
        "variables": "type model.weights",
        **_of("type model.evaluate(x, y, return_dict=True)", "get_metrics_result", "reset_metrics"),
        **_of(_FOR_DTYPE, "dtype_policy"),
        **_of(_ONE_LOSS, "add_loss", "add_metric"),
        **_of(_STEP, "compute_loss", "make_train_function", "test_step", "train_function", "train_step"),
        **_of(_WHOLE, "get_config", "to_json", "to_yaml"),
    },
    "cell": {"units": "type layer.units", **_of(_ARRAYS, "bias", "kernel", "recurrent_kernel")},
    "layer object": {
        "cell": "type layer.layers[0]",
        "layer": "type layer.forward_layer",
        "build": "give the model its shape: rs.Input(shape=(4, 1)) as the first layer",
        "call": "type rs.Model(model.input, layer.output).predict(x)",
        "dtype": "type model.dtype",
        "from_config": "type copy.copy(layer)",
        "get_config": "type layer.options()",
        "get_input_at": "type layer.input",
        "get_output_at": "type layer.output",
        "kernel_regularizer": "type layer.regularizers",
        "trainable_variables": "type layer.trainable_weights",
        "variables": "type layer.weights",
        **_of(_ARRAYS, "bias", "embeddings", "kernel", "recurrent_kernel"),
        **_of(_ONE_LOSS, "add_loss", "losses"),
        **_of(_OWN_CELL, "add_weight", "input_spec"),
    },
    "optimizer object": {
        "get_config": "its numbers are attributes: optimizer.learning_rate, optimizer.weight_decay",
        **_of(_STEP, "apply", "apply_gradients", "minimize"),
        **_of("type model.save('model.keras'), which keeps its averages too", "get_weights", "variables", "weights"),
    },
    "trace": {
        "model": "what was trained is the model on which fit was called",
        "on_epoch_end": "a trace is what fit returns; a callback is fit(..., callbacks=[rs.callbacks.History()])",
        "params": "type trace.training, and len(trace.epochs)",
        "plot": "type rs.figures.training(trace)",
    },
    "weight": {
        "assign_add": "type weight.assign(weight.numpy() + change)",
        "assign_sub": "type weight.assign(weight.numpy() - change)",
        "trainable": "type layer.trainable",
        **_of("type weight.numpy()", "eval", "read_value", "value"),
    },
    "output of a layer": {
        "dtype": "type model.dtype",
        "numpy": "it has no numbers yet: type rs.Model(inputs, output).predict(x)",
    },
}
"""What to do, by the kind of what was asked for and its name."""

ARGUMENTS = {
    "decay": "learning_rate=rs.optimizers.schedules.InverseTimeDecay(0.001, 1, decay)",
    "lr": "learning_rate=",
    "nb_epoch": "epochs=",
    "show_accuracy": "compile(metrics=['accuracy'])",
}
"""What arguments of older versions of Keras are called now."""

LIKE = 0.6
"""A name that is so much like another one stands for it."""


def refuse_name(kind: str, name: str, there: Iterable[str], own: str = "", depth: int = 2) -> NoReturn:
    """Refuse a name that a module has not, in its `__getattr__`, with what to do or the nearest name.

    `from … import name` hides an `AttributeError` and its words, and gets an `ImportError` with them. `depth` is the
    number of calls between here and what asks.
    """
    words = f"{kind} has no {name!r}" if kind.startswith("rnnscope") else f"rnnscope has no {kind} {name!r}"
    if name.startswith("__"):  # what Python itself looks for
        raise AttributeError(words)
    hint = INSTEAD.get(kind, {}).get(name)
    if hint is None:
        names = {own.lower(): own for own in there}
        nearest = difflib.get_close_matches(name.lower(), names, n=1, cutoff=LIKE)
        known = f"did you mean {names[nearest[0]]}?" if nearest else f"it has {', '.join(names.values())}."
        hint = f"{known if names else ''} {own}".strip()
    raise (ImportError if _is_imported(sys._getframe(depth)) else AttributeError)(f"{words}: {hint}")


def for_model(value: Any, line: str = "rs.look_inside(model, x)") -> str:
    """Return the end of a message for a model where a trace is wanted, with the line to type; else nothing."""
    is_model = any(hasattr(value, name) for name in ("get_weights", "state_dict"))
    return f". Look inside the model first: {line}" if is_model else ""


def refuse_attribute(thing: Any, kind: str, name: str) -> NoReturn:
    """Refuse a name that an object has not, in its `__getattr__`, with what to do or the nearest name."""
    own = getattr(type(thing), name, None)
    if isinstance(own, property):
        own.fget(thing)  # raises what it has to say
    words = f"{type(thing).__name__!r} object has no attribute {name!r}"
    if name in INSTEAD[kind]:
        raise AttributeError(f"{words}: {INSTEAD[kind][name]}")
    if not name.startswith("_"):
        there = [own for own in dir(type(thing)) if not own.startswith("_")]
        nearest = difflib.get_close_matches(name, there, n=1)
        words += f" (did you mean {nearest[0]!r}?)" if nearest else ", nor one like it; dir() lists those that it has"
    raise AttributeError(words)


def _is_imported(frame: Any) -> bool:
    """Say whether code that is just running is at a `from … import`."""
    from opcode import opmap

    return frame.f_lasti >= 0 and frame.f_code.co_code[frame.f_lasti] == opmap["IMPORT_FROM"]
