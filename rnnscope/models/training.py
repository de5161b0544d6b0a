"""Training: epochs of steps, the progress bar, and what ends them early."""

from __future__ import annotations

import signal
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace

import numpy as np

from rnnscope.checks import describe
from rnnscope.engine.losses import Loss
from rnnscope.engine.optimizers import Optimizer
from rnnscope.models.data import Batches
from rnnscope.models.network import Network
from rnnscope.models.passes import Outcome, Passes, Size, States, Tape, size_of
from rnnscope.models.recorder import Recorder


class TrainingStopped(UserWarning):
    """Training ended early at a NaN or an infinity; the message says where it began."""


class NonFinite(ArithmeticError):
    """A pass met a NaN or an infinity; the message says where."""


class Interrupt:
    """Holds an interrupt back until the step that runs has ended; a second one waits only while weights change.

    Attributes
    ----------
    requested
        Whether there was an interrupt.
    stepping
        Whether weights are being changed.
    """

    def __init__(self) -> None:
        self.requested = self.stepping = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold interrupts back inside the block (only the main thread gets them)."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = signal.signal(signal.SIGINT, self._note)
        try:
            yield
        finally:
            signal.signal(signal.SIGINT, before)

    def _note(self, *_: object) -> None:
        if self.requested and not self.stepping:
            raise KeyboardInterrupt
        self.requested = True


