"""What rnnscope is measured against: the same training by other means, from the same start weights.

- ``TorchModule``: PyTorch's own layers, which keep nothing but the losses;
- ``TorchRecordingLoop``: what a PyTorch user would write by hand to keep every gate, state and gradient;
- ``floor``: the matrix products and the pass of Adam that no NumPy training run can do without, alone.

Start weights are lists in the order and shapes of Keras's ``get_weights()``: kernel, recurrent kernel and
bias of two recurrent layers, then kernel and bias of ``Dense(1)``. Shapes: ``x (sample, time, feature)``,
``y (sample, 1)``. Run as a script, the file checks that both PyTorch peers learn the same.
"""

from collections import defaultdict

import numpy as np

try:
    import torch
except ImportError:  # the floor needs NumPy only
    torch = None

GATES = {"SimpleRNN": 1, "LSTM": 4, "GRU": 3}  # columns of the fused kernel, in units
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-7
BLOCK = 65536  # parameters that Adam updates at a time: five float32 arrays of 256 KiB stay near the core


def counting():
    """Return the counting task, ``x (6, 4, 1)`` and ``y (6, 1)``: four numbers in a row, and the next."""
    numbers = np.arange(6, dtype=np.float32)[:, None] + np.arange(5, dtype=np.float32)
    return numbers[:, :4, None], numbers[:, 4:]


def start_weights(cell="LSTM", units=300, features=1, seed=0):
    """Draw the start weights: Glorot uniform kernels, zero biases, ones for the forget gate of an LSTM."""
    random = np.random.default_rng(seed)

    def kernel(rows, columns):
        limit = np.sqrt(6 / (rows + columns))
        return random.uniform(-limit, limit, (rows, columns)).astype(np.float32)

    width = GATES[cell] * units
    bias = np.zeros((2, width) if cell == "GRU" else width, np.float32)
    if cell == "LSTM":
        bias[units : 2 * units] = 1
    layers = [(kernel(rows, width), kernel(units, width), bias.copy()) for rows in (features, units)]
    return [*layers[0], *layers[1], kernel(units, 1), np.zeros(1, np.float32)]


def torch_adam(parameters, fused=False):
    """PyTorch's Adam with the settings of Keras; its default implementation unless ``fused``."""
    return torch.optim.Adam(parameters, lr=RATE, betas=(BETA1, BETA2), eps=EPSILON, fused=fused)


class TorchModule:
    """Two layers of ``nn.RNN``, ``nn.LSTM`` or ``nn.GRU`` and a ``Linear(1)``, trained on the whole batch.

    Records the losses and nothing else. Where Keras has one bias (SimpleRNN, LSTM), the second one of PyTorch
    is zero and stays so, or else the bias would learn at twice the rate.
    """

    def __init__(self, weights, cell="LSTM", fused=False):
        features, units = len(weights[0]), len(weights[1])
        kind = {"SimpleRNN": torch.nn.RNN, "LSTM": torch.nn.LSTM, "GRU": torch.nn.GRU}[cell]
        self.layers = kind(features, units, num_layers=2, batch_first=True)
        self.head = torch.nn.Linear(units, 1)
        with torch.no_grad():
            for layer in (0, 1):
                self._fill(layer, weights[3 * layer : 3 * layer + 3], cell)
            self.head.weight.copy_(torch.from_numpy(weights[6].T))
            self.head.bias.copy_(torch.from_numpy(weights[7]))
        parameters = [*self.layers.parameters(), *self.head.parameters()]
        self.optimizer = torch_adam([p for p in parameters if p.requires_grad], fused)

    def _fill(self, layer, weights, cell):
        if cell == "GRU":  # Keras orders the gates z, r, g and PyTorch r, z, n
            weights = [np.concatenate([w[..., i] for i in _gru_columns(w)], -1) for w in weights]
        kernel, recurrent, bias = weights
        biases = bias if bias.ndim == 2 else (bias, np.zeros_like(bias))
        names = "weight_ih", "weight_hh", "bias_ih", "bias_hh"
        for name, value in zip(names, (kernel.T, recurrent.T, *biases), strict=True):
            getattr(self.layers, f"{name}_l{layer}").copy_(torch.from_numpy(value))
        getattr(self.layers, f"bias_hh_l{layer}").requires_grad_(bias.ndim == 2)

    def train(self, x, y, epochs):
        """Train for ``epochs`` full-batch steps and return the loss before each."""
        x, y, losses = torch.from_numpy(x), torch.from_numpy(y), []
        for _ in range(epochs):
            self.optimizer.zero_grad()
            sequence, _ = self.layers(x)
            loss = torch.nn.functional.mse_loss(self.head(sequence[:, -1]), y)
            loss.backward()
            self.optimizer.step()
            losses.append(loss.item())
        return losses


