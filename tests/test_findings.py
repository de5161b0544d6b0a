"""Every sentence that a verdict can say, against numbers made by hand: where it must appear, and where it must not."""

import re
import string
from dataclasses import replace

import numpy as np
import pytest

import rnnscope as rs
from rnnscope.analysis.made_of import main_weight
from rnnscope.cells import Cell, constant, linear, previous, state, x
from rnnscope.figures.update.taught import lesson_of, taken_at
from rnnscope.figures.weight_blocks import layer_blocks
from rnnscope.findings import (
    answers,
    gates,
    gradients,
    influence,
    kernels,
    memory,
    passes,
    sentences,
    states,
    unit,
    update,
)
from rnnscope.findings.texts import TEXTS, say
from rnnscope.numbers import written
from rnnscope.trace import LayerTrace, Trace
from rnnscope.trace.snapshots import WeightSnapshots

SHAPE = 2, 2, 3, 4
"""Epochs, samples, time steps and units of the traces made by hand."""


def moment(kind="LSTM", *, arrays=None, weights=None, options=None, at=None, mask=None, dropout=None, **of_trace):
    """Return a moment of a trace whose numbers are given; what is not given is one half."""
    cell = rs.cells.build(kind)
    found = {f"value/{q.name}": 0.5 for q in cell if q.role != "state"}
    found |= {f"state/{name}": 0.5 for name in cell.states}
    full = {}
    for name, value in {**found, **(arrays or {})}.items():
        shape = (*SHAPE[:2], SHAPE[2] + ("state/" in name), SHAPE[3])
        full[name] = np.array(np.broadcast_to(np.asarray(value, float), shape))
        if name.startswith("state") and np.ndim(value) != 4:
            full[name][:, :, 0] = 0.0
    full |= {
        f"dropout/{name}": np.broadcast_to(kept, (*SHAPE[:2], len(kept))) for name, kept in (dropout or {}).items()
    }
    snapshots = weights or WeightSnapshots([], np.array([], int), np.empty((0, 0)))
    own = {"return_sequences": True, **rs.cells.options(kind)}
    recurrent = LayerTrace(kind.lower(), kind, own, SHAPE[3], cell.output, full, cell.written, mask=mask)
    predictions = np.asarray(of_trace.pop("predictions", np.zeros((*SHAPE[:2], 1))), float)
    head = LayerTrace(
        "dense", "Dense", options or {"activation": "linear"}, predictions.shape[-1], "y", {"value/y": predictions}
    )
    x = np.arange(6.0).reshape(2, 3, 1)
    trace = Trace([recurrent, head], np.array([0, 9]), predictions, x, weights=snapshots, **of_trace)
    return rs.Cursor(**{"layer": kind.lower(), "sample": 0, "unit": 0, **(at or {})}).at(trace)


def per_epoch(before, now):
    return np.array([before, now])[:, None, None, None]


def per_unit(*values):
    return np.array(values)


def per_step(*values):
    return np.array(values)[:, None]


def ledger(forget, written, cell="LSTM"):
    """Return gates and states of an LSTM that follow each other: c = f·c₋₁ + i·g with i·g as it is given."""
    c, f, w = np.zeros((*SHAPE[:2], 4, 4)), np.broadcast_to(forget, (3, 4)), np.broadcast_to(written, (3, 4))
    for t in range(3):
        c[:, :, t + 1] = f[t] * c[:, :, t] + w[t]
    return {"value/f": f, "value/i": np.ones((3, 4)), "value/g": w, "state/c": c}


def snapshots(*moves, epochs=(0, 9)):
    """Return kept weights of an LSTM: all ones at first, then each array multiplied by a number."""
    shapes = [
        ("lstm", "kernel", (1, 16)),
        ("lstm", "recurrent_kernel", (4, 16)),
        ("lstm", "bias", (16,)),
        ("dense", "kernel", (4, 1)),
    ]
    first = np.ones(16 + 64 + 16 + 4)
    later = np.concatenate([np.full(n, m) for n, m in zip((16, 64, 16, 4), moves, strict=True)])
    return WeightSnapshots(shapes, np.array(epochs), np.stack([first, later])[: len(epochs)])


def gradient(*by_step):
    return {
        "grad_state/c": np.concatenate(
            [np.zeros((2, 2, 1, 4)), np.broadcast_to(per_step(*by_step), (2, 2, 3, 4))], axis=2
        )
    }


READS = {"state/h": 1.0}
"""The recurrent kernel reads zeros at the first time step, ones later."""


def grad_pre(*by_step):
    """Return the gradient of the pre-activation of a forget gate, by time step, and one of c for good measure."""
    return {"grad_pre/f": per_step(*by_step), **gradient(*by_step)}


def taught(at):
    """Yield what is said of the recurrent kernel of the phase and its gradient."""
    if len(at.layer.grad_pre):
        block = main_weight(at.layer.cell, at.phase)
        lesson = lesson_of(at, block, one_sample=False)
        yield from update.of_addends(block.name, lesson.norms, lesson.norm)


def moved(at):
    """Yield what is said of the step that was taken from the recurrent kernel of the phase."""
    name = main_weight(at.layer.cell, at.phase).name
    blocks = layer_blocks(at.trace, at.layer.name).blocks
    taken = taken_at(at, next(block for block in blocks if block.name == name))
    if taken.change is not None:
        yield from update.of_step(name, (taken.epoch, taken.later), taken.before, taken.after)


MASK = np.array([[True, False, True], [True, True, True]])
"""Of the first sample, time step 1 does not count."""

GRU_H = np.stack([np.zeros(4), *np.full((3, 4), 0.5)])