class Training:
    """One run of `fit`.

    Attributes
    ----------
    dropping
        What masks of dropout are drawn from.
    history
        Loss per finished epoch.
    finished
        Number of finished epochs.
    stopped
        Why it ended early, or None.
    """

    def __init__(
        self, network: Network, loss: Loss, optimizer: Optimizer, batches: Batches, dropping: np.random.Generator
    ) -> None:
        self.network, self.loss, self.optimizer, self.batches = network, loss, optimizer, batches
        self.dropping = dropping
        self.history: dict[str, list[float]] = {"loss": []}
        self.finished, self.stopped = 0, None
        self._passes: dict[Size, Passes] = {}

    def run(self, epochs: int, recorder: Recorder | None, validation: Batches | None, verbose: int) -> None:
        """Train for so many epochs, or until an interrupt, a NaN or an infinity."""
        interrupt, place = Interrupt(), ""
        try:
            with ExitStack() as self._held, interrupt.held(), progress(epochs, verbose) as shown:
                self._held.enter_context(np.errstate(all="ignore"))
                for epoch in range(epochs):
                    place = f"in epoch {epoch}"
                    if not self._epoch(epoch, recorder, interrupt):
                        break
                    if validation is not None:
                        self.history.setdefault("val_loss", []).append(evaluate(self.network, self.loss, validation))
                    self.finished = epoch + 1
                    place = f"after epoch {epoch}"
                    shown(self.history)
                    if interrupt.requested and epoch + 1 < epochs:
                        break
        except KeyboardInterrupt:
            interrupt.requested = True
        except NonFinite as error:
            self._stop_at(f"epoch {epoch}, {error}", epoch, recorder)
        if interrupt.requested and self.finished < epochs and self.stopped is None:
            self.stopped = f"interrupted {place}; {self.finished} of {epochs} epochs are finished"

    def _epoch(self, epoch: int, recorder: Recorder | None, interrupt: Interrupt) -> bool:
        """Train one epoch; return whether it was finished."""
        recording = recorder is not None and recorder.records(epoch)
        if recording and not self.batches.single:
            self._record_pass(epoch, recorder)
        total, taken = 0.0, 0
        for x, y in self.batches:
            recorded, passes = recording and self.batches.single, self._passes_for(x)
            tapes = recorder.tapes(epoch) if recorded else passes.tapes
            starts = self.network.starts(passes.size[1])
            outcome = run_pass(passes, self.loss, tapes, x, y, dropping=self.dropping, starts=starts)
            self.network.carry(passes, tapes)
            self._loss_met = outcome.loss
            if recorded:
                recorder.keep(epoch, tapes, self._of_samples(outcome, y, recorder), passes.masks)
            interrupt.stepping = True
            self._step(passes, tapes, outcome.loss)
            interrupt.stepping = False
            total, taken = total + outcome.loss * passes.size[1], taken + passes.size[1]
            if interrupt.requested and taken < self.batches.count:
                return False
        self.history["loss"].append(total / self.batches.count)
        return True

    def _of_samples(self, outcome: Outcome, y: np.ndarray, recorder: Recorder) -> Outcome:
        """Return the outcome of a training pass with the loss of the recorded samples alone."""
        if recorder.record.samples is None:
            return outcome
        chosen = [np.take(array, recorder.samples, axis=-2) for array in (outcome.read, y)]
        mask = None if outcome.mask is None else outcome.mask[:, recorder.samples]
        return replace(outcome, loss=mean_loss(self.loss, *chosen, loss_weights(mask)))

    def _record_pass(self, epoch: int, recorder: Recorder) -> None:
        """Run one pass over the recorded samples, with the weights that the epoch starts from, and keep it."""
        x, y = self.batches.some(recorder.pass_samples)
        tapes = recorder.tapes(epoch)
        share = len(recorder.pass_samples) / self.batches.count
        passes = self._passes_for(x)
        starts = of_samples(self._starts_of_all(), recorder.pass_samples) if self.network.stateful else None
        outcome = run_pass(passes, self.loss, tapes, x, y, share, dropping=recorder.dropping(epoch), starts=starts)
        recorder.keep(epoch, tapes, outcome, passes.masks)

    def _starts_of_all(self) -> States:
        """Return the states that all samples begin with, batch after batch, with the weights as they are."""
        carried, found = self.network.carried, []
        for first in range(0, self.batches.count, self.batches.size):
            x, _ = self.batches.some(np.arange(first, min(first + self.batches.size, self.batches.count)))
            passes, own = self._passes_for(x), self.network.starts(size_of(x)[1], strict=False)
            passes.forward(passes.tapes, x, starts=own)
            found.append({**self.network.declared_starts(size_of(x)[1]), **own})
            self.network.carry(passes, passes.tapes)
        self.network.carried = carried
        return {
            k: {name: np.concatenate([states[k][name] for states in found], axis=1) for name in found[0][k]}
            for k in self.network.stateful
        }

    def _step(self, passes: Passes, tapes: Sequence[Tape], loss: float) -> None:
        """Change the weights, unless the pass met a NaN or an infinity or the step itself would."""
        square = float(np.dot(passes.gradients, passes.gradients))
        if where := self.network.first_nonfinite(passes, tapes, loss, square):
            raise NonFinite(where)
        with self.network.guard.between_steps:
            self._change(passes, square)

    def _change(self, passes: Passes, square: float) -> None:
        """Take the optimizer's step, and take it back if the weights come out with a NaN or an infinity."""
        weights, optimizer = self.network.weights, self.optimizer
        before = optimizer.checkpoint(weights) if optimizer.may_overflow(weights, square) else None
        optimizer.update(weights, passes.gradients, passes.gradient_arrays)
        if before is not None and not optimizer.is_finite(weights):
            optimizer.restore(weights, before)
            layer, name, _ = self.network.specs[0]
            raise NonFinite(f"time step 0, layer {layer!r}, quantity {name!r} or a later one (the optimizer's step)")

    def _stop_at(self, where: str, epoch: int, recorder: Recorder | None) -> None:
        """Note where the first NaN or infinity was; if the pass that met it is recorded, the trace keeps its epoch."""
        self.stopped = f"the first NaN or infinity: {where}; the weights are those of the last finished step"
        if recorder is not None and recorder.records(epoch) and self.batches.single:
            self.finished = epoch + 1
            for name, values in self.history.items():
                values.append(self._loss_met if name == "loss" else np.nan)
        warnings.warn(f"training stopped at {self.stopped}", TrainingStopped, stacklevel=4)

    def _passes_for(self, x: Sequence[np.ndarray]) -> Passes:
        """Return what makes passes of the size of inputs."""
        size = size_of(x)
        if size not in self._passes:
            self._passes[size] = self._held.enter_context(self.network.passes(size, gradients=True))
            self._held.callback(self._passes[size].release)  # the tapes of a recording are the trace's own
        return self._passes[size]


