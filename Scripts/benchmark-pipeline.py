#!/usr/bin/env python3
"""Measures the speed and memory of restyling from file to file.

    Scripts/benchmark pipeline [NAME …] [--program PATH] [--threads N] [--options "…"] [--json]
    Scripts/benchmark pipeline-peer     a song beside Matchering (PYTHON needs matchering and soundfile)

NAMES
    song       a content of 214 s and a style of 325 s, stereo at 44.1 kHz: time, memory, and speed as a multiple of real
               time over content and style
    stages     where that time goes, by perf (needs perf)
    scaling    contents of 1 s to 3 h towards a learnt profile: CPU time for a second of sound, and peak memory
    channels   8 channels at 96 kHz for 1 and 10 minutes, and with --huge a WAV file (RF64) of more than 4 GB

Without names: song, stages, scaling to 10 minutes; --long goes on to 3 hours. The clips are the bundled samples over and
over, 16 bit. Times are the least of --rounds (3).
"""
import argparse
import array
import collections
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import wave

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
Cost = collections.namedtuple("Cost", "wall cpu peak")


def run(command):
    """Runs a program; gives its wall time, CPU time (s) and peak memory (MB)."""
    start = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: status {process.returncode}")
    unit = 1e6 if sys.platform == "darwin" else 1e3
    return Cost(time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / unit)


def least(costs):
    costs = list(costs)
    return Cost(min(c.wall for c in costs), min(c.cpu for c in costs), max(c.peak for c in costs))


class Clips:
    """Writes clips of any length, made of the bundled samples."""

    def __init__(self, program, folder):
        self.program, self.folder, self.units = program, folder, {}

    def sample(self, name):
        """One channel of a bundled sample."""
        path = os.path.join(self.folder, name + ".wav")
        if not os.path.exists(path):
            flac = os.path.join(ROOT, "Samples/audio", name + ".flac")
            run([self.program, flac, "--style", flac, "--strength", "0", "--format", "wav", "-o", path, "-q"])
        with wave.open(path) as file:
            items = array.array("h", file.readframes(file.getnframes()))
            return items[:: file.getnchannels()]

    def unit(self, names, channels):
        """Frames of several channels, each of them one of the samples."""
        if (names, channels) not in self.units:
            rows = [self.sample(names[channel % len(names)]) for channel in range(channels)]
            length = min(map(len, rows))
            frames = array.array("h", bytes(2 * channels * length))
            for channel, row in enumerate(rows):
                frames[channel::channels] = row[:length]
            self.units[names, channels] = frames.tobytes()
        return self.units[names, channels]

    def write(self, name, seconds, names=("plucked-melody", "drum-loop"), channels=2, rate=44100):
        """A WAV file, or RF64 where it has to be."""
        path = os.path.join(self.folder, name)
        unit = self.unit(names, channels)
        size = round(seconds * rate) * 2 * channels
        form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, channels, rate, rate * 2 * channels, 2 * channels, 16)
        with open(path, "wb") as file:
            if size > 0xFFFF0000:
                file.write(struct.pack("<4sI4s", b"RF64", 0xFFFFFFFF, b"WAVE"))
                file.write(struct.pack("<4sIQQQI", b"ds64", 28, size + 72, size, round(seconds * rate), 0))
                file.write(form + struct.pack("<4sI", b"data", 0xFFFFFFFF))
            else:
                file.write(struct.pack("<4sI4s", b"RIFF", size + 36, b"WAVE"))
                file.write(form + struct.pack("<4sI", b"data", size))
            while size > 0:
                size -= file.write(unit[:size])
        return path


# The first match names the stage; libsndfile and the kernel are told by their files.
STAGES = [
    ("Fourier transforms", r"cft_|later_passes|ComplexFFT|RealFFT|STFTAnalyzer|STFTSynthesizer|SpectrumSplitter"),
    ("loudness", r"Loudness|KWeighting|clo_k_weight"),
    ("true peaks and clipping", r"[Tt]ruePeak|clo_peak|clo_group|ClippingMeter"),
    ("bands and levels", r"SpectrumFrame\.power|crw_power|crw_dot|LevelAnalyzer|FixedLevel|LevelStatistics|LevelSums|WideSum|LevelStream"),
    ("gains", r"Decibels|crw_|GainInterpolator|SpectrumFrame\.scale|FrameRestyler"),
    ("AdaIN maps, planning", r"AffineTransfer|Map|GainComputer|RowKernel|cin_|cnr_|Nearest|FrameRows|FrameSample|ToneMatcher|Planner"),
    ("limiter", r"Limiter|LeveledSource"),
    ("onsets", r"OnsetDetector"),
    ("quantising", r"Quantizer|SplitMix64"),
    ("reading, writing, spool", r"SoundFile|Spool|FrameBuffer|SanitizedSource|ExcerptSource|MemorySink|OutputStage|ChunkReader|memmove|memcpy"),
]