Y = np.array([[4.0], [8.0]])
TRUE = {
    # key: (topic, what moment, the sentence that must appear)
    "gates.none": (
        gates.lack,
        {"kind": "SimpleRNN"},
        "A SimpleRNN has no gates: nothing in it opens or shuts with the input.",
    ),
    "gates.opened": (
        gates.learned,
        {"arrays": {"value/o": per_epoch(0.2, 0.7)}},
        "o (output gate) is more open than at epoch 0: 70 % on average over all samples and steps, 20 % then.",
    ),
    "gates.shut": (
        gates.learned,
        {"arrays": {"value/i": per_epoch(0.7, 0.2)}},
        "i (input gate) is less open than at epoch 0: 20 % on average over all samples and steps, 70 % then.",
    ),
    "gates.still": (
        gates.learned,
        {"arrays": {"value/f": per_epoch(0.5, 0.52)}},
        "No gate has opened or shut since epoch 0: no mean over all samples and steps moved by more than "
        "2 percentage points.",
    ),
    "gates.split": (
        gates.learned,
        {
            "arrays": {
                "value/f": np.stack([np.full((2, 3, 4), 0.5), np.broadcast_to(per_unit(0.7, 0.3, 0.5, 0.5), (2, 3, 4))])
            }
        },
        "f (forget gate) is more open in 25 % of the units than at epoch 0, less in 25 % over all samples and steps.",
    ),
    "gates.open_now": (
        gates.here,
        {"arrays": {"value/f": 0.95}},
        "f (forget gate) is open in nearly all units here: 95 % on average.",
    ),
    "gates.shut_now": (
        gates.here,
        {"arrays": {"value/o": 0.04}},
        "o (output gate) is shut in nearly all units here: 4 % on average.",
    ),
    "gates.half_alike": (gates.here, {}, "About half open here, with 50 % on average: i, f, o."),
    "gates.half_now": (
        gates.here,
        {"arrays": {"value/f": 0.6}},
        "All gates are about half open here: their means lie between 50 % and 60 %.",
    ),
    "gates.opens_in_time": (
        gates.in_time,
        {"arrays": {"value/i": per_step(0.1, 0.2, 0.6)}},
        "i (input gate) opens along the sequence: from 10 % at step 0 to 60 % at step 2.",
    ),
    "gates.shuts_in_time": (
        gates.in_time,
        {"arrays": {"value/i": per_step(0.6, 0.2, 0.1)}},
        "i (input gate) shuts along the sequence: from 60 % at step 0 to 10 % at step 2.",
    ),
    "gates.opens_once": (
        gates.once,
        {"arrays": {"value/i": per_step(0.2, 0.8, 0.1)}},
        "i (input gate) opens at step 1 alone: to 80 % on average; at every other step it is at 20 % or less.",
    ),
    "gates.shuts_once": (
        gates.once,
        {"arrays": {"value/f": per_step(0.9, 0.2, 0.8)}},
        "f (forget gate) shuts at step 1 alone: to 20 % on average; at every other step it is at 80 % or more.",
    ),
    "gates.differ": (
        gates.here,
        {"arrays": {"value/f": per_unit(0.5, 0.1, 0.9, 0.5)}},
        "The units use f (forget gate) differently: unit 1 has it at 10 %, unit 2 at 90 %.",
    ),
    "gates.alike": (
        gates.here,
        {"arrays": {"value/f": per_unit(0.5, 0.5, 0.55, 0.5)}},
        "All units use their gates alike: within 5 percentage points at this step.",
    ),
    "memory.none": (
        memory.lack,
        {"kind": "SimpleRNN"},
        "A SimpleRNN has no direct way for memory: each step computes its state anew, through weights.",
    ),
    "memory.gate": (
        memory.kept,
        {"arrays": ledger(0.75, 1.0)},
        "f (forget gate) lets 75 % of c (cell state) through at this step, over all units.",
    ),
    "memory.kept": (
        memory.kept,
        {"kind": "MinGRU", "arrays": {"value/z": 0.25, "state/h": 0.5}},
        "Of h (hidden state), 75 % stays at this step.",
    ),
    "memory.units": (
        memory.kept,
        {"arrays": ledger(per_unit(0.5, 0.9, 0.1, 0.5), 1.0)},
        "Unit 1 keeps 90 % of its c, unit 2 10 %.",
    ),
    "state.fills": (
        states.stored,
        {"arrays": {"state/c": np.array([0, 0.5, 0.6, 2.0])[:, None] * np.ones((2, 2, 4, 4))}},
        "c (cell state) of lstm fills up: its size is 1 at step 0 and 4 at step 2.",
    ),
    "state.empties": (
        states.stored,
        {"arrays": {"state/h": np.array([0, 2.0, 0.6, 0.5])[:, None] * np.ones((2, 2, 4, 4))}, "kind": "GRU"},
        "h (hidden state) of gru empties: its size is 4 at step 0 and 1 at step 2.",
    ),
    "state.stays": (
        states.stored,
        {"kind": "SimpleRNN"},
        "h (hidden state) of simplernn stays as large: its size is 1 at step 0 and 1 at step 2.",
    ),
    "hand.changed": (
        passes.by_hand,
        {"interventions": ["f of layer 'lstm' is held at 0", "U_f[0, 1] of layer 'lstm' is set to 0.3"]},
        "Changed by hand: f of layer 'lstm' is held at 0, and U_f[0, 1] of layer 'lstm' is set to 0.3.",
    ),
    "hand.more": (
        passes.by_hand,
        {"interventions": ["f is held at 0", "i is held at 1", "o is held at 0", "c begins with 1"]},
        "Changed by hand in 4 places, first: f is held at 0.",
    ),
    "step.held": (
        passes.held,
        {"mask": MASK, "at": {"time": 1}},
        "Step 1 does not count (masked): what is computed there is not taken, every state is held.",
    ),
    "dropout.input": (
        passes.dropped,
        {"dropout": {"x": np.array([0.0, 2.0, 0.0])}},
        "In this pass, dropout sets 2 of 3 inputs of the layer to 0.",
    ),
    "dropout.state": (
        passes.dropped,
        {"dropout": {"h": np.array([0.0, 2.0, 2.0, 2.0])}},
        "In this pass, the matrices read 1 of 4 units of h (hidden state) as 0: recurrent dropout.",
    ),
    "memory.left": (
        memory.written,
        {"arrays": ledger(0.5, 1.0)},
        "Of what step 0 wrote into c (cell state), 25 % is still in it, handed on directly.",
    ),
    "memory.most_now": (
        memory.written,
        {"arrays": ledger(0.5, 1.0)},
        "Most of c (cell state) is new: 57 % of it was written at this step.",
    ),
    "memory.most_then": (
        memory.written,
        {"arrays": ledger(1.0, per_step(8.0, 1.0, 1.0))},
        "Most of c (cell state) was written at step 0: 80 % of it.",
    ),
    "memory.most_start": (
        memory.written,
        {"arrays": {"value/f": 1.0, "value/i": 0.0, "state/c": np.full((2, 2, 4, 4), 2.0)}},
        "Most of c (cell state) is what it started from: 100 % of it.",
    ),
    "memory.spread": (
        memory.written,
        {"arrays": ledger(1.0, per_step(2.0, 3.0, 2.0))},
        "No step alone wrote most of c (cell state): the largest part, 43 %, is from step 1.",
    ),
    "memory.of_unit": (
        memory.of_unit,
        {"arrays": ledger(0.5, 1.0), "at": {"phase": "c"}},
        "In unit 0, c keeps 0.5 of the old 1.5 and adds 1.",
    ),
    "saturated.more": (
        gates.saturation,
        {
            "arrays": {
                "value/f": np.stack(
                    [np.full((2, 3, 4), 0.5), np.broadcast_to(per_unit(0.5, 0.99, 0.5, 0.01), (2, 3, 4))]
                )
            }
        },
        "Of the values of f (forget gate), 50 % are at an end of the range; at epoch 0 it was 0 %.",
    ),
    "saturated.none": (gates.saturation, {}, "No gate is at an end of its range: all of them can still learn."),
    "unit.gate_open": (
        gates.of_unit,
        {"arrays": {"value/f": 0.97}, "at": {"phase": "f"}},
        "In unit 0, f (forget gate) is open: 97 %.",
    ),
    "unit.gate_shut": (
        gates.of_unit,
        {"arrays": {"value/f": 0.02}, "at": {"phase": "f"}},
        "In unit 0, f (forget gate) is shut: 2 %.",
    ),
    "unit.gate_between": (gates.of_unit, {"at": {"phase": "f"}}, "In unit 0, f (forget gate) is 50 % open."),
    "unit.jumps": (
        unit.jump,
        {"arrays": {"state/h": np.broadcast_to(np.array([0, 0.1, 0.2, 0.9])[:, None], (2, 2, 4, 4))}},
        "In unit 0, h (hidden state) changes most at step 2: from 0.2 to 0.9.",
    ),
    "unit.still": (unit.jump, {}, "In unit 0, h (hidden state) does not change along this sequence."),
    "answer.off": (
        answers.answer,
        {"predictions": np.full((2, 2, 1), 3.0), "y": Y},
        "The answer is 3; right is 4: off by 1.",
    ),
    "answer.right": (
        answers.answer,
        {"predictions": np.array([[[4.01], [8.0]]] * 2), "y": Y},
        "The answer is 4.01, and that is right.",
    ),
    "answer.alike": (
        answers.answer,
        {"predictions": np.array([[[4.01], [4.1]]] * 2), "y": Y},
        "The answer is 4.01, near the right 4; but it is nearly the same for every sample: 4.01 to 4.1.",
    ),
    "answer.alone": (answers.answer, {"predictions": np.full((2, 2, 1), 4.01)}, "The answer is 4.01."),
    "answer.class_right": (
        answers.answer,
        {
            "predictions": np.broadcast_to([0.1, 0.7, 0.2], (2, 2, 3)),
            "y": np.array([1, 0]),
            "options": {"activation": "softmax"},
        },
        "It says class 1 with 70 %, and that is right.",
    ),
    "answer.class_wrong": (
        answers.answer,
        {
            "predictions": np.broadcast_to([0.1, 0.7, 0.2], (2, 2, 3)),
            "y": np.array([2, 0]),
            "options": {"activation": "softmax"},
        },
        "It says class 1 with 70 %; right is class 2, to which it gives 20 %.",
    ),
    "loss.fell": (answers.loss, {"loss": np.array([8.0, 0.5])}, "The loss fell from 8 to 0.5 since epoch 0."),
    "loss.rose": (answers.loss, {"loss": np.array([0.5, 8.0])}, "The loss rose from 0.5 to 8 since epoch 0."),
    "loss.since": (
        answers.since_change,
        {"loss": np.array([8.0, 0.5]), "marks": [(4, "learning rate 0.1")]},
        "Since learning rate 0.1 at epoch 4 it went from 8 to 0.5.",
    ),
    "loss.same": (answers.loss, {"loss": np.array([0.5, 0.51])}, "The loss has hardly changed since epoch 0: 0.51."),
    "loss.mean": (
        answers.no_better,
        {"predictions": np.array([[[4.0], [8.0]], [[6.0], [6.1]]]), "y": Y},
        "Its answers are no better than always giving the mean of all targets.",
    ),
    "loss.start": (
        answers.loss,
        {"loss": np.array([0.5, 0.3]), "at": {"epoch": 0}},
        "Nothing has been learned yet: this is the first recorded epoch, with a loss of 0.5.",
    ),
    "loss.overfits": (
        answers.validation,
        {"history": {"loss": [1.0] * 10, "val_loss": [3.0] * 10}},
        "On data that it does not train on, the loss is 3 times as large.",
    ),
    "loss.worst": (
        answers.worst,
        {"predictions": np.array([[[4.0], [8.0]], [[4.5], [6.0]]]), "y": Y},
        "Of the recorded samples, sample 1 is worst: off by 2.",
    ),
    "gradient.most": (
        gradients.most,
        {"arrays": {**gradient(0.5, 0.6, 2.0), "grad/o": 1.0}},
        "At step 2 the loss changes most with c (cell state): the norm of its gradient is 4.",
    ),
    "gradient.learned": (
        gradients.learned,
        {"arrays": {"grad_state/h": np.stack([np.full((2, 4, 4), 3.0), np.full((2, 4, 4), 0.5)])}},
        "At step 2, the gradient of h (hidden state) is 0.5 in the root mean square over samples and units; "
        "at epoch 0 it was 3.",
    ),
    "gradient.nothing": (
        gradients.most,
        {"arrays": gradient(0.5, 0.6, 0.0)},
        "At step 2 no gradient arrives: the loss does not depend on it.",
    ),
    "gradient.none": (gradients.reach, {}, "No gradients were recorded."),
    "gradient.reaches": (
        gradients.reach,
        {"arrays": gradient(0.5, 0.6, 2.0)},
        "At step 0 the gradient of c (cell state) is 25 % of that at the last step.",
    ),
    "gradient.vanishes": (
        gradients.reach,
        {"arrays": gradient(0.001, 0.01, 2.0)},
        "The gradient of c (cell state) vanishes: less than 1 % of that at the last step is left at step 0.",
    ),
    "gradient.grows": (
        gradients.reach,
        {"arrays": gradient(6.0, 3.0, 2.0)},
        "The gradient of c (cell state) grows on its way back: at step 0 it is 3 times as large.",
    ),
    "gradient.per_step": (gradients.reach, {"arrays": gradient(0.5, 0.6, 2.0)}, "That is a factor of 0.5 per step."),
    "gradient.zero": (
        gradients.reach,
        {"arrays": gradient(0.5, 0.6, 0.0)},
        "The gradient of c (cell state) is zero at the last step: the loss does not depend on it there.",
    ),
    "update.most": (
        taught,
        {"arrays": {**READS, **grad_pre(0.1, 0.1, 0.8)}, "at": {"phase": "f"}},
        "Step 2 taught U_f most: 89 % of what all steps add.",
    ),
    "update.spread": (
        taught,
        {"arrays": {**READS, **grad_pre(9.0, 0.5, 0.5)}, "at": {"phase": "f"}},
        "No step alone taught U_f most: the largest part, 50 %, is from step 1.",
    ),
    "update.apart": (
        taught,
        {"arrays": {**READS, **grad_pre(0.1, 0.4, -0.6)}, "at": {"phase": "f"}},
        "The steps pull in different directions: together they come to 20 % of their sizes.",
    ),
    "update.zero": (
        taught,
        {"arrays": grad_pre(0.0, 0.0, 0.0), "at": {"phase": "f"}},
        "The gradient of U_f is zero: nothing is learned there from these samples.",
    ),
    "update.moved": (
        moved,
        {"weights": snapshots(1.0, 1.5, 1.0, 1.0), "at": {"phase": "f", "epoch": 0}},
        "From epoch 0 to epoch 9, U_f moved by 50 % of its size.",
    ),
    "weights.moved": (
        kernels.moved,
        {"weights": snapshots(1.1, 1.5, 0.9, 1.0)},
        "The recurrent kernel U has moved most since epoch 0: by 50 % of its size.",
    ),
    "weights.still": (
        kernels.moved,
        {"weights": snapshots(1.0, 1.005, 1.0, 1.0)},
        "No array of weights has moved by more than 1 % of its size since epoch 0.",
    ),
    "weights.missing": (
        kernels.moved,
        {"weights": snapshots(1, 1, 1, 1, epochs=(0,))},
        "The weights of this epoch were not kept.",
    ),
    "weights.start": (
        kernels.moved,
        {"weights": snapshots(1, 1, 1, 1), "at": {"epoch": 0}},
        "These are the weights from which training started.",
    ),
    "parameters.most": (
        kernels.counted,
        {"weights": snapshots(1, 1, 1, 1)},
        "96 % of the 100 parameters are in layer lstm: 96.",
    ),
}
FALSE = {
    "gates.none": {"kind": "LSTM"},
    "gates.opened": {"arrays": {"value/o": per_epoch(0.7, 0.2)}},
    "gates.shut": {"arrays": {"value/o": per_epoch(0.5, 0.45)}},
    "gates.still": {"arrays": {"value/o": per_epoch(0.5, 0.61)}},
    "gates.split": {
        "arrays": {
            "value/f": np.stack([np.full((2, 3, 4), 0.5), np.broadcast_to(per_unit(0.55, 0.45, 0.5, 0.5), (2, 3, 4))])
        }
    },
    "gates.open_now": {"arrays": {"value/f": 0.89}},
    "gates.shut_now": {"arrays": {"value/f": 0.11}},
    "gates.half_alike": {"arrays": {"value/f": 0.7}},
    "gates.half_now": {"arrays": {"value/f": per_unit(0.05, 0.95, 0.95, 0.05)}},
    "gates.opens_in_time": {"arrays": {"value/f": per_step(0.5, 0.9, 0.55)}},
    "gates.shuts_in_time": {"arrays": {"value/f": per_step(0.5, 0.1, 0.45)}},
    "gates.opens_once": {"arrays": {"value/i": per_step(0.2, 0.8, 0.9)}},
    "gates.shuts_once": {"arrays": {"value/f": per_step(0.9, 0.5, 0.2)}},
    "gates.differ": {"arrays": {"value/f": per_unit(0.5, 0.3, 0.7, 0.5)}},
    "gates.alike": {"arrays": {"value/f": per_unit(0.5, 0.3, 0.7, 0.5)}},
    "memory.none": {"kind": "GRU"},
    "memory.gate": {"kind": "MinGRU"},
    "memory.kept": {"kind": "GRU"},
    "memory.units": {"arrays": ledger(per_unit(0.5, 0.7, 0.3, 0.5), 1.0)},
    "state.fills": {"arrays": {"state/c": np.array([0, 0.5, 0.6, 0.7])[:, None] * np.ones((2, 2, 4, 4))}},
    "state.empties": {"at": {"direction": "backward"}},
    "state.stays": {"arrays": {"state/c": np.array([0, 0.5, 0.5, 0.6])[:, None] * np.ones((2, 2, 4, 4))}},
    "hand.changed": {},
    "hand.more": {"interventions": ["f is held at 0", "i is held at 1"]},
    "step.held": {"mask": MASK, "at": {"time": 2}},
    "dropout.input": {"dropout": {"x": np.ones(3), "h": np.zeros(4)}},
    "dropout.state": {"dropout": {"x": np.zeros(3), "h": np.full(4, 2.0)}},
    "memory.left": {"arrays": ledger(0.5, 1.0), "at": {"time": 0}},
    "memory.most_now": {"arrays": ledger(1.0, per_step(8.0, 1.0, 1.0))},
    "memory.most_then": {"arrays": ledger(0.5, 1.0)},
    "memory.most_start": {"arrays": ledger(0.5, 1.0)},
    "memory.spread": {"arrays": ledger(0.5, 1.0)},
    "memory.of_unit": {"arrays": ledger(0.5, 1.0), "at": {"phase": "h"}},
    "saturated.more": {"arrays": {"value/f": 0.94}},
    "saturated.none": {"arrays": {"value/f": 0.96}},
    "unit.gate_open": {"arrays": {"value/f": 0.89}, "at": {"phase": "f"}},
    "unit.gate_shut": {"arrays": {"value/f": 0.11}, "at": {"phase": "f"}},
    "unit.gate_between": {"at": {"phase": "g"}},
    "unit.jumps": {},
    "unit.still": {"arrays": {"state/h": np.broadcast_to(np.array([0, 0.1, 0.2, 0.9])[:, None], (2, 2, 4, 4))}},
    "answer.off": {"predictions": np.full((2, 2, 1), 4.03), "y": Y},
    "answer.right": {"predictions": np.array([[[4.01], [4.1]]] * 2), "y": Y},
    "answer.alike": {"predictions": np.array([[[4.01], [8.0]]] * 2), "y": Y},
    "answer.alone": {"predictions": np.full((2, 2, 1), 4.05), "y": Y},
    "answer.class_right": {**TRUE["answer.class_wrong"][1]},
    "answer.class_wrong": {**TRUE["answer.class_right"][1]},
    "loss.fell": {"loss": np.array([8.0, 7.9])},
    "loss.rose": {"loss": np.array([8.0, 8.1])},
    "loss.same": {"loss": np.array([8.0, 7.0])},
    "loss.since": {"loss": np.array([8.0, 0.5]), "marks": [(9, "learning rate 0.1")]},
    "loss.mean": {"predictions": np.array([[[6.0], [6.0]], [[4.5], [7.5]]]), "y": Y},
    "loss.start": {"loss": np.array([8.0, 7.0])},
    "loss.overfits": {"history": {"loss": [1.0] * 10, "val_loss": [1.9] * 10}},
    "loss.worst": {"predictions": np.array([[[4.0], [8.0]], [[4.5], [np.nan]]]), "y": Y},
    "gradient.most": {"arrays": gradient(0.5, 0.6, 0.0)},
    "gradient.learned": {"at": {"epoch": 0}, "arrays": {"grad_state/h": 1.0}},
    "gradient.nothing": {"arrays": gradient(0.5, 0.6, 2.0)},
    "gradient.none": {"arrays": gradient(0.5, 0.6, 2.0)},
    "gradient.reaches": {"arrays": gradient(6.0, 3.0, 2.0)},
    "gradient.vanishes": {"arrays": gradient(0.1, 0.1, 2.0)},
    "gradient.grows": {"arrays": gradient(0.1, 3.0, 2.0)},
    "gradient.per_step": {"arrays": gradient(0.0, 0.1, 2.0)},
    "gradient.zero": {"arrays": gradient(0.0, 0.0, 2.0)},
    "update.most": {"arrays": {**READS, **grad_pre(9.0, 0.5, 0.5)}, "at": {"phase": "f"}},
    "update.spread": {"arrays": {**READS, **grad_pre(0.1, 0.1, 0.8)}, "at": {"phase": "f"}},
    "update.apart": {"arrays": {**READS, **grad_pre(0.1, 0.4, 0.6)}, "at": {"phase": "f"}},
    "update.zero": {"arrays": {**READS, **grad_pre(0.1, 0.0, 0.1)}, "at": {"phase": "f"}},
    "update.moved": {"weights": snapshots(1.0, 1.5, 1.0, 1.0), "at": {"phase": "f", "epoch": 9}},
    "weights.moved": {"weights": snapshots(1.0, 1.005, 1.0, 1.0)},
    "weights.still": {"weights": snapshots(1.0, 1.02, 1.0, 1.0)},
    "weights.missing": {"weights": snapshots(1, 1, 1, 1)},
    "weights.start": {"weights": snapshots(1, 1, 1, 1)},
    "parameters.most": {},
}
ELSEWHERE = {
    "difference.hand_changed",
    "difference.hand_more",
    "difference.nets",
    "difference.nets_at",
    "difference.weights",
    "difference.nothing",
    "difference.other",
    "difference.elsewhere",
    "difference.alone",
    "difference.most",
    "difference.felt",
    "difference.felt_fades",
    "difference.to_top",
    "difference.to_top_fades",
    "difference.to_layer",
    "difference.to_layer_fades",
    "difference.at_step",
    "difference.steps",
    "difference.to_end",
    "difference.the_answer",
    "difference.the_answer_at",
    "difference.output",
    "difference.output_at",
    "difference.answer",
    "difference.answer_beside",
    "difference.same_answer",
    "difference.same_answer_beside",
    "difference.near_answer",
    "difference.near_answer_beside",
    "difference.loss",
    "difference.same_loss",
    "difference.near_loss",
    "difference.still",
    "difference.before",
    "gradient.cut",
    "gradient.last",
    "gradient.read_last",
    "gradient.other_way",
    "gradient.other_way_at",
    "chosen",
    "chosen.layer",
    "chosen.sample",
    "chosen.unit",
    "gates.none_an",
    "gates.opened_at",
    "gates.shut_at",
    "gates.still_at",
    "gates.split_at",
    "memory.none_an",
    "hand.both",
    "loss.was_smaller",
    "equation.most",
    "equation.largest",
    "equation.all",
    "equation.none",
    "equation.share",
    "equation.flat",
    "equation.steep",
    "gradient.direct",
    "gradient.direct_several",
    "gradient.through",
    "gradient.through_kept",
    "influence.even",
    "influence.forgets",
    "influence.most",
    "influence.inputs",
    "influence.step",
    "influence.none",
    "task.number",
    "task.class",
    "task.numbers",
    "task.each",
    "task.open",
    "task.long",
    "task.labels",
    "task.wide",
    "task.in_data",
    "accuracy.samples",
    "accuracy.steps",
    "update.rows",
    "update.no_rows",
    "update.unread",
    "weights.rows",
}
"""Sentences with a test of their own below."""