def run_pass(
    passes: Passes,
    loss: Loss,
    tapes: Sequence[Tape],
    x: Sequence[np.ndarray],
    y: np.ndarray,
    share: float = 1.0,
    *,
    dropping: np.random.Generator | None = None,
    starts: States | None = None,
) -> Outcome:
    """Run a pass forward and back; `share`, the part of all samples that these are, scales the gradient."""
    prediction = passes.forward(tapes, x, dropping=dropping, starts=starts)
    read = read_by(loss, passes, tapes, prediction)
    gradient, weights = loss.gradient(read, y), loss_weights(passes.output_mask)
    if weights is not None:
        gradient = gradient * weights[..., None].astype(gradient.dtype)
    gradient = gradient if share == 1 else gradient * gradient.dtype.type(share)
    passes.backward(tapes, gradient, by_logits=loss.reads_logits)
    gradient = passes.gradient_of_output(tapes) if loss.reads_logits else gradient
    return Outcome(prediction, mean_loss(loss, read, y, weights), gradient, read, passes.output_mask)


def read_by(loss: Loss, passes: Passes, tapes: Sequence[Tape], prediction: np.ndarray) -> np.ndarray:
    """Return what a loss is computed from after a pass forward: the prediction, or its logits."""
    return passes.logits(tapes) if loss.reads_logits else prediction


def loss_weights(mask: np.ndarray | None) -> np.ndarray | None:
    """Return what losses of time steps are multiplied by, (time, sample), so that their mean is of those that count.

    None if all count.
    """
    if mask is None or mask.all():
        return None
    return mask * (mask.size / max(int(mask.sum()), 1))


def mean_loss(loss: Loss, read: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the mean of the weighted losses of samples and time steps."""
    if weights is None:
        return loss.value(read, y)
    return float(np.mean(loss.per_sample(read, y) * weights.astype(read.dtype)))


def evaluate(network: Network, loss: Loss, batches: Batches) -> float:
    """Return the mean loss over batches."""
    total = 0.0
    for passes, prediction, y in predictions(network, batches):
        read = read_by(loss, passes, passes.tapes, prediction)
        total += mean_loss(loss, read, y, loss_weights(passes.output_mask)) * passes.size[1]
    return total / batches.count


def predictions(
    network: Network, batches: Batches, starts: States | None = None
) -> Iterator[tuple[Passes, np.ndarray, np.ndarray | None]]:
    """Go through batches; yields the passes, while they hold the batch, the prediction and the targets.

    `starts` are states that nodes begin with, of all samples.
    """
    done = 0
    for x, y in batches:
        size = size_of(x)
        own = of_samples(starts or {}, slice(done, done + size[1]))
        with network.passes(size) as passes:
            prediction = passes.forward(passes.tapes, x, starts={**network.starts(size[1]), **own})
            network.carry(passes, passes.tapes)
            yield passes, prediction, y
        done += size[1]


def of_samples(states: States, samples: slice | np.ndarray) -> States:
    """Return the states of some samples."""
    return {k: {name: array[:, samples] for name, array in own.items()} for k, own in states.items()}


def verbosity(verbose: int | str) -> int:
    """Return how much is shown: 0, 1 or 2; Keras's "auto" is 1."""
    if verbose == "auto":
        return 1
    if not isinstance(verbose, int) or verbose not in (0, 1, 2):
        wanted = "0 (nothing), 1 (a progress bar) or 2 (a line per epoch)"
        raise ValueError(f"verbose: expected {wanted}; got {describe(verbose)}")
    return int(verbose)


@contextmanager
def progress(epochs: int, verbose: int) -> Iterator:
    """Show a progress bar (1), a line per epoch (2) or nothing (0); yields what is called after each epoch."""
    if verbose != 1:
        yield lambda history: print(_line(history, epochs)) if verbose == 2 else None
        return
    from tqdm.auto import tqdm

    with tqdm(total=epochs, desc="training", unit="epoch") as bar:

        def show(history: dict[str, list[float]]) -> None:
            bar.set_postfix_str(_losses(history), refresh=False)
            bar.update()

        yield show


def _line(history: dict[str, list[float]], epochs: int) -> str:
    return f"epoch {len(history['loss'])}/{epochs}: {_losses(history)}"


def _losses(history: dict[str, list[float]]) -> str:
    return ", ".join(f"{name} {values[-1]:.4g}" for name, values in history.items())
