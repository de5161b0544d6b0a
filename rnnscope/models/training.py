"""Training: epochs of steps, the progress bar, and what ends them early."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from rnnscope.callbacks.callback import NO_CALLBACKS, Callbacks, Logs
from rnnscope.checks import describe
from rnnscope.engine.losses import Loss
from rnnscope.engine.metrics import Metrics
from rnnscope.engine.optimizers import Optimizer
from rnnscope.languages import noted
from rnnscope.models.data import Batches, feature_major, time_major
from rnnscope.models.hyperparameters import Hyperparameters
from rnnscope.models.network import Network
from rnnscope.models.passes import Outcome, Passes, Size, States, Tape, size_of
from rnnscope.models.recorder import Recorder
from rnnscope.models.streams import Portions, Stream
from rnnscope.warned import warn

Source = Batches | Stream | Portions
"""Where batches come from."""


INTERRUPTED = noted("interrupted {place}; {finished} of {count} epochs are finished")
"""Why a training stopped that was interrupted."""


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


@dataclass(frozen=True)
class Learner:
    """A network, and how it learns.

    Attributes
    ----------
    network
        The network.
    loss
        What becomes smaller, behind the last layer as it is.
    optimizer
        What changes the weights.
    metrics
        What is measured besides.
    trained
        Whether each weight array is trained; None if all are.
    """

    network: Network
    loss: Loss
    optimizer: Optimizer
    metrics: Metrics
    trained: tuple[bool, ...] | None = None

    @cached_property
    def parts(self) -> tuple[slice, ...] | None:
        """The ranges of the flat weights that are trained; None if all are."""
        return None if self.trained is None else self.network.ranges(self.trained)


@dataclass(frozen=True)
class Plan:
    """What one run of `fit` was asked for.

    Attributes
    ----------
    epochs
        How many epochs.
    first
        The number of the first one in the trace.
    called
        Its number for callbacks.
    validation
        Batches to validate on, or None.
    validates
        Says whether validation follows an epoch, from its number for callbacks.
    verbose
        How much is shown.
    """

    epochs: int
    first: int = 0
    called: int = 0
    validation: Source | None = None
    validates: Callable[[int], bool] = lambda epoch: True
    verbose: int = 0


class Training:
    """One run of `fit`.

    Parameters
    ----------
    learner
        What is trained, and how.
    batches
        What it is trained on.
    dropping
        What masks of dropout are drawn from.
    callbacks
        What is called at epochs and batches.
    asks_to_stop
        Says whether a callback asked to end the training.

    Attributes
    ----------
    history
        Loss and metrics per finished epoch; validation only of those after which there was one.
    measured
        The numbers of the epochs, from 0, of every entry of `history`.
    finished
        Number of finished epochs.
    stopped
        Why it ended early, or None.
    steps
        How many steps the last epoch took.
    interrupt
        Its request ends the training after the step that runs.
    changes, marks
        What was changed on the way, by the number of the first epoch with it: as it was asked for, and in words.
    warns
        Whether a NaN or an infinity gives a warning, beside `stopped`.
    """

    def __init__(
        self,
        learner: Learner,
        batches: Source,
        dropping: np.random.Generator,
        callbacks: Callbacks = NO_CALLBACKS,
        asks_to_stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.learner, self.batches, self.dropping = learner, batches, dropping
        self.network, self.loss, self.metrics = learner.network, learner.loss, learner.metrics
        self.callbacks, self._asks_to_stop = callbacks, asks_to_stop
        self.history: dict[str, list[float]] = {"loss": []}
        self.measured: dict[str, list[int]] = {}
        self.finished, self.stopped, self.steps = 0, None, 0
        self.interrupt = Interrupt()
        self.changes: list[tuple[int, dict[str, Any]]] = []
        self.marks: list[tuple[int, str]] = []
        self.warns = True
        self._asked: dict[str, Any] = {}
        self._settled = threading.RLock()
        self._passes: dict[Size, Passes] = {}

    def run(self, plan: Plan, recorder: Recorder | None) -> None:
        """Train for so many epochs, or until a callback, an interrupt, a NaN or an infinity ends it."""
        with self.at_work():
            for _ in self.epochs(plan, recorder):
                pass

    def epochs(self, plan: Plan, recorder: Recorder | None) -> Iterator[tuple[int, Logs]]:
        """Train epoch by epoch; yields the number of each, and what it came to.

        Between two epochs nothing is held back: who goes through them may use the model, change how it learns, or leave
        them (callbacks then hear of no end).
        """
        place, logs = "", {}
        try:
            with ExitStack() as self._held, progress(plan.first + plan.epochs, plan) as shown:
                with self.at_work():
                    self.callbacks.call("on_train_begin")
                for epoch in range(plan.epochs):
                    number = plan.first + epoch
                    place = noted("in epoch {epoch}", epoch=number)
                    with self.at_work():
                        logs = self._whole_epoch(plan, epoch, recorder)
                    if logs is None:
                        break
                    place = noted("after epoch {epoch}", epoch=number)
                    shown(number, logs)
                    yield number, logs
                    if epoch + 1 < plan.epochs and (self.interrupt.requested or self._ends(number)):
                        break
        except KeyboardInterrupt:
            self.interrupt.requested = True
        except NonFinite as error:
            self._stop_at(f"epoch {number}, {error}", epoch, recorder)
        except GeneratorExit:
            self._note(noted("ended by hand {place}; {finished} of {count} epochs are finished"), place, plan)
            raise
        if self.interrupt.requested and self.stopped is None:
            self._note(INTERRUPTED, place, plan)
        self.callbacks.call("on_train_end", logs=logs or {})

    def _note(self, why: str, place: str, plan: Plan) -> None:
        """Note why training ended, unless all of it was done."""
        if self.finished < plan.epochs:
            parts = {"place": place, "finished": self.finished, "count": plan.epochs}
            self.stopped = noted(why, **parts)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Be the only one that changes weights, and hold interrupts back."""
        with self.network.guard.training(), self.interrupt.held(), np.errstate(all="ignore"):
            yield

    @property
    def hyperparameters(self) -> Hyperparameters:
        """How the model learns from the next epoch on."""
        with self._settled:
            own, batches = self.learner.optimizer, self.batches
            cut = (batches.size, batches.noise) if isinstance(batches, Batches) else (None, None)
            now = Hyperparameters(own, float(own.learning_rate), *cut, own.clipnorm)
            return now.changed(self._asked) if self._asked else now

    def ask(self, changes: Mapping[str, Any]) -> Hyperparameters:
        """Ask for changes of how the model learns, from the next epoch on; any thread may, at any time."""
        with self._settled:
            wanted = self.hyperparameters.changed(changes)
            wanted.check(self.network, changes)
            replaced = wanted.replaced_by(changes)
            self._asked = {**{name: own for name, own in self._asked.items() if name not in replaced}, **changes}
        return wanted

    def _take_what_was_asked(self, number: int) -> None:
        """Let what was asked for take effect, from an epoch on."""
        with self._settled:
            asked = self._asked
            if not asked:
                return
            wanted, self._asked = self.hyperparameters, {}
            if isinstance(self.batches, Batches):
                self.batches = self.batches.cut(wanted.batch_size, wanted.noise)
            self.changes.append((number, asked))
            self.marks.append((number, wanted.in_words(asked)))
            wanted.set(asked)
            self.learner = replace(self.learner, optimizer=wanted.optimizer)

    def told(self) -> tuple[int, dict[str, list[float]], dict[str, list[int]]]:
        """Return how many epochs are finished, and copies of their history and of when its entries were measured."""
        with self._settled:
            copies = [{name: list(values) for name, values in own.items()} for own in (self.history, self.measured)]
            return self.finished, *copies

    def _whole_epoch(self, plan: Plan, epoch: int, recorder: Recorder | None) -> Logs | None:
        """Train one epoch, and validate; return what it came to, or None if it was not finished."""
        self._take_what_was_asked(plan.first + epoch)
        self.callbacks.call("on_epoch_begin", plan.called + epoch)
        logs = self._epoch(epoch, plan.first + epoch, recorder)
        return None if logs is None else self._end(plan, epoch, logs)

    def _epoch(self, epoch: int, number: int, recorder: Recorder | None) -> Logs | None:
        """Take the steps of one epoch; return what it came to, or None if it was not finished."""
        recording = recorder is not None and recorder.records(epoch)
        has_pass = recording and (recorder.own_pass or not self.batches.single)
        if has_pass:
            self._record_pass(epoch, number, recorder)
        total, taken, watching, metrics = 0.0, 0, self.callbacks.watch_batches, self.metrics
        metrics.reset()
        for step, (x, y, weights) in enumerate(self.batches):
            if watching:
                self.callbacks.call("on_train_batch_begin", step)
            recorded, passes = recording and not has_pass and not step, self._passes_for(x)
            tapes = recorder.tapes(epoch) if recorded else passes.tapes
            starts = self.network.starts(passes.size[1])
            outcome = run_pass(passes, self.loss, tapes, x, y, weights, dropping=self.dropping, starts=starts)
            self.network.carry(passes, tapes)
            self._loss_met = outcome.loss
            if recorded:
                recorder.keep(epoch, tapes, self._of_samples(outcome, y, weights, recorder), passes.masks)
            if metrics:
                measure(metrics, passes, tapes, outcome.prediction, y, weights)
            self.interrupt.stepping = True
            self._step(passes, tapes, outcome.loss)
            self.interrupt.stepping = False
            total, taken = total + outcome.loss * passes.size[1], taken + passes.size[1]
            if watching:
                self.callbacks.call("on_train_batch_end", step, logs={"loss": total / taken, **metrics.results()})
            if self.interrupt.requested and step + 1 != self.batches.steps:
                return None
            if self._asks_to_stop():
                break
        if not taken:
            return self._without_batches(number)
        self.steps = step + 1
        return {"loss": total / taken, **metrics.results()}

    def _without_batches(self, number: int) -> None:
        """End training, since there are no batches any more."""
        self.stopped = noted("the generator had no batches left before epoch {epoch}", epoch=number)
        hint = "Give one that goes on and steps_per_epoch=, or an object with __len__ and __getitem__"
        warn(f"x: the generator had no batches left for epoch {number}, and training ended. {hint}")

    def _end(self, plan: Plan, epoch: int, logs: Logs) -> Logs:
        """Validate after an epoch, tell callbacks, keep what it came to, and return it."""
        called = plan.called + epoch
        try:
            if plan.validation is not None and plan.validates(called):
                found = evaluate(self.learner, plan.validation, self.callbacks)
                logs |= {f"val_{name}": value for name, value in found.items()}
            logs = self.callbacks.call("on_epoch_end", called, logs=logs)
        finally:  # the steps of the epoch are taken, whatever callbacks do
            with self._settled:
                for name, value in logs.items():
                    self.history.setdefault(name, []).append(value)
                    self.measured.setdefault(name, []).append(epoch)
                self.finished = epoch + 1
        return logs

    def _ends(self, number: int) -> bool:
        """Say whether training ends after an epoch."""
        if self._asks_to_stop():
            self.stopped = noted("a callback ended it after epoch {epoch}", epoch=number)
        elif self.batches.ended:
            self._without_batches(number + 1)
        return self.stopped is not None

    def _of_samples(self, outcome: Outcome, y: np.ndarray, weights: np.ndarray | None, recorder: Recorder) -> Outcome:
        """Return the outcome of a pass over all samples with the loss of the recorded ones alone."""
        if recorder.record.samples is None or recorder.own_pass:
            return outcome
        chosen = [np.take(array, recorder.samples, axis=-2) for array in (outcome.read, y)]
        mask, weights = (None if a is None else a[..., recorder.samples] for a in (outcome.mask, weights))
        loss = mean_loss(self.loss, *chosen, loss_weights(mask, weights)) + outcome.penalty
        return replace(outcome, loss=loss)

    def _record_pass(self, epoch: int, number: int, recorder: Recorder) -> None:
        """Run one pass over the recorded samples, with the weights that the epoch starts from, and keep it."""
        x, y, weights = self.batches.some(recorder.pass_samples)
        tapes = recorder.tapes(epoch)
        share = len(recorder.pass_samples) / self.batches.count
        passes = self._passes_for(x)
        starts = of_samples(self._starts_of_all(), recorder.pass_samples) if self.network.stateful else None
        drawn = recorder.dropping(number)
        outcome = run_pass(passes, self.loss, tapes, x, y, weights, share, dropping=drawn, starts=starts)
        recorder.keep(epoch, tapes, self._of_samples(outcome, y, weights, recorder), passes.masks)

    def _starts_of_all(self) -> States:
        """Return the states that all samples begin with, batch after batch, with the weights as they are."""
        carried, found = self.network.carried, []
        for first in range(0, self.batches.count, self.batches.size):
            x, _, _ = self.batches.some(np.arange(first, min(first + self.batches.size, self.batches.count)))
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
            self._change(passes, tapes, square)

    def _change(self, passes: Passes, tapes: Sequence[Tape], square: float) -> None:
        """Take the optimizer's step, and take it back if the weights come out with a NaN or an infinity."""
        weights, optimizer, parts = self.network.weights, self.learner.optimizer, self.learner.parts
        if parts == ():
            return
        arrays = passes.gradient_arrays if parts is None else self._unfrozen(passes)
        before = optimizer.checkpoint(weights) if optimizer.may_overflow(weights, square) else None
        optimizer.update(weights, passes.gradients, arrays, parts, passes.lookups(tapes))
        if before is not None and not optimizer.is_finite(weights):
            optimizer.restore(weights, before)
            layer, name, _ = self.network.specs[0]
            raise NonFinite(f"time step 0, layer {layer!r}, quantity {name!r} or a later one (the optimizer's step)")

    def _unfrozen(self, passes: Passes) -> list[np.ndarray]:
        """Return the gradients of the weight arrays that are trained; those of the others become zero."""
        kept = []
        for array, is_trained in zip(passes.gradient_arrays, self.learner.trained, strict=True):
            if is_trained:
                kept.append(array)
            else:
                array[...] = 0
        return kept

    def _stop_at(self, where: str, epoch: int, recorder: Recorder | None) -> None:
        """Note where the first NaN or infinity was; if the pass that met it is recorded, the trace keeps its epoch."""
        self.stopped = noted(
            "the first NaN or infinity: {where}; the weights are those of the last finished step", where=where
        )
        if recorder is not None and recorder.records(epoch) and self.batches.single:
            with self._settled:
                self.finished = epoch + 1
                for name, values in self.history.items():
                    values.append(self._loss_met if name == "loss" else np.nan)
                    self.measured.setdefault(name, []).append(epoch)
        if self.warns:
            warn(f"training stopped at {self.stopped}", TrainingStopped)

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
    weights: np.ndarray | None = None,
    share: float = 1.0,
    *,
    dropping: np.random.Generator | None = None,
    starts: States | None = None,
) -> Outcome:
    """Run a pass forward and back.

    `weights` say how much samples count; `share`, the part of all samples that these are, scales the gradient.
    """
    prediction = passes.forward(tapes, x, dropping=dropping, starts=starts)
    read = read_by(loss, passes, tapes, prediction)
    gradient, weights = loss.gradient(read, y), loss_weights(passes.output_mask, weights)
    if weights is not None:
        gradient = gradient * weights[..., None].astype(gradient.dtype)
    gradient = gradient if share == 1 else gradient * gradient.dtype.type(share)
    passes.backward(tapes, gradient, by_logits=loss.reads_logits)
    passes.add_penalty()
    gradient = passes.gradient_of_output(tapes) if loss.reads_logits else gradient
    penalty = passes.penalty()
    total = mean_loss(loss, read, y, weights) + penalty
    return Outcome(prediction, total, gradient, read, passes.output_mask, penalty)