def pattern(key):
    """Return what every sentence of a key looks like."""
    parts = [re.escape(front) + ("[^;]+" if name else "") for front, name, *_ in string.Formatter().parse(TEXTS[key])]
    return re.compile("".join(parts))


def test_every_sentence_is_tested():
    assert TRUE.keys() == FALSE.keys() and TRUE.keys() | ELSEWHERE == TEXTS.keys() and len(TRUE) >= 40


@pytest.mark.parametrize("key", TRUE)
def test_a_sentence_appears_where_it_is_true(key):
    topic, made, sentence = TRUE[key]
    assert sentence in list(topic(moment(**made))) and pattern(key).fullmatch(sentence)


@pytest.mark.parametrize("key", FALSE)
def test_a_sentence_does_not_appear_where_it_is_false(key):
    said = list(TRUE[key][0](moment(**FALSE[key])))
    assert not any(pattern(key).fullmatch(sentence) for sentence in said), said


@pytest.mark.parametrize(
    "topic", dict.fromkeys(made[0] for made in TRUE.values()), ids=lambda topic: f"{topic.__module__}.{topic.__name__}"
)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nothing_is_said_of_numbers_that_are_not_finite(topic, value):
    arrays = (
        {f"value/{name}": value for name in "ifgo"}
        | {"state/c": value, "state/h": value}
        | gradient(value, value, value)
    )
    at = moment(
        arrays=arrays,
        predictions=np.full((2, 2, 1), value),
        y=Y,
        loss=np.full(2, value),
        weights=snapshots(value, 1, 1, 1),
    )
    for phase in "ifgoch":
        said = " ".join(topic(replace(at, cursor=replace(at.cursor, phase=phase))))
        assert "NaN" not in said and "∞" not in said


