#!/usr/bin/env python3
"""Measures restyling as people use it, on recordings of your own, beside doing nothing and Matchering.

    Scripts/benchmark jobs --voices FOLDER --songs FOLDER [--only NAME,…] [--options "…"] [--json]

FOLDER of voices: a folder for each speaker with clips of 1 to 20 s. The first speaker by name is the podcast's host, the
next two are its guests. FOLDER of songs: at least nine sound files of 70 s and more. The first four by name are the
reference album, the next five the EP. Jobs (all by default):
  laptop      guests recorded by a laptop in a room, towards the host's studio sound, to -16 LUFS
  phone       guests on the telephone, likewise
  ep          five songs, each by itself, towards the folder of the reference album
  album       the same songs with --together
  voices      every speaker towards every other one, as recorded
  radio       every speaker towards Samples/audio/old-radio.flac
  broadcast   every speaker towards Samples/audio/bright-broadcast.flac
  songs       every song towards the next one
Figures (means over the cases of a job; lower is better but for naturalness):
  style       distance to the style: the root mean square difference of third-octave spectra in dB. A spectrum is the mean
              power of frames of 85 ms within 35 dB of the loudest; the difference in level is taken away. Music counts
              from 30 Hz to 18 kHz, phone and radio from 300 to 3400 Hz, other speech from 80 Hz to 7 kHz
  truth       the same distance to the guest's clean voice in the host's chain
  left        the median over songs of the distance to the album after over before
  worse       how many songs are further from the album than before
  noise       by how many dB speech over pauses falls, K-weighted, the worst guest's
  swing       the gain of hiss (9.5 to 15 kHz) in and 300 ms around pauses: 95th less 5th percentile in dB, the worst guest's
  relation    how far in LU a song's loudness moved among the others, the worst song's
  loudness    integrated loudness: the absolute difference from the style's in LU (laptop and phone: from -16 LUFS, a
              mono clip counted as two channels)
  PLR         true peak less loudness, likewise
  range       loudness range (EBU Tech 3342), likewise
  DNSMOS      overall naturalness of speech, 1 to 5 (Scripts/naturalness.py)
Needs numpy, scipy, soundfile and pyloudnorm. Matchering and DNSMOS are left out where their packages are missing.
"""
import argparse
import collections
import glob
import importlib.util
import json
import os
import random
import shlex
import shutil
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import scipy.signal
    import soundfile

    from clip_measures import Facts, decibels, distance, hiss_swing, loudness, over_pauses
    from naturalness import Naturalness
except ModuleNotFoundError as error:
    sys.exit(f"{__doc__}\nerror: {sys.executable} lacks the package {error.name}; PYTHON names another Python")

RATE = 44100
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SPEECH, PHONE, MUSIC = (80, 7100), (300, 3500), (30, 18000)
GUEST_LOUDNESS = -16
# Two loudspeakers play a mono clip; meters of one channel show 3 LU less.
MONO_AS_TWO = 3.01


# Material.

def read(path, channels):
    """Samples at 44.1 kHz with one or two channels."""
    samples, rate = soundfile.read(path, always_2d=True)
    if channels == 1:
        samples = samples.mean(axis=1, keepdims=True)
    else:
        samples = np.repeat(samples, 2, axis=1)[:, :2] if samples.shape[1] == 1 else samples[:, :2]
    return scipy.signal.resample_poly(samples, RATE, rate, axis=0) if rate != RATE else samples


def write(path, samples):
    soundfile.write(path, samples, RATE, subtype="PCM_24")


def at(samples, target):
    return samples * 10 ** ((target - loudness(samples, RATE)) / 20)


def peaking(samples, frequency, q, gain):
    """A peak filter after Bristow-Johnson's audio equaliser formulas."""
    angle, amplitude = 2 * np.pi * frequency / RATE, 10 ** (gain / 40)
    alpha, cosine = np.sin(angle) / (2 * q), np.cos(angle)
    return scipy.signal.lfilter([1 + alpha * amplitude, -2 * cosine, 1 - alpha * amplitude],
                                [1 + alpha / amplitude, -2 * cosine, 1 - alpha / amplitude], samples, axis=0)


def butterworth(samples, order, frequencies, kind):
    return scipy.signal.sosfilt(scipy.signal.butter(order, frequencies, kind, fs=RATE, output="sos"), samples, axis=0)


