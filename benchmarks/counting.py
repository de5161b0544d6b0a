"""Time rnnscope against its peers on the counting task: ``python -m benchmarks``.

Measured is the training alone: 100 epochs of two recurrent layers of 300 units and ``Dense(1)``, float32,
Adam, whole batch. Models are built and compiled beforehand, anew and from the same start weights in every
round. Rounds are interleaved (A B C D E, A B C D E, ...) after one that does not count, so that a machine
that slows down slows all of them down; each ratio is taken within a round, and the median of the rounds is
shown. The last losses stand beside the times, to show that all have done the same work.
"""

import argparse
import gc
import importlib.util
import os
import statistics
import time

RECORDED = "rnnscope, everything recorded"
UNRECORDED = "rnnscope, record=False"
MODULE = "PyTorch module, records nothing"
LOOP = "PyTorch loop, records the same"
FLOOR = "floor: matrix products and Adam"

RATIOS = (  # dividend, divisor, sign of the target, target
    (LOOP, RECORDED, ">=", 1.0, " (later 2)"),
    (MODULE, RECORDED, ">=", 1.3, ""),
    (RECORDED, UNRECORDED, "<=", 1.1, ""),
    (RECORDED, FLOOR, "<=", 1.4, ""),
)


def arguments():
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=100)
    parser.add_argument("--units", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7, help="rounds that count, after one that does not")
    parser.add_argument("--cell", choices=("SimpleRNN", "LSTM", "GRU"), default="LSTM")
    parser.add_argument("--threads", type=int, default=2, help="threads of NumPy's products and of PyTorch")
    parser.add_argument("--fused", action="store_true", help="PyTorch's fused Adam, which is not its default")
    return parser.parse_args()


def contestants(options):
    """Map each name to a function that prepares one training and returns ``run``, the part to be timed.

    ``run()`` returns the losses, or None for the floor.
    """
    from benchmarks import peers

    x, y = peers.counting()
    weights = peers.start_weights(options.cell, options.units, x.shape[2])

    def rnnscope(record):
        import rnnscope as rs

        layer = getattr(rs.layers, options.cell)
        first = layer(options.units, return_sequences=True, input_shape=x.shape[1:])
        model = rs.Sequential([first, layer(options.units), rs.layers.Dense(1)], seed=0)
        model.compile(optimizer="adam", loss="mse")
        model.set_weights(weights)
        trace = None

        def run():
            nonlocal trace  # outlives the clock, as the recording of the PyTorch loop does
            trace = model.fit(x, y, epochs=options.epochs, verbose=0, record=record)
            return trace.history["loss"]

        return run

    def pytorch(peer):
        return lambda: peer.train(x, y, options.epochs)

    found = {}
    if importlib.util.find_spec("rnnscope"):
        found |= {RECORDED: lambda: rnnscope(True), UNRECORDED: lambda: rnnscope(False)}
    else:
        print("rnnscope is not installed, so only its peers are measured: pip install -e .")
    if peers.torch:
        peers.torch.set_num_threads(options.threads)
        peers.check()
        found[MODULE] = lambda: pytorch(peers.TorchModule(weights, options.cell, options.fused))
        if options.cell == "LSTM":  # the only cell whose loop is written out
            found[LOOP] = lambda: pytorch(peers.TorchRecordingLoop(weights, options.fused))
    else:
        print('PyTorch is not installed, so its times are left out: pip install "rnnscope[bench]"')
    run = peers.floor(x.shape, options.units, options.cell)
    found[FLOOR] = lambda: lambda: run(options.epochs)
    return found


def measure(found, rounds):
    """Return the seconds of every round and the last loss, by name."""
    seconds, losses = {name: [] for name in found}, {}
    for counted in [False] + [True] * rounds:
        for name, prepare in found.items():
            run = prepare()
            gc.collect()
            start = time.perf_counter()
            result = run()
            passed = time.perf_counter() - start
            if counted:
                seconds[name].append(passed)
            losses[name] = None if result is None else float(result[-1])
    return seconds, losses


def report(seconds, losses):
    """Print the seconds of all, then the ratios beside their targets."""
    for name, times in seconds.items():
        loss = "" if losses[name] is None else f"   last loss {losses[name]:.5f}"
        print(f"{name:34}{statistics.median(times):7.3f} s ({min(times):.3f} to {max(times):.3f}){loss}")
    for dividend, divisor, sign, target, later in RATIOS:
        if dividend in seconds and divisor in seconds:
            pairs = [a / b for a, b in zip(seconds[dividend], seconds[divisor], strict=True)]
            ratio = statistics.median(pairs)
            met = "met" if (ratio >= target if sign == ">=" else ratio <= target) else "missed"
            print(
                f"({dividend}) / ({divisor}): {ratio:.2f} ({min(pairs):.2f} to {max(pairs):.2f}), "
                f"target {sign} {target}{later}: {met}"
            )


def main():
    """Set the number of threads, which NumPy reads when it is first imported, then measure and report."""
    options = arguments()
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[variable] = str(options.threads)
    print(f"{options.epochs} epochs of 2 x {options.cell}({options.units}) + Dense(1)")
    print(f"{options.threads} threads, median (min to max) of {options.rounds} rounds")
    report(*measure(contestants(options), options.rounds))


if __name__ == "__main__":
    main()
