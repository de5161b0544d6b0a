"""Every sentence that a verdict can say, by what it says; in English.

What stands in braces is a name or a number that is written already.
"""

from __future__ import annotations

from collections.abc import Sequence

from rnnscope.languages import tr

TEXTS = {
    # why a moment is shown
    "chosen": "Chosen: {what}.",
    "chosen.layer": "the layer that moved most in training",
    "chosen.sample": "the sample in which most happens",
    "chosen.unit": "the unit that moves most",
    # changes by hand
    "hand.changed": "Changed by hand: {changes}.",
    "hand.both": "{first}, and {second}",
    "hand.more": "Changed by hand in {count} places, first: {changes}.",
    # two passes beside each other
    "difference.hand_changed": "In {name!r}: changed by hand: {changes}.",
    "difference.hand_more": "In {name!r}: changed by hand in {count} places, first: {changes}.",
    "difference.nets": "These are two nets: {share} of all weights differ.",
    "difference.nets_at": "These are two nets: {share} of all weights differ at epoch {epoch}.",
    "difference.weights": "The weights of {layers} differ.",
    "difference.nothing": "Nothing differs in {sample}: every recorded number is the same in both.",
    "difference.other": "Something differs in {sample}.",
    "difference.elsewhere": "Something differs in {count} other samples, first in {sample}.",
    "difference.alone": "Nothing else differs: what follows is the same in both.",
    "difference.most": "The largest change is in {quantity} of {layer} at step {time}: {size} in the root mean square "
    "over units.",
    "difference.felt": "It is felt {steps}.",
    "difference.felt_fades": "It is felt {steps}; later, less than {share} of the largest change is left.",
    "difference.to_top": "It is felt up to {layer}, the last recurrent layer, {steps}.",
    "difference.to_top_fades": "It is felt up to {layer}, the last recurrent layer, {steps}; later, less than {share} "
    "of the largest change is left.",
    "difference.to_layer": "It is felt up to {layer} and no higher, {steps}.",
    "difference.to_layer_fades": "It is felt up to {layer} and no higher, {steps}; later, less than {share} of the "
    "largest change is left.",
    "difference.at_step": "at step {time} alone",
    "difference.steps": "from step {first} to step {last}",
    "difference.to_end": "from step {first} to the last step",
    "difference.the_answer": "The answer",
    "difference.the_answer_at": "The answer at step {time}",
    "difference.output": "Output {output}",
    "difference.output_at": "Output {output} at step {time}",
    "difference.answer": "{what} changes from {before} to {after}.",
    "difference.answer_beside": "{what} changes from {before} to {after}; right is {target}.",
    "difference.same_answer": "{what} stays {before}.",
    "difference.same_answer_beside": "{what} stays {before}; right is {target}.",
    "difference.near_answer": "{what} hardly changes: {before} in both.",
    "difference.near_answer_beside": "{what} hardly changes: {before} in both; right is {target}.",
    "difference.loss": "The loss over all samples goes from {before} to {after}.",
    "difference.same_loss": "The loss over all samples stays {before}.",
    "difference.near_loss": "The loss over all samples hardly changes: {before} in both.",
    "difference.still": "Nothing changes in {layers}.",
    "difference.before": "Nothing changes before step {first}.",
    # gates
    "gates.none": "A {cell} has no gates: nothing in it opens or shuts with the input.",
    "gates.none_an": "An {cell} has no gates: nothing in it opens or shuts with the input.",
    "gates.opened": "{gate} is more open than at epoch {first}: {now} on average over all samples and steps, {before} "
    "then.",
    "gates.opened_at": "{gate} is more open than at epoch {first}: {now} on average at step {time} over all samples, "
    "{before} then.",
    "gates.shut": "{gate} is less open than at epoch {first}: {now} on average over all samples and steps, {before} "
    "then.",
    "gates.shut_at": "{gate} is less open than at epoch {first}: {now} on average at step {time} over all samples, "
    "{before} then.",
    "gates.still": "No gate has opened or shut since epoch {first}: no mean over all samples and steps moved by more "
    "than {points}.",
    "gates.still_at": "No gate has opened or shut since epoch {first}: no mean at step {time} over all samples moved "
    "by more than {points}.",
    "gates.split": "{gate} is more open in {opened} of the units than at epoch {first}, less in {shut} over all "
    "samples and steps.",
    "gates.split_at": "{gate} is more open in {opened} of the units than at epoch {first}, less in {shut} at step "
    "{time} over all samples.",
    "gates.open_now": "{gate} is open in nearly all units here: {now} on average.",
    "gates.shut_now": "{gate} is shut in nearly all units here: {now} on average.",
    "gates.half_alike": "About half open here, with {now} on average: {gates}.",
    "gates.half_now": "All gates are about half open here: their means lie between {low} and {high}.",
    "gates.opens_in_time": "{gate} opens along the sequence: from {before} at step 0 to {now} at step {last}.",
    "gates.shuts_in_time": "{gate} shuts along the sequence: from {before} at step 0 to {now} at step {last}.",
    "gates.opens_once": "{gate} opens at step {time} alone: to {now} on average; "
    "at every other step it is at {rest} or less.",
    "gates.shuts_once": "{gate} shuts at step {time} alone: to {now} on average; "
    "at every other step it is at {rest} or more.",
    "gates.differ": "The units use {gate} differently: unit {low_unit} has it at {low}, unit {high_unit} at {high}.",
    "gates.alike": "All units use their gates alike: within {points} at this step.",
    # memory
    "memory.none": "A {cell} has no direct way for memory: each step computes its state anew, through weights.",
    "memory.none_an": "An {cell} has no direct way for memory: each step computes its state anew, through weights.",
    "memory.gate": "{gate} lets {share} of {state} through at this step, over all units.",
    "memory.kept": "Of {state}, {share} stays at this step.",
    "memory.units": "Unit {keeper} keeps {most} of its {state}, unit {loser} {least}.",
    "memory.left": "Of what step {first} wrote into {state}, {share} is still in it, handed on directly.",
    "memory.most_now": "Most of {state} is new: {share} of it was written at this step.",
    "memory.most_then": "Most of {state} was written at step {time}: {share} of it.",
    "memory.most_start": "Most of {state} is what it started from: {share} of it.",
    "memory.spread": "No step alone wrote most of {state}: the largest part, {share}, is from step {time}.",
    "memory.of_unit": "In unit {unit}, {state} keeps {part} of the old {before} and adds {added}.",
    # passes with masks and dropout
    "step.held": "Step {time} does not count (masked): what is computed there is not taken, every state is held.",
    "dropout.input": "In this pass, dropout sets {count} of {all} inputs of the layer to 0.",
    "dropout.state": "In this pass, the matrices read {count} of {all} units of {state} as 0: recurrent dropout.",
    # saturation
    "saturated.more": "Of the values of {gate}, {share} are at an end of the range; at epoch {first} it was {before}.",
    "saturated.none": "No gate is at an end of its range: all of them can still learn.",
    # one unit
    "unit.gate_open": "In unit {unit}, {gate} is open: {value}.",
    "unit.gate_shut": "In unit {unit}, {gate} is shut: {value}.",
    "unit.gate_between": "In unit {unit}, {gate} is {value} open.",
    "unit.jumps": "In unit {unit}, {state} changes most at step {time}: from {before} to {after}.",
    "unit.still": "In unit {unit}, {state} does not change along this sequence.",
    # how much is stored
    "state.fills": "{state} of {layer} fills up: its size is {before} at step {first} and {now} at step {last}.",
    "state.empties": "{state} of {layer} empties: its size is {before} at step {first} and {now} at step {last}.",
    "state.stays": "{state} of {layer} stays as large: its size is {before} at step {first} and {now} at step {last}.",
    # what is to be done
    "task.number": "The net reads {inputs} and should answer {target}.",
    "task.class": "The net reads {inputs} and should say {target}.",
    "task.numbers": "The net reads {inputs} and should answer {count} numbers: {targets}.",
    "task.each": "The net reads {inputs} and should answer at every time step: {targets}.",
    "task.open": "The net reads {inputs}; the right answer was not recorded.",
    "task.long": "{count} numbers ({inputs})",
    "task.labels": "{inputs}, {count} in all,",
    "task.wide": "{count} time steps of {features} numbers each",
    "task.in_data": "{scaled} ({target} in the data)",
    # answers
    "answer.off": "The answer is {answer}; right is {target}: off by {gap}.",
    "answer.right": "The answer is {answer}, and that is right.",
    "answer.alike": "The answer is {answer}, near the right {target}; "
    "but it is nearly the same for every sample: {low} to {high}.",
    "answer.alone": "The answer is {answer}.",
    "answer.class_right": "It says {answer} with {share}, and that is right.",
    "answer.class_wrong": "It says {answer} with {share}; right is {target}, to which it gives {given}.",
    # training
    "loss.fell": "The loss fell from {before} to {now} since epoch {first}.",
    "loss.rose": "The loss rose from {before} to {now} since epoch {first}.",
    "loss.same": "The loss has hardly changed since epoch {first}: {now}.",
    "loss.was_smaller": "It was smaller before: {best} at epoch {epoch}.",
    "loss.since": "Since {words} at epoch {epoch} it went from {before} to {now}.",
    "loss.mean": "Its answers are no better than always giving the mean of all targets.",
    "loss.start": "Nothing has been learned yet: this is the first recorded epoch, with a loss of {now}.",
    "loss.overfits": "On data that it does not train on, the loss is {ratio} times as large.",
    "loss.worst": "Of the recorded samples, {sample} is worst: off by {gap}.",
    "accuracy.samples": "For {right} of {count} recorded samples ({share}), the largest output is the right class.",
    "accuracy.steps": "At {share} of the time steps of all recorded samples, the largest output is the right class.",
    # gradients
    "gradient.most": "At step {time} the loss changes most with {quantity}: the norm of its gradient is {size}.",
    "gradient.learned": "At step {time}, the gradient of {quantity} is {now} in the root mean square over samples and "
    "units; at epoch {first} it was {before}.",
    "gradient.nothing": "At step {time} no gradient arrives: the loss does not depend on it.",
    "gradient.none": "No gradients were recorded.",
    "gradient.reaches": "At step {first} the gradient of {state} is {share} of that at {last}.",
    "gradient.vanishes": "The gradient of {state} vanishes: {share} of that at {last} is left at step {first}.",
    "gradient.grows": "The gradient of {state} grows on its way back: at step {first} it is {times} times as large.",
    "gradient.cut": "No gradient goes back past step {time}: what it computes from the step before is held by hand.",
    "gradient.other_way": "Nothing of the gradient of {state} goes back through it, for something is held by hand: "
    "it goes back by way of {others}.",
    "gradient.other_way_at": "At step {time} nothing of the gradient of {state} goes back through it, for something is "
    "held by hand: it goes back by way of {others}.",
    "gradient.last": "the last step",
    "gradient.read_last": "step {step}, which is read last",
    "gradient.per_step": "That is a factor of {factor} per step.",
    "gradient.zero": "The gradient of {state} is zero at the last step: the loss does not depend on it there.",
    "gradient.direct": "Per step back, {factor} of the gradient of {state} is handed on directly: {mean} on average.",
    "gradient.direct_several": "Per step back, {mean} of the gradient of {states} together is handed on directly, "
    "on average.",
    "gradient.through": "Per step back the gradient is multiplied by {factor}, {mean} on average, "
    "and goes through {weight}.",
    "gradient.through_kept": "Per step back the gradient is multiplied by {factor}, {mean} on average, "
    "and {weight} stretches it by at most {stretch}.",
    # influence
    "influence.most": "The output follows the input at step {time} most: {share} of all its derivatives.",
    "influence.none": "Hardly any input matters here: moved by 1, none of them moves the output by more than {most}.",
    "influence.even": "The output follows all inputs about alike: none has more than {most}.",
    "influence.inputs": "{input} moves the output most: {share} of all its derivatives.",
    "influence.step": "No single time step counts more than step {time} of {input}: {share}.",
    "influence.forgets": "The inputs of steps 0 to {last} hardly count: together they have less than {share}.",
    # updates
    "update.most": "Step {time} taught {block} most: {share} of what all steps add.",
    "update.spread": "No step alone taught {block} most: the largest part, {share}, is from step {time}.",
    "update.apart": "The steps pull in different directions: together they come to {share} of their sizes.",
    "update.zero": "The gradient of {block} is zero: nothing is learned there from these samples.",
    "update.moved": "From epoch {first} to epoch {later}, {block} moved by {share} of its size.",
    "update.rows": "From epoch {first} to epoch {later}, the rows of {moved} of {count} tokens moved, most that of "
    "{token}.",
    "update.no_rows": "From epoch {first} to epoch {later}, no row of the table moved.",
    "update.unread": "The other rows stayed as they were: no recorded time step that counts reads their tokens.",
    # weights
    "weights.moved": "The {kind} {letter} has moved most since epoch {first}: by {share} of its size.",
    "weights.rows": "The rows of {moved} of {count} tokens have moved since epoch {first}, most that of {token}.",
    "weights.still": "No array of weights has moved by more than {share} of its size since epoch {first}.",
    "weights.missing": "The weights of this epoch were not kept.",
    "weights.start": "These are the weights from which training started.",
    # parameters
    "parameters.most": "{share} of the {total} parameters are in layer {layer}: {count}.",
    # equations
    "equation.share": "{gate} lets {share} of {rest} through: {value}.",
    "equation.most": "Most of the sum comes from {term}: {value}.",
    "equation.largest": "No part alone makes most of the sum; the largest is {term}: {value}.",
    "equation.all": "All of it comes from {term}: {value}.",
    "equation.none": "∂L/∂{name} is zero here: a little more or less of {name} would not change the loss.",
    "equation.flat": "{function} is nearly flat there: a little more or less of the sum hardly changes {name}.",
    "equation.steep": "{function} is steep there: a little more or less of the sum changes {name} much.",
}
"""The sentences; what they are called in other languages stands in the catalogues."""


def say(key: str, **parts: object) -> str:
    """Return a sentence with its names and numbers.

    Examples
    --------
    >>> say("answer.right", answer="4")
    'The answer is 4, and that is right.'
    """
    return tr(TEXTS[key], **parts)


def why(chosen: Sequence[str]) -> str:
    """Return why a layer, a sample and a unit are shown that were chosen; nothing if none was.

    Examples
    --------
    >>> why(["unit"]), why([])
    ('Chosen: the unit that moves most.', '')
    """
    return say("chosen", what=", ".join(say(f"chosen.{name}") for name in chosen)) if chosen else ""
