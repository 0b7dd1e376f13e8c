"""Many short clips beside one long one, and one job beside two.

  Scripts/benchmark many-clips [--clips 1000] [--seconds 1] [--rounds 3] [--program PATH] [--options ...]

Cuts one synthetic stereo recording (44.1 kHz, 16-bit WAV) into clips, and restyles the whole and the clips in turn.
Every clip is worked on by one thread. Throughput is seconds of audio for each second of processor time, and of wall time; the median of the rounds is printed.
"""
import argparse
import array
import itertools
import math
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave

RATE = 44100


def recording(seconds, seed):
    """Frames of coloured noise with a moving level, two channels, 16 bits, as bytes for each second."""
    source = random.Random(seed)
    noise = [[source.uniform(-1, 1) for _ in range(RATE)] for _ in range(2)]
    for _ in range(2):
        for channel in noise:
            last = 0.0
            for index, value in enumerate(channel):
                last += 0.3 * (value - last)
                channel[index] = last
    for second in range(seconds):
        # One second of noise, begun elsewhere, backwards or not, at another level: cheap to make, and no two alike.
        start, step = source.randrange(RATE), source.choice((1, -1))
        level = 20000 * 10 ** (source.uniform(-24, 0) / 20)
        frames = array.array("h", bytes(4 * RATE))
        for channel in range(2):
            samples = noise[channel][start:] + noise[channel][:start]
            frames[channel::2] = array.array(
                "h", [int(level * (0.6 + 0.4 * math.sin(i / 3000)) * x) for i, x in enumerate(samples[::step])])
        yield frames.tobytes()


def write(path, blocks):
    with wave.open(path, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(RATE)
        for block in blocks:
            file.writeframes(block)


def run(command):
    """Wall and processor time of a command in seconds, and its peak memory in MB."""
    start = time.monotonic()
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"status {status}: {' '.join(command)}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def built():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    subprocess.run(
        ["swift", "build", "-c", "release", "--package-path", root, "--product", "restyle"], check=True, stdout=sys.stderr)
    return os.path.join(root, ".build/release/restyle")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--clips", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=1, help="length of a clip")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", help="where to work (default: the system's temporary folder)")
    parser.add_argument("--program", help="the restyle to measure; it is built where none is given")
    parser.add_argument("--options", default="", help="further options of restyle, as one text")
    options = parser.parse_args()
    program = options.program or built()
    total = options.clips * options.seconds
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        clips, out = os.path.join(folder, "clips"), os.path.join(folder, "out")
        os.mkdir(clips)
        # Second by second, as a child's peak memory is at least what this process holds when it starts it.
        write(f"{folder}/long.wav", recording(total, 1))
        whole = recording(total, 1)
        for clip in range(options.clips):
            write(f"{clips}/{clip:05}.wav", itertools.islice(whole, options.seconds))
        write(f"{folder}/style.wav", recording(20, 2))
        base = [program, "--style", f"{folder}/style.wav", "--quiet", "--threads", "1"] + options.options.split()
        cases = {
            "one long clip": base + [f"{folder}/long.wav", "-o", f"{out}/long.wav", "--jobs", "1"],
            "clips, 1 job": base + [clips, "-o", out + "/", "--jobs", "1"],
            "clips, 2 jobs": base + [clips, "-o", out + "/", "--jobs", "2"],
        }
        results = {name: [] for name in cases}
        for _ in range(options.rounds):
            for name, command in cases.items():
                os.mkdir(out)
                results[name].append(run(command))
                shutil.rmtree(out)
    median = {
        name: [statistics.median(column) for column in zip(*runs)] for name, runs in results.items()}
    print(f"{options.clips} clips of {options.seconds} s and one of {total} s, stereo, 44.1 kHz, "
          f"median of {options.rounds} rounds in turn\n")
    print(f"{'':16}{'wall s':>10}{'CPU s':>10}{'audio s / CPU s':>18}{'audio s / wall s':>18}{'peak MB':>10}")
    for name, (wall, processor, memory) in median.items():
        print(f"{name:16}{wall:10.2f}{processor:10.2f}{total / processor:18.0f}{total / wall:18.0f}{memory:10.0f}")
    long, one, two = median.values()
    print(f"\nclips to one long clip, throughput on one core: {long[1] / one[1]:.2f} (CPU), {long[0] / one[0]:.2f} (wall)")
    print(f"1 job to 2 jobs, speed-up: {one[0] / two[0]:.2f} (wall), CPU time {two[1] / one[1]:.2f} times")


if __name__ == "__main__":
    main()