def test_the_smallest_loss_is_named_if_it_was_smaller_before():
    at = moment(loss=np.array([8.0, 2.0]))
    trace = Trace([at.layer], np.array([0, 4, 9]), np.zeros((3, 2, 1)), at.trace.x, loss=np.array([8.0, 1.0, 2.0]))
    later = replace(at, trace=trace, place=2)
    assert "It was smaller before: 1 at epoch 4." in list(answers.loss(later))
    assert not any(pattern("loss.was_smaller").fullmatch(said) for said in answers.loss(at))


def test_a_sum_and_the_slope_of_its_function_are_said():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.SimpleRNN(1, input_shape=(4, 1))], dtype="float64")

    def said(kernel, recurrent, bias):
        model.set_weights([np.array([[kernel]]), np.array([[recurrent]]), np.array([bias])])
        return list(unit.equation(rs.Cursor(sample=0, time=1, unit=0).at(model.trace(task.x))))

    assert said(3.0, 0.0, 0.1) == [
        "Most of the sum comes from x·W_h: 3.",
        "tanh is nearly flat there: a little more or less of the sum hardly changes h.",
    ]
    assert said(0.1, 0.0, 0.2) == [
        "Most of the sum comes from b_h: 0.2.",
        "tanh is steep there: a little more or less of the sum changes h much.",
    ]
    assert said(0.0, 0.0, 0.8) == ["Most of the sum comes from b_h: 0.8."]
    assert said(0.4, 0.0, 0.4) == ["No part alone makes most of the sum; the largest is x·W_h: 0.4."]
    assert said(0.0, 0.0, 0.0) == ["tanh is steep there: a little more or less of the sum changes h much."]


