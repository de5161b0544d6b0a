"""How a model learns: its loss, optimizer and metrics, and the data that it takes."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

import numpy as np

from rnnscope.checks import describe, flag, no_others, one_of, positive_int
from rnnscope.engine.losses import Loss, SparseCategoricalCrossentropy
from rnnscope.engine.losses import loss as loss_of
from rnnscope.engine.metrics import Metric, Metrics, checked_metrics, metric_of
from rnnscope.engine.optimizers import Optimizer
from rnnscope.engine.optimizers import optimizer as optimizer_of
from rnnscope.habits import refuse_attribute
from rnnscope.models.data import Batches, Data, as_inputs, as_numbers, as_target
from rnnscope.models.network import Network
from rnnscope.models.nodes import shapes_read
from rnnscope.models.passes import States
from rnnscope.models.recurrent import Recurrent
from rnnscope.models.sample_weights import as_weights, of_classes
from rnnscope.models.stack import Stack
from rnnscope.models.streams import Portions, Stream, is_stream
from rnnscope.models.training import Learner, Source
from rnnscope.trace.labels import Labels, labels_of

BATCH = 32
"""So many samples are in a batch if nothing else was said."""


class Compiled(Stack):
    """Layers one upon the other that can learn."""

    stop_training = False
    """A callback sets it to True to end the training."""

    _trainer: object | None = None
    """What trains it in the background, while it does."""

    _loss: Loss | None = None
    _optimizer: Optimizer | None = None
    _metrics: Sequence[Any] = ()
    _weighted: Sequence[Any] = ()

    def compile(
        self,
        optimizer: str | Optimizer = "adam",
        loss: str | Loss = "mse",
        loss_weights: None = None,
        metrics: Sequence[Any] | None = None,
        weighted_metrics: Sequence[Any] | None = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: str | bool = "auto",
        auto_scale_loss: bool = True,
        **others: Any,
    ) -> None:
        """Choose how the model learns.

        Parameters
        ----------
        optimizer
            `"adam"`, `"adamw"`, `"nadam"`, `"rmsprop"`, `"sgd"`, `"adagrad"` (with Keras's defaults), or one of
            `rs.optimizers`.
        loss
            `"mse"`, `"mae"`, `"huber"`, `"binary_crossentropy"`, `"categorical_crossentropy"`,
            `"sparse_categorical_crossentropy"` or another name of Keras, or one of `rs.losses`.
        loss_weights
            Nothing but None: there is one output.
        metrics
            What else is measured, without weights of samples: names such as `"mae"` and `"accuracy"`, `rs.metrics`, or
            functions of targets and predictions. Which accuracy is meant follows, as in Keras, from the shapes: that of
            0 and 1 for one output, else that of classes, given as numbers or as rows.
        weighted_metrics
            What is measured with weights of samples.
        run_eagerly, steps_per_execution, jit_compile, auto_scale_loss
            Taken for Keras's sake: they change no number.
        **others
            Nothing.
        """
        no_others(self.compile, others)
        self._check_for_more("compile")
        self._check_at_rest("compile")
        if loss_weights is not None:
            is_metrics = isinstance(loss_weights, list | tuple) and all(isinstance(m, str) for m in loss_weights)
            hint = f". Metrics are the fourth argument: type metrics={loss_weights!r}" if is_metrics else ""
            raise TypeError(f"compile: loss_weights: expected None; got {describe(loss_weights)}{hint}")
        flag("compile: run_eagerly", run_eagerly)
        flag("compile: auto_scale_loss", auto_scale_loss)
        positive_int("compile: steps_per_execution", steps_per_execution)
        if jit_compile != "auto":
            flag("compile: jit_compile", jit_compile)
        chosen = checked_metrics("metrics", metrics), checked_metrics("weighted_metrics", weighted_metrics)
        self._optimizer, self._loss = optimizer_of(optimizer), loss_of(loss)
        self._metrics, self._weighted = chosen

    @property
    def optimizer(self) -> Optimizer | None:
        """What changes the weights; its `learning_rate` may be set. None before `compile`."""
        return self._optimizer

    @property
    def loss(self) -> Loss | None:
        """What becomes smaller. None before `compile`."""
        return self._loss

    @property
    def metrics_names(self) -> list[str]:
        """What `evaluate` returns, by name."""
        return ["loss", *self._metrics_behind().names]

    @property
    def metric_directions(self) -> dict[str, str | None]:
        """Whether smaller (`"min"`) or larger (`"max"`) numbers of a metric are better, by name."""
        return self._metrics_behind().better

    def __getattr__(self, name: str) -> NoReturn:
        refuse_attribute(self, "model", name)

    def __getstate__(self) -> dict[str, Any]:
        optimizer = self._optimizer
        if optimizer is None or self._network is None:
            return {**super().__getstate__(), "_trainer": None}
        with self._built().guard.between_steps:  # weights and averages of the same step
            optimizer.check_owner(self._network.weights)
            return {**super().__getstate__(), "_optimizer": copy.copy(optimizer), "_trainer": None}

    def lend(self, trainer: object) -> None:
        """Let something train it in the background, which nothing else may do until it is given back."""
        self._check_at_rest("start")
        self._trainer = trainer

    def give_back(self) -> None:
        """Be trained in the background no longer."""
        self._trainer = None

    def _check_at_rest(self, wanted: str) -> None:
        if self._trainer is not None:
            hint = "Pause it first: live.training.pause()"
            raise ValueError(f"{wanted}: expected a model at rest; a live training of it goes on. {hint}")

    def _check_compiled(self, wanted: str = "evaluate") -> None:
        self._check_for_more(wanted)
        if self._loss is None or self._optimizer is None:
            raise ValueError(
                "Sequential: expected model.compile(optimizer=..., loss=...) first; got an uncompiled model"
            )

    def _learner(self, network: Network | None = None) -> Learner:
        """Return the network, or the one that is trained, and how it learns, with frozen layers as they are now."""
        network = network or self._built()
        self._check_compiled()
        trained = self._trained()
        return Learner(
            network,
            self._loss.behind(network.head),
            self._optimizer,
            self._metrics_behind(),
            None if all(trained) else trained,
        )

    def _metrics_behind(self) -> Metrics:
        """Return the metrics as they measure behind the last layer."""
        network, classes = self._built(), isinstance(self._loss, SparseCategoricalCrossentropy)
        outputs = self._layers[-1].units
        chosen: list[list[Metric]] = [
            [metric_of(given, classes, outputs) for given in own] for own in (self._metrics, self._weighted)
        ]
        return Metrics(*chosen, network.head, classes)

    def _output(self, inputs: Sequence[np.ndarray]) -> tuple[int, ...]:
        """Return the shape of the output for these inputs."""
        given = [x.shape[1:] for x in inputs]
        shape = self._layers[-1].output_shape(shapes_read(self._built().nodes, given)[-1])
        return (len(inputs[0]), *shape)

    def _labels(self, labels: Labels | None, inputs: Sequence[np.ndarray], others: int = 0) -> Labels:
        """Return the labels of the first input, if there are as many as are needed, for so many other samples too."""
        samples, *time = inputs[0].shape[:2]
        return labels_of(labels).check(samples + others, *time, self._output(inputs)[-1])

    def _see_data(self, x: Any) -> None:
        """Take the shape of the input from data, if no layer said it."""
        if not self._inputs and self._layers:
            shape = np.shape(x)
            if len(shape) not in (2, 3):
                raise ValueError(f"x: expected axes (sample, time, feature) or (sample, feature); got shape {shape}")
            self._see([(None, shape[2]) if len(shape) == 3 else shape[1:]])

    def _inputs_of(self, x: Any, name: str = "x") -> tuple[np.ndarray, ...]:
        """Return the inputs as the model takes them, (sample, …) each."""
        self._see_data(x)
        self._built()
        reading = [(wire.reads, layer) for wire, layer in zip(self._wires, self._layers, strict=True)]
        tokens = {k: layer.input_dim for k, layer in reading if layer.reads_tokens}
        limits = [tokens.get(-1 - k) for k in range(len(self._inputs))]
        return as_inputs(name, x, self._inputs, limits, self.dtype)

    def _data(
        self, x: Any, y: Any, weights: Any = None, class_weight: Any = None, names: Sequence[str] = ("x", "y")
    ) -> Data:
        """Return inputs, targets and weights of samples as the model takes them."""
        if y is None:
            wanted = "targets beside the inputs, or batches (x, y) of a generator as x"
            raise TypeError(f"{names[1]}: expected {wanted}; got None")
        inputs = self._inputs_of(x, names[0])
        self._check_compiled()
        targets, output = as_target(names[1], y, len(inputs[0]), self.dtype), self._output(inputs)
        targets = self._loss.check(targets, output, names[1])
        if weights is not None and class_weight is not None:
            raise ValueError("class_weight: expected no sample_weight beside it; got both")
        if weights is not None:
            argument = f"{names[0].removesuffix('x')}sample_weight"
            weights = as_weights(argument, weights, output, self.dtype)
        elif class_weight is not None:
            weights = of_classes(class_weight, targets, self.dtype)
        return Data(inputs, targets, weights)

    def _stream(
        self,
        given: Any,
        class_weight: Any = None,
        *,
        shuffle: bool = False,
        argument: str = "x",
        targets: bool = True,
        keep: bool = False,
    ) -> Stream:
        """Return batches that come from outside as the model takes them; `keep` those of a generator."""
        kind = type(given).__name__

        def convert(batch: Any, name: str) -> Data:
            name = f"{name}: a batch of {kind}"
            parts = tuple(batch) if isinstance(batch, list | tuple) else (batch,)
            if not targets:
                return Data(self._inputs_of(parts[0] if isinstance(batch, tuple) else batch, name))
            if len(parts) not in (2, 3):
                got = f"{len(parts)} parts" if isinstance(batch, list | tuple) else describe(batch)
                raise ValueError(f"{name}: expected batches (x, y) or (x, y, sample_weight); got one of {got}")
            return self._data(*parts, *[None] * (3 - len(parts)), class_weight, names=(f"{name}: x", f"{name}: y"))

        kept = list(given) if keep and hasattr(given, "__iter__") and iter(given) is given else given
        return Stream(kept, convert, shuffle=shuffle, rng=self._rng, argument=argument)

    def _source(
        self, x: Any, y: Any, weights: Any, batch_size: int | None, steps: int | None, argument: str = "steps"
    ) -> Source:
        """Return batches in their order, for validation and evaluation."""
        name = "validation_data" if argument == "validation_steps" else ""
        steps = None if steps is None else positive_int(argument, steps)
        if is_stream(x, y):
            if weights is not None:
                raise ValueError(
                    "sample_weight: expected batches (x, y, sample_weight) to bring it; got it beside them"
                )
            source: Source = self._stream(x, argument=name or "x", keep=steps is None)
        else:
            data = self._data(x, y, weights, names=(f"{name} x".strip(), f"{name} y".strip()))
            source = Batches(data, batch_size_of(batch_size, len(data.y), steps))
        return source if steps is None else Portions(source, steps, argument, anew=True)

    def _starts(self, initial_state: Any, samples: int) -> States:
        """Return the states that were given to begin with, by the number of their node."""
        if initial_state is None:
            return {}
        nodes = {node.name: k for k, node in enumerate(self._built().nodes) if isinstance(node.layer, Recurrent)}
        if not nodes:
            raise ValueError("initial_state: expected a model with a recurrent layer; got one without")
        given = initial_state if isinstance(initial_state, Mapping) else {next(iter(nodes)): initial_state}
        found: States = {}
        for name, states in given.items():
            layer = self._built().nodes[nodes[one_of("initial_state: layer", name, nodes)]].layer
            arrays = list(states) if isinstance(states, list | tuple) else [states]
            if len(arrays) != len(layer.states):
                wanted = f"{len(layer.states)} states ({', '.join(layer.states)}) of layer {name!r}"
                raise ValueError(f"initial_state: expected {wanted}; got {len(arrays)}")
            own = found[nodes[name]] = {}
            for state, array in zip(layer.states, arrays, strict=True):
                value = as_numbers(f"initial_state: {state} of layer {name!r}", array, self.dtype)
                if value.shape != (samples, layer.units):
                    wanted = f"shape {(samples, layer.units)} (sample, unit)"
                    raise ValueError(f"initial_state: {state} of layer {name!r}: expected {wanted}; got {value.shape}")
                own[state] = np.ascontiguousarray(value.T)
        return found


def batch_size_of(batch_size: int | None, samples: int, steps: int | None) -> int:
    """Return how many samples are in a batch: as many as was said, as make so many steps, or 32."""
    if batch_size is not None:
        return positive_int("batch_size", batch_size)
    return BATCH if steps is None else -(-samples // steps)
