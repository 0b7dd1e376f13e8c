#!/usr/bin/env python3
"""Times instance norms and AdaIN of other libraries, in turn with the benchmark of this package, and prints the ratios.

For each operation, shape and number of threads the peers that are installed and this package are measured three times,
alternately; the best median of each counts, so that a passing load on the machine meets all. Run it by way of
`Scripts/benchmark instance-norm-peer`; peers: torch, torch.compile, onnxruntime (with onnx), mlx (on the processor).
"""
import argparse
import importlib.util
import json
import pathlib
import statistics
import subprocess
import time

import numpy as np

BINARY = pathlib.Path(__file__).resolve().parents[1] / "Benchmarks/.build/release/instance-norm-benchmark"
SHAPES = ["8,32,100", "16,128,1000", "8,512,4096", "1,80,20000", "2,64,500000", "64,256,1000", "1,256,8000",
          "1,128,48010"]
OPERATIONS = ["forward", "forward+gradient", "affine+gradient", "adain", "adain+snake"]
MODULES = {"torch": ["torch"], "torch.compile": ["torch"], "onnxruntime": ["onnxruntime", "onnx"], "mlx": ["mlx"]}
ROUNDS = 3


def parameters(channels):
    """Scale, shift and alpha of each channel."""
    random = np.random.default_rng(1)
    return [random.uniform(0.5, 1.5, channels).astype(np.float32) for _ in range(3)]


def torch_operation(name, shape, threads, compiled=False):
    import torch

    torch.set_num_threads(threads)
    x = torch.randn(shape)
    scale, shift, alpha = (torch.from_numpy(v)[None, :, None] for v in parameters(shape[1]))
    if name.startswith("adain"):
        def adain(x):
            """The usual eager expression, statistics and all."""
            normalized = (x - x.mean(dim=2, keepdim=True)) / (x.var(dim=2, keepdim=True) + 1e-5).sqrt()
            y = normalized * scale + shift
            return y + torch.sin(alpha * y) ** 2 / alpha if name.endswith("snake") else y

        function = torch.compile(adain) if compiled else adain

        def work():
            with torch.no_grad():
                return function(x)

        return work
    norm = torch.nn.InstanceNorm1d(shape[1], affine=name.startswith("affine")).eval()
    norm = torch.compile(norm) if compiled else norm
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


def onnx_operation(name, shape, threads):
    """InstanceNormalization, its own operator; Snake follows as the operators that exporters write."""
    import onnx.helper as make
    import onnxruntime
    from onnx import TensorProto, numpy_helper

    if name not in ("forward", "adain", "adain+snake"):
        return None
    scale, shift, alpha = parameters(shape[1])
    if name == "forward":
        scale, shift = np.ones_like(scale), np.zeros_like(shift)
    column = alpha[None, :, None]
    constants = {"scale": scale, "shift": shift}
    nodes = [make.make_node("InstanceNormalization", ["x", "scale", "shift"], ["n"], epsilon=1e-5)]
    output = "n"
    if name == "adain+snake":
        nodes += [make.make_node("Mul", ["n", "alpha"], ["t"]), make.make_node("Sin", ["t"], ["s"]),
                  make.make_node("Mul", ["s", "s"], ["q"]), make.make_node("Mul", ["q", "inverse"], ["p"]),
                  make.make_node("Add", ["n", "p"], ["y"])]
        constants.update({"alpha": column, "inverse": 1 / column})
        output = "y"
    graph = make.make_graph(
        nodes, name, [make.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [make.make_tensor_value_info(output, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(value, key) for key, value in constants.items()])
    model = make.make_model(graph, opset_imports=[make.make_opsetid("", 17)], ir_version=9)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    x = np.random.default_rng(2).standard_normal(shape, dtype=np.float32)
    result = np.empty(shape, np.float32)
    binding = session.io_binding()
    binding.bind_cpu_input("x", x)
    binding.bind_output(output, "cpu", 0, np.float32, shape, result.ctypes.data)

    def work():
        # The memory that is bound must outlive the session's runs.
        session.run_with_iobinding(binding)
        return x, result

    return work


def mlx_operation(name, shape, threads):
    """Elementary operations as mlx.nn's InstanceNorm has them, compiled; its number of threads cannot be set."""
    import mlx.core as mx

    if name not in ("forward", "adain", "adain+snake"):
        return None
    mx.set_default_device(mx.cpu)
    x = mx.random.normal(shape)
    scale, shift, alpha = (mx.array(v)[None, :, None] for v in parameters(shape[1]))
    mx.eval(x, scale, shift, alpha)

    def function(x):
        y = (x - mx.mean(x, axis=2, keepdims=True)) * mx.rsqrt(mx.var(x, axis=2, keepdims=True) + 1e-5)
        if name != "forward":
            y = y * scale + shift
        return y + mx.square(mx.sin(alpha * y)) / alpha if name.endswith("snake") else y

    compiled = mx.compile(function)
    return lambda: mx.eval(compiled(x))


def operation(peer, name, shape, threads):
    """The same work in another library: a closure, or None where it has no such operation."""
    if peer == "onnxruntime":
        return onnx_operation(name, shape, threads)
    if peer == "mlx":
        return mlx_operation(name, shape, threads)
    return torch_operation(name, shape, threads, compiled=peer == "torch.compile")


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
    present = [peer for peer, needs in MODULES.items() if all(importlib.util.find_spec(need) for need in needs)]
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--only", default=",".join(OPERATIONS))
    parser.add_argument("--peers", default=",".join(present), help=f"of {', '.join(MODULES)}; installed: {present}")
    parser.add_argument("--shape", help="N,C,L")
    parser.add_argument("--threads", default="1,2")
    options = parser.parse_args()
    peers = [peer for peer in options.peers.split(",") if peer in present]
    if not peers:
        raise SystemExit(f"skipped: none of {options.peers or ', '.join(MODULES)} is installed")
    if not options.json:
        print(f"{'operation':18}{'shape':18}{'threads':>7}  {'peer':14}{'peer µs':>12}{'ours µs':>12}{'ratio':>8}{'copies':>8}")
    for name in options.only.split(","):
        for shape in [options.shape] if options.shape else SHAPES:
            for threads in (int(n) for n in options.threads.split(",")):
                works = {peer: operation(peer, name, tuple(int(n) for n in shape.split(",")), threads) for peer in peers}
                best, result = {}, None
                for _ in range(ROUNDS):
                    for peer, work in works.items():
                        if work is not None:
                            best[peer] = min(best.get(peer, float("inf")), median_seconds(work))
                    measured = ours(name, shape, threads)
                    if result is None or measured["seconds"] < result["seconds"]:
                        result = measured
                for peer, seconds in best.items():
                    ratio = seconds / result["seconds"]
                    if options.json:
                        print(json.dumps({**result, "peer": peer, "peerSeconds": seconds, "peerRatio": ratio}), flush=True)
                    else:
                        print(f"{name:18}{'(' + shape.replace(',', ', ') + ')':18}{threads:7}  {peer:14}{seconds * 1e6:12.1f}"
                              f"{result['seconds'] * 1e6:12.1f}{ratio:8.1f}{result['ratio']:8.2f}", flush=True)


main()
