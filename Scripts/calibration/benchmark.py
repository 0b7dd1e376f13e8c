"""Runs of the quality benchmark with changed numbers, for Scripts/calibrate and Scripts/ablation."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
# What is compared with the truth; lower is better.
MEASURES = ["MRSTFT", "MSD", "centroid Hz", "RMS", "LUFS"]
# The tables: the clips, whether content and style are unlike, the method, and what counts.
TABLES = {
    "speech": ("speech", False, "match", MEASURES),
    "music": ("music", False, "match", MEASURES),
    "other voice": ("speech", True, "match-equipment", MEASURES),
    "other piece": ("music", True, "match-equipment", MEASURES),
    "other voice, style": ("speech", True, "match", ["style dB"]),
    "other piece, style": ("music", True, "match", ["style dB"]),
}


class Benchmark:
    """The built program, and how large its runs are."""

    def __init__(self, pairs, seeds, seconds=5.5):
        self.pairs, self.seeds, self.seconds = pairs, seeds, seconds
        package = ROOT / "Benchmarks"
        command = ["swift", "build", "-c", "release", "--package-path", str(package), "--product", "quality-benchmark"]
        subprocess.run(command, check=True, stdout=sys.stderr)
        self.program = package / ".build/release/quality-benchmark"

    def run(self, *arguments):
        return subprocess.run([self.program, *map(str, arguments)], check=True, capture_output=True, text=True).stdout

    def numbers(self):
        """Today's numbers by their paths, such as match.tone.closeShare."""
        return dict(flat(json.loads(self.run("--numbers"))))

    def lines(self, folder, is_unlike, *arguments):
        """The JSON objects of a run for each seed."""
        arguments = [*arguments, *(["--unlike"] if is_unlike else [])]
        for seed in self.seeds:
            text = self.run(
                "--clips", folder, "--pairs", self.pairs, "--seconds", self.seconds, "--seed", seed, *arguments)
            yield from map(json.loads, text.splitlines())

    def tables(self, folders, variants, names=TABLES):
        """For each table and variant the value of each measure; "" is the variant without changes."""
        found = {}
        with tempfile.TemporaryDirectory() as temporary:
            path = os.path.join(temporary, "variants.json")
            with open(path, "w") as file:
                json.dump({name: nested(changes) for name, changes in variants.items()}, file)
            for table in names:
                kind, is_unlike, method, measures = TABLES[table]
                print(f"{table}: {len(variants) + 1} variants", file=sys.stderr)
                rows = {}
                for line in self.lines(
                        folders[kind], is_unlike, "--json", "--methods", method, "--variants", path):
                    rows.setdefault(line["method"], []).append(line)
                for name in ["", *variants]:
                    lines = rows[f"{method}:{name}" if name else method]
                    found[table, name] = {m: sum(line[m] for line in lines) / len(lines) for m in measures}
        return found


def flat(tree, prefix=""):
    """The leaves of a tree of objects with their paths."""
    for key, value in tree.items():
        if isinstance(value, dict):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield prefix + key, value


def nested(changes):
    """The tree of values by path."""
    tree = {}
    for path, value in changes.items():
        *parents, last = path.split(".")
        node = tree
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return tree


def changes(values, base):
    """By how many per cent each value lies above the base's."""
    return {name: 100 * (values[name] / base[name] - 1) for name in base}
