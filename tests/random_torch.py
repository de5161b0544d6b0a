"""Random modules of PyTorch whose layers stand one upon the other: what each is made of follows from its number."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

TOKENS = 9


def module_and_data(torch: Any, number: int) -> tuple[Any, np.ndarray]:
    """Return the module of a number, in float64 with weights and biases drawn at random, and inputs for it."""
    draw, numbers = random.Random(number), np.random.default_rng(number)
    torch.manual_seed(number)
    kind, hidden, samples, steps = draw.choice(("RNN", "LSTM", "GRU")), draw.randint(1, 4), 3, draw.randint(1, 6)
    options: dict[str, Any] = {"num_layers": draw.randint(1, 3), "bidirectional": draw.random() < 0.4}
    options |= {"bias": draw.random() < 0.8, "batch_first": True}
    if kind == "RNN":
        options["nonlinearity"] = draw.choice(("tanh", "relu"))
    if options["num_layers"] > 1 and draw.random() < 0.3:
        options["dropout"] = 0.3
    has_tokens, features = draw.random() < 0.3, draw.randint(1, 3)
    whole, has_head = draw.random() < 0.4, draw.random() < 0.8
    ends = [torch.nn.Sigmoid(), torch.nn.Tanh(), torch.nn.ReLU(), torch.nn.Softmax(dim=-1), None]
    end = draw.choice(ends) if has_head else None

    class Module(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            if has_tokens:
                self.embedding = torch.nn.Embedding(TOKENS, features)
            self.rnn = getattr(torch.nn, kind)(features, hidden, **options)
            if has_head:
                self.dropout = torch.nn.Dropout(0.2)
                self.head = torch.nn.Linear(hidden * (1 + options["bidirectional"]), 2, bias=draw.random() < 0.8)
            if end is not None:
                self.end = end

        def forward(self, x: Any) -> Any:
            x = self.embedding(x) if has_tokens else x
            x, _ = self.rnn(x)
            if not whole and options["bidirectional"]:  # what each direction ends with, as Keras joins them
                x = torch.cat([x[:, -1, :hidden], x[:, 0, hidden:]], dim=-1)
            elif not whole:
                x = x[:, -1]
            x = self.head(self.dropout(x)) if has_head else x
            return x if end is None else self.end(x)

    module = Module().double().eval()
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.copy_(torch.from_numpy(numbers.normal(scale=0.5, size=parameter.shape)))
    if has_tokens:
        return module, numbers.integers(0, TOKENS, (samples, steps))
    return module, numbers.normal(size=(samples, steps, features))