def test_what_was_chosen_is_said_in_the_line_of_the_moment():
    rising = np.broadcast_to(per_step(0.0, 0.1, 0.5, 0.9), (2, 2, 4, 4))
    trace = moment(arrays={"state/h": rising}).trace

    def line(**at):
        return rs.figures.units(trace, rs.Cursor(layer="lstm", **at)).views[0].headings[1].get_text()

    assert say("chosen.sample") in line() and say("chosen.unit") in line()
    assert say("chosen.sample") not in line(sample=0) and say("chosen.unit") in line(sample=0)
    assert "Chosen" not in line(sample=0, unit=1)
    history = rs.figures.gate_history(trace, rs.Cursor(layer="lstm", unit=1)).views[0]
    assert history.moment.chosen == ("sample",) and "Chosen" not in history.headings[1].get_text()


def test_a_verdict_has_at_most_two_sentences_one_of_each_topic_first():
    at = moment(arrays={"value/f": 0.95}, loss=np.array([8.0, 0.5]), predictions=np.full((2, 2, 1), 3.0), y=Y)
    assert rs.verdict(at.trace, at.cursor).startswith("The answer is 3; right is 4: off by 1. No gate has opened")
    assert len(sentences(at, [gates.here, answers.loss])) == 2
    with pytest.raises(TypeError, match="cursor"):
        rs.verdict(at.trace, 3)