def recorded_pass(network: Network, recorder: Recorder, loss: Loss | None, starts: States) -> Outcome:
    """Run one pass over the samples that a recorder chose, and keep it; without targets there is none back."""
    tapes, chosen, y = recorder.tapes(0), recorder.pass_samples, recorder.y
    given = [feature_major(x[chosen]) for x in recorder.x]
    with network.passes(size_of(given), gradients=y is not None) as passes:
        if y is None:
            prediction = passes.forward(tapes, given, starts=starts)
            outcome = Outcome(prediction, mask=passes.output_mask)
        else:
            share = len(chosen) / len(recorder.x[0])
            outcome = run_pass(passes, loss, tapes, given, time_major(y[chosen]), share=share, starts=starts)
        recorder.keep(0, tapes, outcome, passes.masks)
        passes.release()
    return outcome


def read_by(loss: Loss, passes: Passes, tapes: Sequence[Tape], prediction: np.ndarray) -> np.ndarray:
    """Return what a loss is computed from after a pass forward: the prediction, or its logits."""
    return passes.logits(tapes) if loss.reads_logits else prediction


def loss_weights(mask: np.ndarray | None, weights: np.ndarray | None = None) -> np.ndarray | None:
    """Return what losses of samples, (sample,), or of time steps, (time, sample), are multiplied by; None for nothing.

    A mask leaves the mean over the time steps that count; with weights of samples, the mean of the weighted losses of
    those is over their number, not over the sum of the weights, as in Keras.
    """
    if mask is None or mask.all():
        return weights
    counting = mask * (mask.size / max(int(mask.sum()), 1))
    return counting if weights is None else counting * weights


