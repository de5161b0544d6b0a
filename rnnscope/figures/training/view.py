"""The loss over the epochs, and the predictions on their way to the targets."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from rnnscope.figures.curves import Curve, CurvePanel
from rnnscope.figures.drawing.hatches import HELD_OUTPUTS
from rnnscope.figures.drawing.layout import Box, size_in_ems
from rnnscope.figures.drawing.lettering import TICK_ROOM, Entry, Legend, label_room
from rnnscope.figures.drawing.notes import Note, line_note
from rnnscope.figures.drawing.quick_text import text_width
from rnnscope.figures.drawing.steps import TickNames
from rnnscope.figures.head import ways_to_say
from rnnscope.figures.inputs import SHORTENED, stands_with, tick_names
from rnnscope.figures.options import Option
from rnnscope.figures.scale import Scale, finite
from rnnscope.figures.style import dress
from rnnscope.figures.training.data import TrainingData, checked
from rnnscope.figures.training.history import TrainingHistory
from rnnscope.figures.training.loss_panel import LossPanel, drawable, loss_entries
from rnnscope.figures.training.prediction_panels import (
    LIST_LINE,
    TEXT_AT,
    PredictionPanel,
    UnseenPanel,
    prediction_entries,
)
from rnnscope.figures.training.texts import (
    MOST_OUTPUTS,
    loss_texts,
    numbers,
    prediction_texts,
    unseen_names,
    unseen_text,
    unseen_texts,
)
from rnnscope.figures.view import View
from rnnscope.findings import answers
from rnnscope.languages import noted, tr
from rnnscope.numbers import written
from rnnscope.trace import Labels, Moment, Trace
from rnnscope.words import shortened_to

WIDE_PANELS = 46
"""The panels stand side by side if the picture is at least so many font sizes wide."""

LIST = 0.6
"""The list of unseen inputs takes at most so much of the width."""


class TrainingView(View):
    """Draw the loss over the epochs, and the predictions on their way to the targets.

    Left: the loss L of every epoch on a logarithmic axis, the mean over its samples as they were trained on, and
    the validation loss if there is one; of a single pass its own loss. Right: every prediction ŷ against its target
    y at the moment's epoch, as a pass with the weights that this epoch started from gave it; those that are right
    lie on the line ŷ = y, and the error of the moment's sample is the line from there. Of a classifier (softmax,
    and targets that are classes) it is the probability of every class for the moment's sample, and of the right one
    for all others; the share of samples whose largest output is the right class is its accuracy. The grey line that
    ends at a prediction is what it was in earlier epochs, the oldest at the left. Of targets at every time step,
    those of the sample are shown over time, beside its predictions. Without targets, predictions are shown by
    sample or time step. Dotted lines say from which epoch on something was changed while it trained.

    Crosses mark what is NaN or infinite, triangles what is beyond the scale. The scales are those of all epochs.

    Parameters
    ----------
    cursor
        The moment: epoch and sample, whose predictions stand out and are written; with predictions at every time step
        the time step too. By default the end of training and the first sample.
    unseen
        A trace of inputs that the net was not trained on, such as `model.trace(task.unseen, task.unseen_y)`. Their
        predictions are hollow, in a list at the right, beside the right answers if it has targets. Those of the same
        epoch are shown if both traces have the same epochs, else the last.

    Raises
    ------
    ValueError
        If the cursor is outside the trace, or `unseen` has other outputs or none.
    TypeError
        If `ax` is no matplotlib axes, or `unseen` no trace.

    Examples
    --------
    >>> import rnnscope as rs
    >>> task = rs.tasks.counting()
    >>> model = rs.Sequential([rs.layers.LSTM(4, input_shape=(4, 1)), rs.layers.Dense(1)])
    >>> model.compile()
    >>> trace = model.fit(task.x, task.y, epochs=3, verbose=0)
    >>> figure = rs.figures.training(trace, rs.Cursor(sample=1), unseen=model.trace(task.unseen, task.unseen_y))
    >>> figure.update(rs.Cursor(epoch=1, sample=1))
    """

    question = noted("Is it learning?")
    topics = (
        answers.loss,
        answers.since_change,
        answers.accuracy,
        answers.no_better,
        answers.answer,
        answers.validation,
        answers.worst,
    )
    shows_layer = False

    recurrent = False
    shows_sample = False

    unseen: Trace | None = Option(None, lambda unseen, trace: None if unseen is None else checked(unseen, trace))

    @cached_property
    def history(self) -> TrainingHistory:
        """What training came to at every epoch."""
        return TrainingHistory(self.trace, self.unseen)

    def size(self) -> tuple[float, float]:
        """Return the size in inches of a figure of its own."""
        return (11 if self.history.curves else 7), 4

    def key(self, moment: Moment) -> tuple:
        """Return on what depends what stands still: the title may name the layer."""
        return moment.layer.name, stands_with(moment) if self.history.each else None

    def scales_of(self, moment: Moment) -> dict[str, Scale]:
        """Return the scales of losses, epochs, predictions and what is across from them, over all epochs."""
        return self.history.scales()

    def read(self, moment: Moment) -> TrainingData:
        """Return the losses and predictions at the moment."""
        return self.history.at(moment)

    def titles(self) -> list[str]:
        """Return what is seen."""
        history = self.history
        shown = tr("predictions") if history.targets is None else tr("predictions against targets")
        shown = tr("probabilities of the classes") if history.across == "class" else shown
        shown = tr("predictions and targets over time") if history.over_time else shown
        shown = tr("loss, and {predictions}", predictions=shown) if self.history.curves else shown
        recurrent = ", ".join(dict.fromkeys(layer.kind for layer in self.trace.recurrent_layers))
        kinds = recurrent or self.trace[self.trace.layers[0]].kind
        return [f"{self.trace.architecture}: {shown}", f"{kinds}: {shown}", tr("{net}: training", net=kinds)]

    def when(self) -> list[str]:
        """Return epoch and sample in words, with the time step if there is a prediction at each."""
        return self.as_forward(ways_to_say(self.moment, unit=False, time=bool(self.history.each), layer=False))

    def curves(self, moment: Moment) -> list[CurvePanel]:
        """Return the losses over the epochs, if there are several."""
        found = {name: pair for name, pair in self.history.curves.items() if pair.shape[1] > 1}
        names = {"loss": tr("loss"), "val_loss": tr("validation loss")}
        curves = [Curve(names[n], x, drawable(y), is_main=n == "loss") for n, (x, y) in found.items()]
        missing = "" if curves else tr("it has no losses of several epochs")
        scale, texts = self.scale.get("loss", Scale(-1.0, 0.0, "power")), (tr("loss"), tr("epoch"), tr("loss"))
        return [CurvePanel(*texts, scale, tuple(curves), moment.epoch, missing=missing, high=1.4, over="epoch")]

    def remarks(self) -> list[str]:
        """Return what hatches mean, if there are some."""
        return [tr(HELD_OUTPUTS)] if len(self.data.held) else []

    def draw(self, box: Box) -> None:
        """Make the panels: side by side, or one below the other."""
        history, box = self.history, box.inset(left=label_room(), right=TICK_ROOM)
        self.strip, gap = self._strip(), label_room() + TICK_ROOM
        is_wide = self.width() >= WIDE_PANELS + self.strip
        panel = (self._across(box) - gap - self.strip) / 2
        parts = box.columns((panel, panel + self.strip), gap) if is_wide else box.rows((1, 1), 0.2)
        parts = parts if history.curves else [box]
        entries = self._entries() if self.explains else [[]] * (1 + bool(history.curves))
        legends = [Legend(self.figure, *each) for each in zip(entries, map(self._across, parts), strict=True)]
        highs = [max(each.high for each in legends) if is_wide else each.high for each in legends]
        for legend, part, high in zip(legends, parts, highs, strict=True):
            legend.draw(self.panel(part.strip("top", high)))
        panels = [part.inset(top=high + 1.6, bottom=2.9) for part, high in zip(parts, highs, strict=True)]
        if history.curves:
            self._draw_losses(panels[0])
        self._draw_predictions(panels[-1].inset(right=self.strip))
        self.listed = self._listed(panels[-1].strip("right", self.strip - 0.8)) if self.strip else None

    def notes(self) -> list[Note]:
        """Return what the lines and marks of the panels are."""
        return [line_note(entry) for entries in self._entries() for entry in entries]

    def move(self) -> None:
        """Mark the epoch, and show its predictions."""
        if self.history.curves:
            self.fit(self.losses.text, loss_texts(self.moment, self.data), size_in_ems(self.losses.axes, self.em)[0])
            self.losses.show(self.moment.epoch, self.data.losses)
        wide = size_in_ems(self.predictions.axes, self.em)[0] + self.strip
        self.fit(
            self.predictions.text, prediction_texts(self.moment, self.data, each_step=bool(self.history.each)), wide
        )
        self.predictions.show(self.data)
        if self.listed:
            names, most = self._list
            texts = unseen_texts(self.data, names, most, self.trace.labels, of_classes=self.history.are_classes)[
                : len(self.listed.texts)
            ]
            self.listed.show(self.data.unseen[: len(texts), :most], texts)

    def words(self) -> str:
        """Return losses, predictions and targets."""
        data, history = self.data, self.history
        net, layers = self.trace.architecture, ", ".join(self.trace.layers)
        parts = [tr("Training of {net} (layers {layers}) at {moment}", net=net, layers=layers, moment=self.when()[0])]
        parts += [self._loss_in_words(name, value) for name, value in data.losses.items()]
        marks = self.trace.marks
        parts += [tr("{change} from epoch {epoch} on", change=words, epoch=epoch) for epoch, words in marks]
        parts.append(prediction_texts(self.moment, self.data, each_step=bool(self.history.each))[0])
        if data.distance is not None:
            distance = self.trace.labels.with_unit(written(data.distance))
            parts.append(tr("mean distance of all predictions from their targets {distance}", distance=distance))
        if history.unseen is not None:
            listed = unseen_texts(
                data, unseen_names(history.unseen), MOST_OUTPUTS, self.trace.labels, of_classes=history.are_classes
            )
            parts.append(f"{history.unseen_words}: {'; '.join(listed)}")
        return ". ".join(part[0].upper() + part[1:] for part in parts) + "."

    def _loss_in_words(self, name: str, value: float) -> str:
        """Return a loss at the epoch, beside the first and the lowest one."""
        epochs, values = self.history.curves[name]
        front = f"{self.history.meaning(name)}: {written(value)}"
        if len(values) < 2 or not np.isfinite(values).any():
            return front
        lowest = np.nanargmin(finite(values))
        return tr(
            "{loss}; {first} in the first of {count} epochs, lowest {lowest} in epoch {epoch}",
            loss=front,
            first=written(values[0]),
            count=len(values),
            lowest=written(values[lowest]),
            epoch=f"{epochs[lowest]:.0f}",
        )

    # -------------------------------------------------------------------------------------------------- what is drawn

    def _across(self, box: Box) -> float:
        """Return how wide a box is, in font sizes."""
        return (box.right.share - box.left.share) * self.width() + box.right.ems - box.left.ems

    @property
    def _classes(self) -> Labels | None:
        """The names of the classes, if predictions are probabilities of classes."""
        return self.trace.labels if self.history.are_classes else None

    def _names(self) -> TickNames:
        """Return what stands below the predictions, if it has names: time steps, or classes."""
        labels, history = self.trace.labels, self.history
        if history.each:
            return tick_names(self.moment, in_layer=False)
        if history.across == "class" or (history.across == "target" and history.are_classes and labels.classes):
            count = max(history.values.shape[2], 2)
            names = [labels.of_class(k) if labels.classes else str(k) for k in range(count)]
            return TickNames(names, [shortened_to(name, SHORTENED) for name in names])
        return TickNames()

    def _entries(self) -> list[list[Entry]]:
        """Return the legends of the panels."""
        losses = [loss_entries(self.history)] if self.history.curves else []
        return [*losses, prediction_entries(self.history, self.scale["prediction"])]

    def _strip(self) -> float:
        """Choose how the list of unseen inputs is written; return how wide it is, in font sizes, or 0 without one."""
        history, outputs = self.history, self.trace.predictions.shape[-1]
        if history.unseen is None:
            return 0.0
        choices = [(unseen_names(self.history.unseen), most) for most in range(min(outputs, MOST_OUTPUTS), 0, -1)]
        numbered = [tr("sample {sample}", sample=k) for k in range(len(choices[0][0]))]
        for names, most in [*choices, (numbered, 1)]:
            self._list = names, most
            longest = right = self.trace.labels.with_unit(numbers(np.full(outputs, -0.00123), most))
            if self._classes is not None:
                right = max((self._classes.of_class(k) for k in range(max(outputs, 2))), key=len)
                longest = f"{right} (>99 %)"
            right = "" if history.unseen_targets is None else right
            texts = [unseen_text(name, longest, right, is_class=self._classes is not None) for name in names]
            strip = max(text_width(self.figure, text) for text in texts) + TEXT_AT + 0.8
            if strip < LIST * (self.width() - label_room()):
                break
        return strip

    def _draw_losses(self, box: Box) -> None:
        axes = self.panel(box)
        self.losses = LossPanel(axes, self.scale, self.history.curves, self.trace.marks)
        dress(axes, xlabel=tr("epoch"), ylabel=tr("loss of scaled values") if self.trace.labels.scale else tr("loss"))
        self.moving += self.losses.moving

    def _draw_predictions(self, box: Box) -> None:
        axes = self.panel(box)
        self.predictions = PredictionPanel(axes, self.scale, self.history, self._names())
        history = self.history
        said = tr("probability") if history.are_classes else history.named("prediction")
        dress(axes, xlabel=history.named(history.across), ylabel=said)
        self.moving += self.predictions.moving

    def _listed(self, box: Box) -> UnseenPanel:
        axes = self.panel(box)
        count = min(len(unseen_names(self.history.unseen)), max(1, int(size_in_ems(axes, self.em)[1] // LIST_LINE)))
        panel = UnseenPanel(axes, self.scale["prediction"], count)
        self.moving += panel.moving
        return panel