def test_a_time_step_that_does_not_count_is_not_the_one_at_which_a_gate_shuts():
    shut = {"value/f": per_step(0.9, 0.2, 0.8)}
    assert list(gates.once(moment(arrays=shut)))
    assert not list(gates.once(moment(arrays=shut, mask=MASK))), "the first sample's step 1 is masked"
    view = rs.figures.gates(moment(arrays=shut).trace, rs.Cursor(layer="lstm", sample=0)).views[0]
    assert view.verdict.startswith("f (forget gate) shuts at step 1 alone: to 20 % on average")


def table(*moves, tokens=((1, 2), (2, 0)), mask_zero=True):
    """Return the last of two epochs of a table of ones, to whose rows numbers were then added."""
    x = np.array(tokens)
    first = np.ones((len(moves), 2))
    later = first + np.array(moves)[:, None]
    weights = WeightSnapshots(
        [("embedding", "embeddings", first.shape)], np.array([0, 9]), np.stack([first, later]).reshape(2, -1)
    )
    options = {"input_dim": len(moves), "mask_zero": mask_zero}
    layer = LayerTrace("embedding", "Embedding", options, 2, "y", {"value/y": np.ones((2, *x.shape, 2))})
    trace = Trace([layer], np.array([0, 9]), np.zeros((2, len(x), 1)), x, weights=weights)
    return rs.Cursor(layer="embedding").at(trace)


def said_of_rows(at):
    weights = [at.layer.weights(epoch)["embeddings"] for epoch in (0, 9)]
    return list(update.of_rows(at, (0, 9), *weights))