def mean_loss(loss: Loss, read: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Return the mean of the weighted losses of samples and time steps."""
    if weights is None:
        return loss.value(read, y)
    return float(np.mean(loss.per_sample(read, y) * weights.astype(read.dtype)))


def measure(
    metrics: Metrics,
    passes: Passes,
    tapes: Sequence[Tape],
    prediction: np.ndarray,
    y: np.ndarray,
    weights: np.ndarray | None,
) -> None:
    """Add a pass forward to metrics."""
    logits = passes.logits(tapes) if metrics.reads_logits else None
    found = [None if array is None else time_major(array) for array in (y, prediction, logits)]
    metrics.update(*found, *(None if array is None else array.T for array in (weights, passes.output_mask)))


def evaluate(learner: Learner, batches: Source, callbacks: Callbacks = NO_CALLBACKS) -> dict[str, float]:
    """Return the mean loss and the metrics over batches."""
    total, taken, metrics = 0.0, 0, learner.metrics
    callbacks.call("on_test_begin")
    metrics.reset()
    for step, (passes, prediction, y, weights) in enumerate(predictions(learner.network, batches)):
        callbacks.call("on_test_batch_begin", step)
        read = read_by(learner.loss, passes, passes.tapes, prediction)
        loss = mean_loss(learner.loss, read, y, loss_weights(passes.output_mask, weights)) + passes.penalty()
        total, taken = total + loss * passes.size[1], taken + passes.size[1]
        if metrics:
            measure(metrics, passes, passes.tapes, prediction, y, weights)
        callbacks.call("on_test_batch_end", step, logs={"loss": total / taken, **metrics.results()})
    if not taken:
        raise ValueError("x: expected at least one batch; got a generator that has none left")
    return callbacks.call("on_test_end", logs={"loss": total / taken, **metrics.results()})


def predictions(
    network: Network, batches: Source, starts: States | None = None
) -> Iterator[tuple[Passes, np.ndarray, np.ndarray | None, np.ndarray | None]]:
    """Go through batches; yields the passes, while they hold the batch, the prediction, the targets and weights.

    `starts` are states that nodes begin with, of all samples.
    """
    done = 0
    for x, y, weights in batches:
        size = size_of(x)
        own = of_samples(starts or {}, slice(done, done + size[1]))
        with network.passes(size) as passes:
            prediction = passes.forward(passes.tapes, x, starts={**network.starts(size[1]), **own})
            network.carry(passes, passes.tapes)
            yield passes, prediction, y, weights
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
def progress(last: int, plan: Plan) -> Iterator[Callable[[int, Logs], None]]:
    """Show a progress bar (1), a line per epoch (2) or nothing (0); yields what is called after each epoch."""
    if plan.verbose != 1:
        yield lambda number, logs: print(f"epoch {number + 1}/{last}: {_losses(logs)}") if plan.verbose == 2 else None
        return
    from tqdm.auto import tqdm

    with tqdm(total=plan.epochs, desc="training", unit="epoch") as bar:

        def show(number: int, logs: Logs) -> None:
            bar.set_postfix_str(_losses(logs), refresh=False)
            bar.update()

        yield show


def _losses(logs: Logs) -> str:
    return ", ".join(f"{name} {value:.4g}" for name, value in logs.items())
