#!/usr/bin/env python3
"""Prints the largest errors of InstanceNorm1d, here and in PyTorch, against a reference in extended precision.

Rows have standard deviation 1 and the given mean. Errors are absolute, of values whose magnitude is about 1 (up to 6),
and in units in the last place (of 1 for smaller values). Run it by way of `Scripts/benchmark instance-norm-accuracy`.
"""
import pathlib
import subprocess
import tempfile

import numpy as np
import torch

BINARY = pathlib.Path(__file__).resolve().parents[1] / "Benchmarks/.build/release/instance-norm-benchmark"
TYPES = {"Float": np.float32, "Double": np.float64, "Float16": np.float16}
MEANS = {"Float": [0, 1e3, 1e4, 1e5, 1e6], "Double": [0, 1e3, 1e4, 1e5, 1e6], "Float16": [0, 1e1, 1e2, 1e3]}
LENGTHS = [2, 17, 100, 1000, 4096, 100_003, 10_000_000]
EPS = 1e-5


def reference(x):
    """Row by row in the processor's extended precision (64 bits of significand on x86-64).

    A number near the mean is subtracted first, which is exact, so that the mean's size costs no digits.
    """
    near = x.astype(np.float64).mean(axis=1, keepdims=True)
    wide = x.astype(np.longdouble) - near
    centred = wide - wide.mean(axis=1, keepdims=True)
    return centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.longdouble(EPS))


def ours(x, scalar):
    with tempfile.TemporaryDirectory() as folder:
        source, target = pathlib.Path(folder, "in"), pathlib.Path(folder, "out")
        x.tofile(source)
        subprocess.run([BINARY, "--normalize", source, target, scalar, str(x.shape[1])], check=True)
        return np.fromfile(target, dtype=x.dtype).reshape(x.shape)


def error(y, expected):
    return float(np.max(np.abs(y.astype(np.longdouble) - expected)))


def ulps(y, expected):
    """The largest error in units in the last place of the value, or of 1 where it is smaller."""
    unit = np.spacing(np.maximum(np.abs(expected), 1).astype(y.dtype)).astype(np.longdouble)
    return float(np.max(np.abs(y.astype(np.longdouble) - expected) / unit))


def main():
    generator = np.random.default_rng(20261122)
    print(f"PyTorch {torch.__version__}; extended precision has {np.finfo(np.longdouble).nmant + 1} bits")
    print(f"{'scalar':8}{'mean':>9}{'length':>10}{'PyTorch':>12}{'ours':>12}{'ours, ulps':>12}")
    for scalar, dtype in TYPES.items():
        for mean in MEANS[scalar]:
            for length in LENGTHS:
                rows = 4 if length < 1_000_000 else 1
                x = (generator.standard_normal((rows, length)) + mean).astype(dtype)
                expected = reference(x)
                with torch.no_grad():
                    peer = torch.nn.InstanceNorm1d(rows).eval()(torch.from_numpy(x)[None])[0].numpy()
                here = ours(x, scalar)
                print(f"{scalar:8}{mean:9.0f}{length:10}{error(peer, expected):12.2e}"
                      f"{error(here, expected):12.2e}{ulps(here, expected):12.2f}", flush=True)


main()