def test_what_is_said_of_the_rows_of_a_table():
    unread = "The other rows stayed as they were: no recorded time step that counts reads their tokens."
    some = "From epoch 0 to epoch 9, the rows of 2 of 4 tokens moved, most that of token 2."
    assert said_of_rows(table(0, 0.1, -0.3, 0)) == [some, unread]
    assert said_of_rows(table(0, 0.1, -0.3, 0, mask_zero=False)) == [some], "token 0 is read, and yet stayed"
    every = "From epoch 0 to epoch 9, the rows of 3 of 3 tokens moved, most that of token 0."
    assert said_of_rows(table(0.3, 0.1, 0.2)) == [every], "there are no others"
    assert said_of_rows(table(0, 0, 0)) == ["From epoch 0 to epoch 9, no row of the table moved."]
    assert said_of_rows(table(0, np.nan, 0)) == []
    have = "The rows of 2 of 4 tokens have moved since epoch 0, most that of token 2."
    assert list(kernels.moved(table(0, 0.1, -0.3, 0))) == [have]
    still = "No array of weights has moved by more than 1 % of its size since epoch 0."
    assert list(kernels.moved(table(0, 0.001, 0, 0))) == [still]


def test_what_is_said_of_several_inputs():
    names = ["input 1 (encoder)", "input 2 (decoder)"]

    def said(*shares):
        return list(influence.of_several([np.array(each) for each in shares], names))

    assert said([0.1, 0.5], [0.2, 0.1, 0.1]) == [
        "Input 1 (encoder) moves the output most: 60 % of all its derivatives.",
        "No single time step counts more than step 1 of input 1 (encoder): 50 %.",
    ]
    assert said([0.3, 0.3], [0.0, 0.0, 0.4]) == [
        "Input 1 (encoder) moves the output most: 60 % of all its derivatives.",
        "No single time step counts more than step 2 of input 2 (decoder): 40 %.",
    ]
    assert said([np.nan], [np.nan]) == []


def small(layer, **record):
    """Return the end of a small training of a layer."""
    task = rs.tasks.counting()
    model = rs.Sequential([layer, rs.Dense(1)])
    model.compile()
    return rs.Cursor().at(model.fit(task.x, task.y, epochs=2, verbose=0, record=rs.Record(**record)))


def test_what_is_said_of_the_factor_per_step():
    at = small(rs.GRU(3, input_shape=(4, 1)))

    def factor(slopes, *states):
        """Return by how much slopes, (time, unit), make the norm of the gradient of states larger, on average."""
        gradients = np.array([at.layer.grad[state][at.run] for state in states], float)
        sizes = [np.linalg.norm(g, axis=(0, 2)) for g in (gradients * slopes, gradients)]
        return written((sizes[0] / sizes[1])[1:].mean())

    mean = factor(at.layer["z"][at.run], "h")
    (said,) = gradients.factor(at)
    assert said == f"Per step back, z of the gradient of h (hidden state) is handed on directly: {mean} on average."
    assert said == say("gradient.direct", state="h (hidden state)", factor="z", mean=mean)
    at = small(rs.LRU(3, input_shape=(4, 1)))
    mean = factor(np.exp(-np.exp(at.layer.constants["ν"][at.place].astype(float))), "re", "im")
    (said,) = gradients.factor(at)
    assert said == say("gradient.direct_several", states="re and im", mean=mean)
    at = small(rs.SimpleRNN(3, input_shape=(4, 1)))
    parts = {"factor": "1 − h²", "mean": factor(1 - at.layer["h"][at.run].astype(float) ** 2, "h")}
    largest = np.linalg.svd(at.layer.weights(1)["recurrent_kernel"].astype(float))[1][0]
    assert list(gradients.factor(at)) == [say("gradient.through_kept", weight="U_h", stretch=written(largest), **parts)]
    at = small(rs.SimpleRNN(3, input_shape=(4, 1)), weights=False)
    assert list(gradients.factor(at)) == [say("gradient.through", weight="U_h", **parts)]


@pytest.mark.parametrize(
    ("shares", "said"),
    [
        ([0.1, 0.2, 0.7], ["The output follows the input at step 2 most: 70 % of all its derivatives."]),
        ([0.3, 0.25, 0.45], ["The output follows all inputs about alike: none has more than 45 %."]),
        ([0.5, 0.1, 0.4], ["The output follows the input at step 0 most: 50 % of all its derivatives."]),
        ([0.3, 0.19, 0.51], ["The output follows the input at step 2 most: 51 % of all its derivatives."]),
        ([1.0], []),
        ([np.nan, 0.5, 0.5], []),
        (
            [0.004, 0.005, 0.05, 0.941],
            [
                "The output follows the input at step 3 most: 94 % of all its derivatives.",
                "The inputs of steps 0 to 1 hardly count: together they have less than 1 %.",
            ],
        ),
        ([0.004, 0.007, 0.049, 0.94], ["The output follows the input at step 3 most: 94 % of all its derivatives."]),
    ],
)
def test_what_is_said_of_the_shares_of_inputs(shares, said):
    assert list(influence.shares(np.array(shares))) == said


def test_what_a_gate_lets_through_is_said_with_the_equation():
    trace = rs.Sequential([rs.LSTM(2, input_shape=(4, 1))], seed=0).trace(rs.tasks.counting().x)
    at = rs.Cursor(sample=1, time=2, unit=1, phase="h").at(trace)
    o, h = (float(trace["lstm"][name][0, 1, 2, 1]) for name in "oh")
    assert f"o (output gate) lets {100 * o:.0f} % of tanh(c) through: {h:.3g}." in [
        s.replace("−", "-") for s in unit.equation(at)
    ]
    assert not [said for said in unit.equation(at.but(phase="c")) if pattern("equation.share").fullmatch(said)]