def compressed(samples, threshold, ratio):
    """A compressor with an attack of 5 ms and a release of 150 ms that follows the amplitude."""
    level = np.abs(samples).max(axis=1)
    block = 32
    level = level[:len(level) // block * block].reshape(-1, block).max(axis=1)
    rise, fall = (1 - np.exp(-block / (RATE * seconds)) for seconds in (0.005, 0.15))
    followed, state = np.empty(len(level)), 1e-5
    for index, value in enumerate(level):
        state += (rise if value > state else fall) * (value - state)
        followed[index] = state
    gain = -np.maximum(0, 20 * np.log10(np.maximum(followed, 1e-5)) - threshold) * (1 - 1 / ratio)
    return samples * 10 ** (np.interp(np.arange(len(samples)) / block, np.arange(len(gain)), gain) / 20)[:, None]


def studio(samples):
    """The host's chain: high-pass, warmth, presence, compressor."""
    samples = butterworth(samples, 2, 70, "high")
    return at(compressed(peaking(peaking(samples, 150, 1, 2.5), 4500, 1, 3), -30, 2.5), -18)


def speech(folder, seconds, seed, part=slice(None)):
    """A speaker's clips one after the other, with pauses of a quarter to a whole second between them."""
    paths = sorted(glob.glob(os.path.join(glob.escape(folder), "*")))[part]
    choose = random.Random(seed)
    choose.shuffle(paths)
    pieces, total = [], 0
    for path in paths:
        samples = read(path, 1)
        loud = np.flatnonzero(np.abs(samples) > 10 ** (-45 / 20))
        if len(loud) < RATE // 2:
            continue
        samples = samples[max(0, loud[0] - 1500):loud[-1] + 3000].copy()
        fade = np.minimum(1, np.arange(len(samples)) / 400)[:, None]
        pieces += [samples * fade * fade[::-1], np.zeros((int(RATE * choose.choice([0.25, 0.4, 0.6, 1])), 1))]
        total += sum(map(len, pieces[-2:]))
        if total > seconds * RATE:
            break
    if not pieces:
        sys.exit(f"{folder}: expected clips with at least half a second of sound, found none")
    return np.concatenate(pieces)[:int(seconds * RATE)]


def recorded(kind, clean, noise):
    """A guest's voice as it arrives: from a laptop in a room with hiss, or by telephone."""
    if kind == "phone":
        return at(butterworth(clean, 4, [300, 3400], "band"), -22) + noise(len(clean), -75)
    decay = noise(int(0.3 * RATE), 0) * np.exp(-np.arange(int(0.3 * RATE)) / (0.06 * RATE))[:, None]
    room = scipy.signal.oaconvolve(clean, decay / np.sqrt((decay ** 2).sum()), axes=0)[:len(clean)]
    heard = butterworth(clean + 0.35 * room, 2, 180, "high")
    heard = butterworth(peaking(peaking(heard, 350, 1, 4), 1800, 1.2, 5), 6, 6500, "low")
    return at(heard, -27) + noise(len(clean), -62)


# Treatments.

class Restyle:
    name = "restyle"

    def __init__(self, command, options):
        self.command = shlex.split(command) + options

    def __call__(self, contents, style, outputs, more=()):
        target = outputs[0] if len(contents) == 1 else os.path.dirname(outputs[0]) + "/"
        done = subprocess.run(self.command + list(contents) + ["--style", style, "-o", target, "--force", *more],
                              capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{' '.join(self.command)}: status {done.returncode}\n{done.stderr[-400:]}")


class Nothing:
    name = "nothing"

    def __call__(self, contents, style, outputs, more=()):
        for content, output in zip(contents, outputs):
            shutil.copyfile(content, output)


class Matchering:
    """Matchering towards one file; a folder of styles is joined. It sets its own loudness."""
    name = "matchering"

    def __init__(self, python):
        self.python = python

    def __call__(self, contents, style, outputs, more=()):
        if os.path.isdir(style):
            paths = sorted(glob.glob(os.path.join(glob.escape(style), "*.wav")))
            joined = np.concatenate([soundfile.read(path, always_2d=True)[0] for path in paths])
            style = style.rstrip("/") + "-joined.wav"
            write(style, joined)
        for content, output in zip(contents, outputs):
            call = f"m.process(target={content!r}, reference={style!r}, results=[m.pcm24({output!r})])"
            code = f"import matchering as m; {call}"
            done = subprocess.run([self.python, "-c", code], capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"matchering: {done.stderr[-400:]}")


# Jobs: each gives one row of figures for a treatment.

class Jobs:
    def __init__(self, options, folder):
        self.folder, self.seed, self.seconds = folder, options.seed, options.seconds
        self.speakers = sorted(glob.glob(os.path.join(options.voices, "*", ""))) if options.voices else []
        self.songs = sorted(p for p in glob.glob(os.path.join(options.songs, "*"))) if options.songs else []
        self.facts, self.naturalness = {}, Naturalness()
        self.scores = {}

    def path(self, name):
        return os.path.join(self.folder, name)

    def made(self, name, make):
        """The path of a clip, made once."""
        path = self.path(name)
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            write(path, make())
        return path

    def known(self, path, limits):
        key = path, limits
        if key not in self.facts:
            self.facts[key] = Facts(path, limits)
        return self.facts[key]

    def score(self, path):
        """The naturalness of a clip that does not change between treatments."""
        if path not in self.scores:
            self.scores[path] = self.naturalness(*soundfile.read(path, always_2d=True))
        return self.scores[path]

    def treated(self, treatment, name, contents, style, more=()):
        outputs = [self.path(f"out/{name}/{os.path.basename(content)}") for content in contents]
        shutil.rmtree(self.path(f"out/{name}"), ignore_errors=True)
        os.makedirs(self.path(f"out/{name}"))
        treatment(contents, style, outputs, more)
        return outputs

    def guests(self, kind, treatment):
        need(len(self.speakers) >= 2, "--voices", "folders of at least two speakers")
        host_half = slice(0, max(1, len(os.listdir(self.speakers[0])) // 2))
        host = self.made("host.wav", lambda: studio(at(speech(self.speakers[0], 90, self.seed, host_half), -24)))
        limits = SPEECH if kind == "laptop" else PHONE
        rows = []
        for number, folder in enumerate(self.speakers[1:3]):
            generator = np.random.default_rng([self.seed, number])

            def noise(count, level):
                return 10 ** (level / 20) * generator.standard_normal((count, 1))

            def voice():
                samples = at(speech(folder, 60, self.seed), -24)
                return samples + noise(len(samples), -78)

            raw = self.made(f"guest{number}.wav", voice)
            truth = self.made(f"guest{number}-truth.wav", lambda: studio(soundfile.read(raw, always_2d=True)[0]))
            content = self.made(
                f"guest{number}-{kind}.wav", lambda: recorded(kind, soundfile.read(raw, always_2d=True)[0], noise))
            output, = self.treated(treatment, "guest", [content], host, ["--loudness", str(GUEST_LOUDNESS)])
            own, made = Facts(content, limits), Facts(output, limits)
            clean = soundfile.read(raw, always_2d=True)[0]
            row = {"style": distance(made.spectrum, self.known(host, limits).spectrum),
                   "truth": distance(made.spectrum, self.known(truth, limits).spectrum),
                   "noise": over_pauses(own, clean) - over_pauses(made, clean), "swing": hiss_swing(own, made, clean),
                   "loudness": abs(made.loudness + MONO_AS_TWO - GUEST_LOUDNESS),
                   "DNSMOS": self.naturalness(made.samples, made.rate)}
            rows.append(row)
        worst = {name: max(row[name] for row in rows) for name in ("noise", "swing")}
        return {**means(rows), **worst}

    def laptop(self, treatment):
        return self.guests("laptop", treatment)

    def phone(self, treatment):
        return self.guests("phone", treatment)

    def song(self, index, gain=0.0):
        def make():
            samples = read(self.songs[index], 2)
            start = min(10 * RATE, max(0, len(samples) - self.seconds * RATE))
            return samples[start:start + self.seconds * RATE] * 10 ** (gain / 20)
        folder = "reference" if index < 4 else "songs"
        return self.made(f"{folder}/{index:02}{'' if gain == 0 else '-quiet'}.wav", make)

    def record(self, treatment, more=()):
        need(len(self.songs) >= 9, "--songs", "at least nine songs")
        reference = [self.song(index) for index in range(4)]
        # An EP comes in all levels.
        songs = [self.song(4 + index, gain) for index, gain in enumerate((-9, -1, -4, -2, -6))]
        album = 0
        for path in reference:
            spectrum = self.known(path, MUSIC).spectrum
            album = album + 10 ** ((spectrum - decibels((10 ** (spectrum / 10)).sum())) / 10)
        album = decibels(album / len(reference))
        outputs = self.treated(treatment, "record", songs, self.path("reference"), more)
        before, after = [self.known(path, MUSIC) for path in songs], [Facts(path, MUSIC) for path in outputs]
        shares = [distance(b.spectrum, album) / distance(a.spectrum, album) for a, b in zip(before, after)]
        moved = np.array([b.loudness for b in after]) - np.array([a.loudness for a in before])
        aim = [self.known(path, MUSIC) for path in reference]
        return {"style": float(np.mean([distance(b.spectrum, album) for b in after])),
                "left": float(np.median(shares)), "worse": sum(share > 1.001 for share in shares),
                "relation": float(np.abs(moved - moved.mean()).max()),
                "loudness": float(np.mean([abs(b.loudness - np.mean([a.loudness for a in aim])) for b in after])),
                "PLR": float(np.mean([abs(b.ratio - np.mean([a.ratio for a in aim])) for b in after])),
                "range": float(np.mean([abs(b.range - np.mean([a.range for a in aim])) for b in after]))}

    def ep(self, treatment):
        return self.record(treatment)

    def album(self, treatment):
        return None if treatment.name == "matchering" else self.record(treatment, ["--together"])

    def unlike(self, treatment, pairs, limits, is_speech):
        rows = []
        for content, style in pairs:
            output, = self.treated(treatment, "unlike", [content], style)
            made = Facts(output, limits)
            row = made.against(self.known(style, limits))
            row["DNSMOS"] = self.naturalness(made.samples, made.rate) if is_speech else None
            rows.append(row)
        return means(rows)

    def spoken(self):
        need(len(self.speakers) >= 2, "--voices", "folders of at least two speakers")
        names = [os.path.basename(folder.rstrip("/")) for folder in self.speakers]
        return [self.made(f"voices/{name}.wav", lambda: at(speech(folder, 30, self.seed), -23))
                for name, folder in zip(names, self.speakers)]

    def voices(self, treatment):
        clips = self.spoken()
        return self.unlike(treatment, [(a, b) for a in clips for b in clips if a != b], SPEECH, True)

    def radio(self, treatment):
        style = os.path.join(ROOT, "Samples/audio/old-radio.flac")
        return self.unlike(treatment, [(clip, style) for clip in self.spoken()], PHONE, True)

    def broadcast(self, treatment):
        style = os.path.join(ROOT, "Samples/audio/bright-broadcast.flac")
        return self.unlike(treatment, [(clip, style) for clip in self.spoken()], SPEECH, True)

    def music(self, treatment):
        need(len(self.songs) >= 2, "--songs", "at least two songs")
        clips = [self.song(index) for index in range(len(self.songs))]
        return self.unlike(treatment, list(zip(clips, clips[1:] + clips[:1])), MUSIC, False)


JOBS = {"laptop": Jobs.laptop, "phone": Jobs.phone, "ep": Jobs.ep, "album": Jobs.album, "voices": Jobs.voices,
        "radio": Jobs.radio, "broadcast": Jobs.broadcast, "songs": Jobs.music}
COLUMNS = ["style", "truth", "left", "worse", "noise", "swing", "relation", "loudness", "PLR", "range", "DNSMOS"]


def means(rows):
    columns = collections.OrderedDict((name, [row[name] for row in rows]) for name in rows[0])
    return {name: None if None in values else float(np.mean(values)) for name, values in columns.items()}


def need(condition, option, what):
    if not condition:
        sys.exit(f"{option}: expected {what}")


def built():
    subprocess.run(["swift", "build", "-c", "release", "--package-path", ROOT, "--product", "restyle"], check=True,
                   stdout=sys.stderr)
    return shlex.quote(os.path.join(ROOT, ".build/release/restyle"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", help="a folder with a folder of clips for each speaker")
    parser.add_argument("--songs", help="a folder of songs")
    parser.add_argument("--only", default="", help="jobs, with commas between them")
    parser.add_argument("--program", help="the restyle to measure; it is built where none is given")
    parser.add_argument("--options", default="", help="further options of restyle, as one text")
    parser.add_argument("--seconds", type=int, default=60, help="how much of a song is used")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", help="where to work (default: the system's temporary folder)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    options = parser.parse_args()
    names = [name for name in options.only.split(",") if name] or [
        name for name in JOBS if (options.songs if name in ("ep", "album", "songs") else options.voices)]
    for name in names:
        need(name in JOBS, "--only", f"of {', '.join(JOBS)}, found {name}")
        folder = "songs" if name in ("ep", "album", "songs") else "voices"
        need(os.path.isdir(getattr(options, folder) or ""), f"--{folder}", f"a folder, for the job {name}")
    need(names, "--voices, --songs", "a folder of voices, of songs, or both")
    treatments = [Nothing()]
    if importlib.util.find_spec("matchering"):
        treatments.append(Matchering(sys.executable))
    treatments.append(Restyle(options.program or built(), shlex.split(options.options)))
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        jobs = Jobs(options, folder)
        if not options.json:
            print("| job | | " + " | ".join(COLUMNS) + " |\n|---|---" + "|---" * len(COLUMNS) + "|")
        for name in names:
            for treatment in treatments:
                row = JOBS[name](jobs, treatment)
                if row is None:
                    continue
                if options.json:
                    print(json.dumps({"job": name, "treatment": treatment.name, **row}), flush=True)
                else:
                    values = [(column, row.get(column)) for column in COLUMNS]
                    cells = ["" if value is None else f"{value:.{0 if column == 'worse' else 2}f}"
                             for column, value in values]
                    print(f"| {name} | {treatment.name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
