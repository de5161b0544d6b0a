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
from rnnscope.models.passes import Outcome, Passes, Tape
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
    history
        Loss per finished epoch.
    finished
        Number of finished epochs.
    stopped
        Why it ended early, or None.
    """

    def __init__(self, network: Network, loss: Loss, optimizer: Optimizer, batches: Batches) -> None:
        self.network, self.loss, self.optimizer, self.batches = network, loss, optimizer, batches
        self.history: dict[str, list[float]] = {"loss": []}
        self.finished, self.stopped = 0, None
        self._passes: dict[tuple[int, int], Passes] = {}

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
            outcome = run_pass(passes, self.loss, tapes, x, y)
            self._loss_met = outcome.loss
            if recorded:
                recorder.keep(epoch, tapes, self._of_samples(outcome, y, recorder))
            interrupt.stepping = True
            self._step(passes, tapes, outcome.loss)
            interrupt.stepping = False
            total, taken = total + outcome.loss * x.shape[-1], taken + x.shape[-1]
            if interrupt.requested and taken < self.batches.count:
                return False
        self.history["loss"].append(total / self.batches.count)
        return True

    def _of_samples(self, outcome: Outcome, y: np.ndarray, recorder: Recorder) -> Outcome:
        """Return the outcome of a training pass with the loss of the recorded samples alone."""
        if recorder.record.samples is None:
            return outcome
        chosen = [np.take(array, recorder.samples, axis=-2) for array in (outcome.read, y)]
        return replace(outcome, loss=self.loss.value(*chosen))

    def _record_pass(self, epoch: int, recorder: Recorder) -> None:
        """Run one pass over the recorded samples, with the weights that the epoch starts from, and keep it."""
        x, y = self.batches.some(recorder.pass_samples)
        tapes = recorder.tapes(epoch)
        share = len(recorder.pass_samples) / self.batches.count
        recorder.keep(epoch, tapes, run_pass(self._passes_for(x), self.loss, tapes, x, y, share))

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

    def _passes_for(self, x: np.ndarray) -> Passes:
        """Return what makes passes of the size of an input."""
        size = x.shape[0], x.shape[-1]
        if size not in self._passes:
            self._passes[size] = self._held.enter_context(self.network.passes(*size, gradients=True))
            self._held.callback(self._passes[size].release)  # the tapes of a recording are the trace's own
        return self._passes[size]


def run_pass(
    passes: Passes, loss: Loss, tapes: Sequence[Tape], x: np.ndarray, y: np.ndarray, share: float = 1.0
) -> Outcome:
    """Run a pass forward and back; `share`, the part of all samples that these are, scales the gradient."""
    prediction = passes.forward(tapes, x)
    read = passes.logits(tapes) if loss.reads_logits else prediction
    gradient = loss.gradient(read, y)
    gradient = gradient if share == 1 else gradient * gradient.dtype.type(share)
    passes.backward(tapes, gradient, by_logits=loss.reads_logits)
    gradient = passes.gradient_of_output(tapes) if loss.reads_logits else gradient
    return Outcome(prediction, loss.value(read, y), gradient, read)


def evaluate(network: Network, loss: Loss, batches: Batches) -> float:
    """Return the mean loss over batches."""
    outputs = predictions(network, batches, logits=loss.reads_logits)
    return sum(loss.value(read, y) * read.shape[-2] for read, y in outputs) / batches.count


def predictions(network: Network, batches: Batches, *, logits: bool = False) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Go through the predictions of batches, or their logits, with the targets."""
    for x, y in batches:
        with network.passes(x.shape[0], x.shape[-1]) as passes:
            prediction = passes.forward(passes.tapes, x)
            yield passes.logits(passes.tapes) if logits else prediction, y


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