def _gru_columns(weight):
    """Return where r, z and n of PyTorch stand in a fused weight of Keras."""
    units = weight.shape[-1] // 3
    return slice(units, 2 * units), slice(0, units), slice(2 * units, 3 * units)


class TorchRecordingLoop:
    """Two LSTM layers and a linear one, written out over time, that keep every moment of the training.

    Kept for both layers and every epoch, sample, time step and unit: i, f, g, o, c and h, their gradients,
    the four pre-activations, and the input part and recurrent part of each. The weights are not kept,
    although rnnscope keeps some. The loop is as lean as the job allows: one input product for all time steps,
    one recurrent product for all gates, tensors kept as they are (detached, not copied), one stack per
    quantity at the end, views of that as the result.
    """

    QUANTITIES = ("i", "f", "g", "o", "c", "h")

    def __init__(self, weights, fused=False):
        self.weights = [torch.tensor(w, requires_grad=True) for w in weights]
        self.optimizer = torch_adam(self.weights, fused)

    def train(self, x, y, epochs):
        """Train for ``epochs`` full-batch steps; return the loss before each, and fill ``record``.

        ``record`` holds one dict per layer from a name (``"c"``, ``"grad c"``, ``"pre"``, ``"input part"``,
        ``"recurrent part"``) to an array (epoch, sample, time, unit), with the gates side by side in the last
        three.
        """
        x, y, losses = torch.from_numpy(x).transpose(0, 1), torch.from_numpy(y), []
        first, second, (kernel, bias) = self.weights[:3], self.weights[3:6], self.weights[6:]
        kept = defaultdict(list), defaultdict(list)
        for _ in range(epochs):
            self.optimizer.zero_grad()
            sequence, *below = self._layer(x, *first)
            states, *above = self._layer(torch.stack(sequence), *second)
            loss = torch.nn.functional.mse_loss(torch.addmm(bias, states[-1], kernel), y)
            loss.backward()
            self._keep(kept[0], *below)
            self._keep(kept[1], *above)
            self.optimizer.step()
            losses.append(loss.item())
        self.record = [{name: _stacked(tensors, epochs) for name, tensors in layer.items()} for layer in kept]
        return losses

    @staticmethod
    def _layer(x, kernel, recurrent_kernel, bias):
        """Run a layer over ``x (time, sample, feature)``: hidden states, input part, and the rest by step."""
        input_part, states, moments = x @ kernel, [], []
        h = c = x.new_zeros(x.shape[1], len(recurrent_kernel))
        for from_input in (input_part + bias).unbind():
            recurrent_part = h @ recurrent_kernel
            pre = from_input + recurrent_part
            i, f, g, o = pre.chunk(4, dim=1)
            i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
            c = f * c + i * g
            h = o * c.tanh()
            for quantity in (i, f, g, o, c, h):
                quantity.retain_grad()
            states.append(h)
            moments.append(((i, f, g, o, c, h), pre, recurrent_part))
        return states, input_part, moments

    def _keep(self, kept, input_part, moments):
        """Add one epoch of a layer to the lists in ``kept``: no value is copied, and the graph is let go."""
        kept["input part"].append(input_part.detach())
        for quantities, pre, recurrent_part in moments:
            kept["pre"].append(pre.detach())
            kept["recurrent part"].append(recurrent_part.detach())
            for name, quantity in zip(self.QUANTITIES, quantities, strict=True):
                kept[name].append(quantity.detach())
                kept[f"grad {name}"].append(quantity.grad)


def _stacked(tensors, epochs):
    """Stack tensors (sample, unit) or (time, sample, unit) to one array (epoch, sample, time, unit)."""
    stack = torch.stack(tensors)
    return stack.view(epochs, -1, *stack.shape[-2:]).transpose(1, 2).numpy()


def floor(shape=(6, 4, 1), units=300, cell="LSTM"):
    """Return ``run(epochs)``, which does only what a NumPy training run must, on numbers without meaning.

    An epoch is the matrix products of two recurrent layers and ``Dense(1)``, forward, backward and for the
    weight gradients, then one pass of Adam over all parameters. There is no activation, no loss and no bias
    in it, and nothing is multiplied by the zero start state. ``shape`` is that of ``x``: (sample, time,
    feature).
    """
    features, width = shape[2], GATES[cell] * units
    shapes = [s for rows in (features, units) for s in ((rows, width), (units, width), (1, width))]
    shapes += [(units, 1), (1, 1)]
    parameters, gradients = (_random(sum(rows * columns for rows, columns in shapes)) for _ in range(2))
    products = _products(shape, units, _views(parameters, shapes), _views(gradients, shapes))
    adam = _adam(parameters, gradients)

    def run(epochs):
        for _ in range(epochs):
            products()
            adam()

    return run


