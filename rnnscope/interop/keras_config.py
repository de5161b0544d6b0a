"""The configuration of a model of Keras, as its files and its `to_json` hold it: which layer reads which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnnscope.interop.keras_layers import Config, FoundLayer, is_custom, read_layer
from rnnscope.interop.plan import PRECISIONS, collecting, refuse

if TYPE_CHECKING:
    from rnnscope.models.layer import Shape

INPUT = "InputLayer"
OF_MODELS = ("Functional", "Model", "Sequential")

Source = tuple[str, int, int]
"""What a layer reads: the name of a layer, the number of a call of it, the number of one of its outputs."""


@dataclass(frozen=True)
class Call:
    """A call of a layer in a functional model.

    Attributes
    ----------
    layer
        The name of the layer.
    reads
        What it reads.
    named
        What it is given by name, such as `initial_state`.
    options
        What else it is given by name, such as `training`.
    """

    layer: str
    reads: tuple[Source, ...]
    named: Mapping[str, tuple[Source, ...]]
    options: Mapping[str, Any]


@dataclass(frozen=True)
class ModelConfig:
    """A model as its configuration describes it.

    Attributes
    ----------
    name
        Its name.
    entries
        The entries of its layers in the order of the file, inputs among them.
    calls
        Which layer reads which; None for layers one upon the other.
    inputs, outputs
        Where a functional model begins and ends.
    is_old
        Whether a Keras before 3 wrote it.
    """

    name: str
    entries: Sequence[Config]
    calls: Sequence[Call] | None
    inputs: Sequence[Source]
    outputs: Sequence[Source]
    is_old: bool

    def chain(self) -> list[Config]:
        """Return the entries of the layers from the input up.

        Raises
        ------
        ValueError
            If the model branches or merges; it says where.
        """
        if self.calls is None:
            return [entry for entry in self.entries if entry["class_name"] != INPUT]
        if problems := list(self._turns()):
            text = "a straight line of layers can be read, and this model is none: "
            advice = "Cut a straight part out of it, keras.Model(inputs, outputs), and look inside that one."
            raise ValueError(f"{text}{'; '.join(problems)}. {advice}")
        above = {call.reads[0][0]: call.layer for call in self.calls}
        by_name = {_name(entry): entry for entry in self.entries}
        at, found = self.inputs[0][0], []
        while at != self.outputs[0][0]:
            at = above[at]
            found.append(by_name[at])
        return found

    def layers(self) -> list[tuple[Config, FoundLayer]]:
        """Return the layers that it takes here, from the input up, or list all that cannot be read."""
        problems: list[str] = []
        found = []
        for entry in self.chain():
            with collecting(problems, _name(entry), entry["class_name"]):
                found.append((entry, read_layer(entry, self.is_old)))
        refuse(problems)
        return found

    def shape(self) -> Shape:
        """Return the shape of one input sample."""
        given = [entry["config"] for entry in self.entries if entry["class_name"] == INPUT] or [
            self.entries[0]["config"]
        ]
        shape = given[0].get("batch_shape") or given[0].get("batch_input_shape")
        if shape is None:
            raise ValueError("its configuration does not say the shape of the input: call the model once, then save it")
        return tuple(shape[1:])

    def dtype(self) -> str:
        """Return the type in which the model computes."""
        names = {_precision(entry["config"].get("dtype")) for entry in self.chain()} - {None} or {PRECISIONS[0]}
        if len(names) > 1 or not names <= set(PRECISIONS):
            raise ValueError(f'it computes in {", ".join(sorted(names))}; give dtype="float32" to compute it in that')
        return names.pop()

    def _turns(self) -> Iterator[str]:
        """Say where a model is no straight line."""
        for words, ends in (("inputs", self.inputs), ("outputs", self.outputs)):
            if len(ends) != 1:
                yield f"it has {len(ends)} {words} ({', '.join(name for name, _, _ in ends)})"
        readers: dict[Source, list[str]] = {}
        for call in self.calls:
            for source in call.reads:
                readers.setdefault(source, []).append(call.layer)
            if len(call.reads) != 1:
                yield f"{call.layer!r} merges {', '.join(dict.fromkeys(repr(name) for name, _, _ in call.reads))}"
            for key, sources in call.named.items():
                yield f"{call.layer!r} takes {key} from {', '.join(sorted({repr(name) for name, _, _ in sources}))}"
            yield from (f"{call.layer!r} is called with {key}={value!r}" for key, value in call.options.items())
        for (name, _, number), names in readers.items():
            if len(names) > 1:
                yield f"{name!r} branches to {', '.join(map(repr, names))}"
            if number:
                yield f"{names[0]!r} reads output {number} of {name!r}"
        called = [call.layer for call in self.calls]
        yield from (f"{name!r} is called {called.count(name)} times" for name in set(called) if called.count(name) > 1)


def model_config(entry: Config, version: str) -> ModelConfig:
    """Return a model of a configuration.

    Parameters
    ----------
    entry
        Its `class_name` and `config`.
    version
        The version of Keras that wrote it.
    """
    kind, config = entry["class_name"], entry["config"]
    if kind not in OF_MODELS or is_custom(entry):
        raise ValueError(
            f"its class is {kind!r}, one's own, whose code is not in the configuration; nothing of it was run. "
            "Build the same layers as keras.Sequential, and set_weights from model.get_weights()"
        )
    is_old = version.partition(".")[0] in ("1", "2")
    if isinstance(config, list):  # as Keras 2.2 and older wrote a sequential model
        config = {"name": "sequential", "layers": config}
    entries = config["layers"]
    if not entries:
        raise ValueError("it has no layers")
    if kind == "Sequential":
        return ModelConfig(config["name"], entries, None, (), (), is_old)
    calls = [call for layer in entries for call in _calls(layer)]
    inputs, outputs = (_ends(config[key]) for key in ("input_layers", "output_layers"))
    return ModelConfig(config["name"], entries, calls, inputs, outputs, is_old)


def _name(entry: Config) -> str:
    return entry.get("name") or entry["config"].get("name", "")


def _precision(dtype: Any) -> str | None:
    """Return the name of a type, which is given by itself or as a policy."""
    return dtype["config"].get("name", dtype["class_name"]) if isinstance(dtype, Mapping) else dtype


def _ends(value: Sequence[Any]) -> list[Source]:
    """Return the sources of `input_layers` or `output_layers`: a list of them, or one by itself."""
    return [tuple(value)] if value and isinstance(value[0], str) else [tuple(source) for source in value]


def _calls(entry: Config) -> Iterator[Call]:
    """Return the calls of a layer, as Keras 3 and as Keras 2 writes them."""
    for node in entry.get("inbound_nodes", ()):
        if isinstance(node, Mapping):
            given = dict(node["kwargs"])
            reads = tuple(_tensors(node["args"]))
        else:
            sources = [node] if isinstance(node[0], str) else node
            given = {key: value for source in sources for key, value in source[3].items()}
            reads = tuple((name, call, number) for name, call, number, _ in sources)
        named = {key: tuple(_tensors(value)) for key, value in given.items()}
        options = {key: value for key, value in given.items() if value and not named[key]}
        yield Call(_name(entry), reads, {key: sources for key, sources in named.items() if sources}, options)


def _tensors(value: Any) -> Iterator[Source]:
    """Go through what stands for tensors in the arguments of a call."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            yield tuple(value["config"]["keras_history"])
        else:
            yield from (source for inner in value.values() for source in _tensors(inner))
    elif isinstance(value, list):
        if len(value) == 3 and isinstance(value[0], str) and all(isinstance(n, int) for n in value[1:]):
            yield tuple(value)  # as Keras 2 writes a tensor
        else:
            yield from (source for inner in value for source in _tensors(inner))