def stages(command):
    """The share of each stage in the samples of perf."""
    with tempfile.NamedTemporaryFile() as data:
        subprocess.run(
            ["perf", "record", "-q", "-F", "2000", "-o", data.name, *command], check=True,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        report = subprocess.run(
            ["perf", "report", "-i", data.name, "--stdio", "-g", "none", "-F", "overhead,dso,sym"], check=True,
            capture_output=True, text=True).stdout
    names = subprocess.run(
        ["swift", "demangle", "--simplified"], input=report, check=True, capture_output=True, text=True).stdout
    shares = collections.Counter()
    for line in names.splitlines():
        found = re.match(r"\s*([\d.]+)%\s+(\S+)\s+(.*)", line)
        if not found:
            continue
        share, file, symbol = float(found[1]), found[2], found[3]
        if "sndfile" in file or "FLAC" in file:
            stage = "libsndfile: decoding and encoding"
        elif "kernel" in file:
            stage = "kernel: reading and writing files"
        else:
            stage = next((name for name, pattern in STAGES if re.search(pattern, symbol)), "other")
        shares[stage] += share
    return shares


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], "song", "stages", "scaling", "channels", "peer"])
    parser.add_argument("--program", help="the restyle to measure; it is built where none is given")
    parser.add_argument("--threads", type=int, default=0, help="0: one for each processor")
    parser.add_argument("--options", default="", help="options of restyle, for example '--method match'")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--huge", action="store_true")
    parser.add_argument("--folder", help="where clips are written (3 hours and RF64 need 10 GB)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    names = options.names or ["song", "stages", "scaling"]
    program = options.program
    if not program:
        subprocess.run(
            ["swift", "build", "-c", "release", "--package-path", ROOT, "--product", "restyle"], check=True,
            stdout=sys.stderr)
        program = os.path.join(ROOT, ".build/release/restyle")
    folder = tempfile.mkdtemp(dir=options.folder)
    try:
        measure(names, Clips(program, folder), options)
    finally:
        shutil.rmtree(folder)


def measure(names, clips, options):
    def tell(text, **facts):
        print(json.dumps(facts) if options.json else text, flush=True)

    def command(content, style, threads=options.threads, further=""):
        more = ["--threads", str(threads)] if threads else []
        output = os.path.join(clips.folder, "out.wav")
        return [clips.program, content, "--style", style, "-o", output, "--force", "-q"] + more + options.options.split() + further.split()

    if {"song", "stages", "peer"} & set(names):
        content = clips.write("content.wav", 214)
        style = clips.write("style.wav", 325, ("pad", "bright-broadcast"))
        sound = 214 + 325
    if "song" in names:
        for threads in [options.threads] if options.threads else [1, os.cpu_count()]:
            cost = least(run(command(content, style, threads)) for _ in range(options.rounds))
            tell(
                f"song, {threads} threads: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, {sound / cost.cpu:.0f} times real time "
                f"per core, {cost.peak:.0f} MB", name="song", threads=threads, **cost._asdict())
    if "stages" in names and shutil.which("perf"):
        cost = run(command(content, style, 1))
        for stage, share in stages(command(content, style, 1)).most_common():
            tell(f"  {stage:36} {share:5.1f} %   {share / 100 * cost.cpu:.2f} s", name="stage", stage=stage, share=share)
    if "scaling" in names:
        profile = os.path.join(clips.folder, "style.safetensors")
        source = clips.write("short.wav", 60, ("pad", "bright-broadcast"))
        run([clips.program, "learn", source, "-o", profile, "-q"])
        lengths = [1, 10, 60, 600] + ([3600, 10800] if options.long else [])
        for seconds in lengths:
            content = clips.write("content.wav", seconds)
            cost = least(run(command(content, profile)) for _ in range(options.rounds if seconds < 1000 else 1))
            tell(
                f"{seconds:6} s: CPU {cost.cpu:8.3f} s, {1000 * cost.cpu / seconds:6.2f} ms a second, {cost.peak:.1f} MB",
                name="scaling", seconds=seconds, **cost._asdict())
    if "channels" in names:
        style = clips.write("style.wav", 30, ("pad",), 8, 96000)
        lengths = [60, 600] + ([4.5e9 / (96000 * 16)] if options.huge else [])
        for seconds in lengths:
            content = clips.write("content.wav", seconds, channels=8, rate=96000)
            size = os.path.getsize(content) / 1e9
            cost = run(command(content, style))
            tell(
                f"8 channels at 96 kHz, {seconds:.0f} s, {size:.2f} GB: {cost.wall:.1f} s, CPU {cost.cpu:.1f} s, "
                f"{cost.peak:.1f} MB", name="channels", seconds=seconds, **cost._asdict())
    if "peer" in names:
        python = os.environ.get("PYTHON", "python3")
        # Neither limits peaks; results of 16 bit.
        script = (
            "import matchering as m; m.process(target={!r}, reference={!r}, results=[m.Result({!r}, 'PCM_16', "
            "use_limiter=False)])".format(content, style, os.path.join(clips.folder, "peer.wav")))
        pairs = [(run(command(content, style, further="--ceiling off")), run([python, "-c", script])) for _ in range(options.rounds)]
        own, peer = least(pair[0] for pair in pairs), least(pair[1] for pair in pairs)
        for who, cost in (("restyle", own), ("Matchering", peer)):
            tell(
                f"{who:10} {cost.wall:6.2f} s, CPU {cost.cpu:6.2f} s, {cost.peak:6.0f} MB", name="peer", who=who,
                **cost._asdict())
        tell(
            f"{peer.wall / own.wall:.1f} times as fast in wall time, {peer.cpu / own.cpu:.1f} in CPU time",
            name="ratio", wall=peer.wall / own.wall, cpu=peer.cpu / own.cpu)


if __name__ == "__main__":
    main()
