#!/usr/bin/env python3
"""Times PyTorch's InstanceNorm1d and eager AdaIN, in turn with the benchmark of this package, and prints the ratios.

For each operation, shape and number of threads both are measured three times, alternately; the best median of
each counts, so that a passing load on the machine meets both. Run it by way of `Scripts/benchmark instance-norm-peer`.
"""
import argparse
import json
import pathlib
import statistics
import subprocess
import time

import torch

BINARY = pathlib.Path(__file__).resolve().parents[1] / "Benchmarks/.build/release/instance-norm-benchmark"
SHAPES = ["8,32,100", "16,128,1000", "8,512,4096", "1,80,20000", "2,64,500000", "64,256,1000"]
OPERATIONS = ["forward", "forward+gradient", "affine+gradient", "adain"]
ROUNDS = 3


def operation(name, shape):
    """The same work in PyTorch: a closure."""
    x = torch.randn(shape)
    if name == "adain":
        mean, std = torch.randn(1, shape[1], 1), torch.rand(1, shape[1], 1) + 0.5

        def adain():
            """The usual eager expression, statistics and all."""
            with torch.no_grad():
                size = x.shape
                flat = x.view(size[0], size[1], -1)
                content_mean = flat.mean(dim=2).view(size[0], size[1], 1)
                content_std = (flat.var(dim=2) + 1e-5).sqrt().view(size[0], size[1], 1)
                normalized = (x - content_mean.expand(size)) / content_std.expand(size)
                return normalized * std.expand(size) + mean.expand(size)

        return adain
    norm = torch.nn.InstanceNorm1d(shape[1], affine=name.startswith("affine")).eval()
    if name == "forward":
        def forward():
            with torch.no_grad():
                return norm(x)

        return forward
    leaf = x.clone().requires_grad_()

    def gradient():
        leaf.grad = None
        norm(leaf).backward(x)

    return gradient


def median_seconds(work, budget=0.3):
    work()
    times = []
    while len(times) < 5 or sum(times) < budget:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def ours(name, shape, threads):
    output = subprocess.run(
        [BINARY, "--json", "--only", name, "--shape", shape, "--scalar", "Float", "--threads", str(threads),
         "--seconds", "0.3"], check=True, capture_output=True, text=True).stdout
    return json.loads(output)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default=",".join(OPERATIONS))
    parser.add_argument("--shape", help="N,C,L")
    parser.add_argument("--threads", default="1,2")
    options = parser.parse_args()
    if not options.json:
        print(f"PyTorch {torch.__version__}, Float")
        print(f"{'operation':18}{'shape':18}{'threads':>7}{'PyTorch µs':>13}{'ours µs':>12}{'ratio':>8}{'copies':>8}")
    for name in options.only.split(","):
        for shape in [options.shape] if options.shape else SHAPES:
            work = operation(name, tuple(int(n) for n in shape.split(",")))
            for threads in (int(n) for n in options.threads.split(",")):
                torch.set_num_threads(threads)
                peer, result = float("inf"), None
                for _ in range(ROUNDS):
                    peer = min(peer, median_seconds(work))
                    measured = ours(name, shape, threads)
                    if result is None or measured["seconds"] < result["seconds"]:
                        result = measured
                ratio = peer / result["seconds"]
                if options.json:
                    print(json.dumps({**result, "peerSeconds": peer, "peerRatio": ratio}), flush=True)
                else:
                    print(f"{name:18}{'(' + shape.replace(',', ', ') + ')':18}{threads:7}{peer * 1e6:13.1f}"
                          f"{result['seconds'] * 1e6:12.1f}{ratio:8.1f}{result['ratio']:8.2f}", flush=True)


main()
