"""The configuration of a model of Keras, as its files and its `to_json` hold it: which layer reads which."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rnnscope.interop.keras_layers import Config, FoundLayer, is_custom, read_layer
from rnnscope.interop.keras_masks import without_masks
from rnnscope.interop.plan import PRECISIONS, collecting, refuse
from rnnscope.models.nodes import Wire

if TYPE_CHECKING:
    from rnnscope.models.inputs import Shape

INPUT = "InputLayer"
STATES = "initial_state"
RECURRENT = ("GRU", "LSTM", "RNN", "SimpleRNN")
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
    values
        What else it is given by position.
    """

    layer: str
    reads: tuple[Source, ...]
    named: Mapping[str, tuple[Source, ...]]
    options: Mapping[str, Any]
    values: tuple[Any, ...] = ()


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

    def order(self) -> list[Config]:
        """Return the entries of the layers in the order of computation.

        Raises
        ------
        ValueError
            If the model branches or merges; it says where.
        """
        if self.calls is not None and (problems := list(self._turns())):
            text = "layers that read one another in a line can be read, and these do not: "
            advice = "Cut a straight part out of it, keras.Model(inputs, outputs), and look inside that one."
            raise ValueError(f"{text}{'; '.join(problems)}. {advice}")
        return [entry for entry in self.entries if entry["class_name"] != INPUT]

    def wires(self) -> list[Wire] | None:
        """Return what each layer reads; None if they stand one upon the other."""
        if self.calls is None:
            return None
        places = {_name(entry): k for k, entry in enumerate(self.order())}
        places |= {name: -1 - k for k, (name, _, _) in enumerate(self.inputs)}
        calls = {call.layer: call for call in self.calls}
        found = []
        for entry in self.order():
            call = calls[_name(entry)]
            states = [places[name] for name, _, _ in call.named.get(STATES, ())]
            found.append(Wire(places[call.reads[0][0]], states[0] if states else None))
        if any(source >= k for k, wire in enumerate(found) for source in (wire.reads, wire.start or -1)):
            raise ValueError("its layers are not in the order of computation")
        return None if is_line(found) else found

    def layers(self) -> list[tuple[Config, FoundLayer]]:
        """Return the layers that it takes here, from the input up, or list all that cannot be read."""
        problems: list[str] = []
        found = []
        for entry in self.order():
            with collecting(problems, _name(entry), entry["class_name"]):
                found.append((entry, read_layer(entry, self.is_old)))
        refuse(problems)
        return found

    def shapes(self) -> list[Shape]:
        """Return the shape of one sample of each input."""
        given = {_name(entry): entry["config"] for entry in self.entries if entry["class_name"] == INPUT}
        names = [name for name, _, _ in self.inputs] or list(given)
        found = [given[name] for name in names] or [self.entries[0]["config"]]
        shapes = [config.get("batch_shape") or config.get("batch_input_shape") for config in found]
        if None in shapes:
            raise ValueError("its configuration does not say the shape of the input: call the model once, then save it")
        return [tuple(shape[1:]) for shape in shapes]

    def dtype(self) -> str:
        """Return the type in which the model computes."""
        names = {_precision(entry["config"].get("dtype")) for entry in self.order()} - {None} or {PRECISIONS[0]}
        if len(names) > 1 or not names <= set(PRECISIONS):
            raise ValueError(f'it computes in {", ".join(sorted(names))}; give dtype="float32" to compute it in that')
        return names.pop()

    def _turns(self) -> Iterator[str]:
        """Say where layers do not read one another in a line; the last states of one may be the first of another."""
        if len(self.outputs) != 1:
            yield f"it has {len(self.outputs)} outputs ({', '.join(name for name, _, _ in self.outputs)})"
        readers: dict[Source, list[str]] = {}
        for call in self.calls:
            if len(call.reads) != 1:
                yield f"{call.layer!r} merges {', '.join(dict.fromkeys(repr(name) for name, _, _ in call.reads))}"
            for source in call.reads:
                readers.setdefault(source, []).append(call.layer)
            for key, sources in call.named.items():
                names, numbers = {name for name, _, _ in sources}, [number for _, _, number in sources]
                if key != STATES or len(names) > 1 or numbers != list(range(1, len(sources) + 1)):
                    yield f"{call.layer!r} takes {key} from {', '.join(map(repr, sorted(names)))}"
            yield from (f"{call.layer!r} is called with {key}={value!r}" for key, value in call.options.items())
        for (name, _, number), names in readers.items():
            if len(names) > 1:
                yield f"{name!r} branches to {', '.join(map(repr, names))}"
            if number:
                yield f"{names[0]!r} reads output {number} of {name!r}"
        called = [call.layer for call in self.calls]
        for name in dict.fromkeys(called):
            if called.count(name) > 1:
                yield f"{name!r} is called {called.count(name)} times"
        for name, _, _ in self.inputs:
            if not any(source[0] == name for source in readers):
                yield f"the input {name!r} is read by no layer"


def is_line(wires: Sequence[Wire]) -> bool:
    """Say whether layers stand one upon the other, each of which begins by itself."""
    return [(wire.reads, wire.start) for wire in wires] == [(k - 1, None) for k in range(len(wires))]


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
    by_name = {_name(layer): layer for layer in entries}
    entries, calls = without_masks(by_name, [call for layer in entries for call in _calls(layer)])
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
        values: tuple[Any, ...] = ()
        if isinstance(node, Mapping):
            values = tuple(value for value in node["args"] if isinstance(value, int | float))
            given = dict(node["kwargs"])
            reads = tuple(_tensors(node["args"]))
        else:
            sources = [node] if isinstance(node[0], str) else node
            given = {key: value for source in sources for key, value in source[3].items()}
            reads = tuple((name, call, number) for name, call, number, _ in sources)
            if entry["class_name"] in RECURRENT and len(reads) > 1:  # Keras 2 lists the states behind what is read
                given[STATES] = [list(source) for source in reads[1:]]
                reads = reads[:1]
        named = {key: tuple(_tensors(value)) for key, value in given.items()}
        options = {key: value for key, value in given.items() if value and not named[key]}
        yield Call(_name(entry), reads, {key: sources for key, sources in named.items() if sources}, options, values)


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