def _random(*shape):
    return np.random.default_rng(0).normal(0, 0.05, shape).astype(np.float32)


def _views(flat, shapes):
    """Cut one flat array into matrices that share its memory."""
    ends = np.cumsum([rows * columns for rows, columns in shapes])
    return [part.reshape(shape) for part, shape in zip(np.split(flat, ends[:-1]), shapes, strict=True)]


def _products(shape, units, weights, gradients):
    """Return a function that does the matrix products of one training step, each into its own place."""
    samples, steps, features = shape
    width = weights[0].shape[1]
    kernels, recurrents, head = weights[0:6:3], weights[1:6:3], weights[6]
    inputs = _random(steps * samples, features), _random(steps * samples, units)
    h, dh, dx = _random(steps, samples, units), _random(samples, units), _random(steps * samples, units)
    z, dz = _random(steps, samples, width), _random(steps, samples, width)
    z_rows, dz_rows, dz_later = z.reshape(-1, width), dz.reshape(-1, width), dz[1:].reshape(-1, width)
    h_earlier = h[:-1].reshape(-1, units)
    prediction, dprediction = _random(samples, 1), _random(samples, 1)

    def products():
        for layer in (0, 1):
            np.matmul(inputs[layer], kernels[layer], out=z_rows)
            for t in range(1, steps):
                np.matmul(h[t - 1], recurrents[layer], out=z[t])
        np.matmul(h[-1], head, out=prediction)
        np.matmul(h[-1].T, dprediction, out=gradients[6])
        np.matmul(dprediction, head.T, out=dh)
        for layer in (1, 0):
            for t in range(steps - 1, 0, -1):
                np.matmul(dz[t], recurrents[layer].T, out=dh)
            np.matmul(inputs[layer].T, dz_rows, out=gradients[3 * layer])
            np.matmul(h_earlier.T, dz_later, out=gradients[3 * layer + 1])
        np.matmul(dz_rows, kernels[1].T, out=dx)  # what the second layer hands down

    return products


def _adam(parameters, gradients):
    """Return a function that does one step of Adam, in place, a block at a time.

    The moments are kept without their factors 1 - beta, which are one with the step size: two passes fewer.
    """
    state = parameters, gradients, np.zeros_like(parameters), np.zeros_like(parameters)
    blocks = [[flat[start : start + BLOCK] for flat in state] for start in range(0, len(parameters), BLOCK)]
    scratch, step = np.empty(BLOCK, np.float32), 0

    def adam():
        nonlocal step
        step += 1
        scale = (1 - BETA2) ** 0.5
        rate = RATE * (1 - BETA2**step) ** 0.5 / (1 - BETA1**step) * (1 - BETA1) / scale
        for p, g, m, v in blocks:
            update = scratch[: len(p)]
            m *= BETA1
            m += g
            v *= BETA2
            np.multiply(g, g, out=update)
            v += update
            np.sqrt(v, out=update)
            update += EPSILON / scale
            np.divide(m, update, out=update)
            update *= rate
            p -= update

    return adam


def check(units=20, epochs=30):
    """Raise unless both PyTorch peers learn the same and the recording is that of the module's own pass."""
    x, y = counting()
    weights = start_weights(units=units)
    module, loop = TorchModule(weights), TorchRecordingLoop(weights)
    with torch.no_grad():
        sequence = module.layers(torch.from_numpy(x))[0].numpy()
    losses = module.train(x, y, epochs)
    np.testing.assert_allclose(loop.train(x, y, epochs), losses, rtol=1e-4)
    first, second = loop.record
    np.testing.assert_allclose(second["h"][0], sequence, atol=1e-5)
    pre = first["input part"] + first["recurrent part"]
    np.testing.assert_allclose(first["pre"][0], pre[0] + weights[2], atol=1e-5)
    assert all(a.shape[:3] == (epochs, *x.shape[:2]) for layer in loop.record for a in layer.values())
    # d loss / d h at the last step is 2 (prediction - y) / N through the head, which the module knows as well
    expected = 2 / len(y) * (sequence[:, -1] @ weights[6] - y) * weights[6].T
    np.testing.assert_allclose(second["grad h"][0, :, -1], expected, atol=1e-5)


if __name__ == "__main__":
    check()
    print("Both PyTorch peers give the same losses, and the recording agrees with the module.")