def test_where_a_gradient_comes_from_is_said_backward():
    task = rs.tasks.counting()
    model = rs.Sequential([rs.LSTM(2, input_shape=(4, 1)), rs.Dense(1)], seed=0)
    model.compile()
    trace = model.fit(task.x, task.y, epochs=1, verbose=0)
    layer, at = trace["lstm"], rs.Cursor(sample=1, unit=1, time=3, phase="h", direction="backward").at(trace)
    total, early = float(layer.grad["h"][0, 1, 3, 1]), float(layer.grad["h"][0, 1, 2, 1])
    assert list(unit.sources(at)) == [f"All of it comes from ∂L/∂output: {written(total)}."]
    later = layer.grad_pre  # no output at step 2: all comes through the four recurrent kernels of step 3
    weights = trace.weights(0)[1]
    ways = {q: later[q][0, 1, 3] @ weights[1, 2 * k : 2 * k + 2] for k, q in enumerate("ifgo")}
    assert sum(ways.values()) == pytest.approx(early, rel=1e-4)
    most = max(ways, key=lambda q: abs(ways[q]))
    (said,) = unit.sources(at.but(time=2))
    assert said == f"Most of the sum comes from ∂L/∂a_{most}₊₁·U_{most}ᵀ: {written(float(ways[most]))}."
    model.set_weights([0 * array for array in model.get_weights()])
    (said,) = unit.sources(rs.Cursor(direction="backward").at(model.trace(task.x, task.y)))
    assert said == "∂L/∂h is zero here: a little more or less of h would not change the loss."


def test_the_loss_is_that_of_the_curve():
    made = {"loss": np.array([8.0, 0.5]), "history": {"loss": [6.0] * 9 + [0.75]}}
    assert list(answers.loss(moment(**made))) == ["The loss fell from 6 to 0.75 since epoch 0."]


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        ({"y": np.array([[4.0], [5.0]])}, "The net reads 0, 1, 2 and should answer 4."),
        ({}, "The net reads 0, 1, 2; the right answer was not recorded."),
        (
            {
                "predictions": np.ones((2, 2, 3)) / 3,
                "y": np.array([[0, 0, 1], [1, 0, 0]]),
                "options": {"activation": "softmax"},
            },
            "The net reads 0, 1, 2 and should say class 2.",
        ),
        (
            {"predictions": np.zeros((2, 2, 2)), "y": np.array([[4.0, -1.5], [5.0, 0.0]])},
            "The net reads 0, 1, 2 and should answer 2 numbers: 4, −1.5.",
        ),
        (
            {"predictions": np.zeros((2, 2, 3, 1)), "y": np.arange(6.0).reshape(2, 3, 1)},
            "The net reads 0, 1, 2 and should answer at every time step: 0, 1, 2.",
        ),
    ],
)
def test_what_the_net_should_do(made, sentence):
    assert list(answers.task(moment(**made))) == [sentence]


@pytest.mark.parametrize(
    ("predictions", "y", "said"),
    [
        (np.full((2, 2, 1), 0.5), np.array([[0.74], [0.2]]), "The answer is 0.5; right is 0.74: off by 0.24."),
        (np.full((2, 2, 1), 0.75), np.array([[1], [0]]), "It says class 1 with 75 %, and that is right."),
        (np.full((2, 2, 3), 0.9), np.array([[1, 1, 0], [0, 0, 1]]), None),
        (np.full((2, 2, 1), 0.5), np.array([[np.nan], [0.2]]), None),
    ],
)
def test_targets_that_are_no_classes_are_not_read_as_such(predictions, y, said):
    at = moment(predictions=predictions, y=y, options={"activation": "sigmoid"})
    assert list(answers.answer(at)) == [said] * (said is not None)


def test_a_sigmoid_that_is_no_output_layer_says_no_classes():
    model = rs.Sequential([rs.LSTM(1, activation="sigmoid", input_shape=(4, 1))], seed=0)
    task = rs.tasks.counting()
    model.compile()
    trace = model.fit(task.x, task.y, epochs=1, verbose=0)
    assert next(answers.answer(rs.Cursor(sample=0).at(trace))).startswith("The answer is")


def test_a_learned_constant_that_keeps_a_state_is_no_gate(registry_restored):
    rs.register(Cell("Odd", state("h", constant("a", start=0.5) * previous("h") + linear(x), "hidden state")))
    trace = rs.Sequential([rs.layers.Odd(2, input_shape=(4, 1))], seed=0).trace(rs.tasks.counting().x)
    said = list(memory.kept(rs.Cursor(sample=0).at(trace)))
    assert said == ["Of h (hidden state), 50 % stays at this step."]


@pytest.mark.parametrize(
    ("shape", "said"),
    [((1, 20, 1), "20 numbers (0, 1, 2, 3, 4, 5, 6, 7 …)"), ((1, 5, 3), "5 time steps of 3 numbers each")],
)
def test_long_inputs_are_not_written_out(shape, said):
    model = rs.Sequential([rs.SimpleRNN(2, input_shape=shape[1:]), rs.Dense(1)], seed=0)
    at = rs.Cursor().at(model.trace(np.arange(float(np.prod(shape))).reshape(shape)))
    assert list(answers.task(at)) == [f"The net reads {said}; the right answer was not recorded."]


def test_what_was_learned_at_a_step_is_of_that_step_alone():
    rises = np.stack([np.full((2, 3, 4), 0.5), np.broadcast_to(per_step(0.5, 0.5, 0.86), (2, 3, 4))])
    at = moment(arrays={"value/i": rises})
    assert list(gates.learned(at)) == [
        "i (input gate) is more open than at epoch 0: 62 % on average over all samples and steps, 50 % then."
    ]
    (here,) = gates.learned_here(at)
    assert here == "i (input gate) is more open than at epoch 0: 86 % on average at step 2 over all samples, 50 % then."
    (before,) = gates.learned_here(at.but(time=0))
    assert before == (
        "No gate has opened or shut since epoch 0: "
        "no mean at step 0 over all samples moved by more than 0 percentage points."
    )


@pytest.mark.parametrize(
    ("view", "sentence"),
    [
        *((view, "the loss changes most with") for view in ("gates", "units", "cell")),
        ("gate_history", "At step 3, the gradient of h (hidden state) is"),
        ("equation", "comes from ∂L/∂"),
        ("network", "The gradient of c (cell state)"),
    ],
)
def test_backward_a_verdict_speaks_of_gradients(traces, view, sentence):
    trace = traces("LSTM")
    said = {
        way: getattr(rs.figures, view)(trace, rs.Cursor(direction=way)).views[0].verdict
        for way in ("forward", "backward")
    }
    assert sentence in said["backward"] and sentence not in said["forward"]


def test_a_gate_that_is_mostly_open_does_not_shut():
    assert not list(gates.once(moment(arrays={"value/f": per_step(0.99, 0.77, 0.98)})))
    assert not list(gates.once(moment(arrays={"value/f": per_step(0.02, 0.3, 0.01)})))
