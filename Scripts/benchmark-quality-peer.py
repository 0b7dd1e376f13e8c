#!/usr/bin/env python3
"""Measures clips written by `Scripts/benchmark quality --write FOLDER` with other people's programs.

    Scripts/benchmark-quality-peer.py FOLDER

MRSTFT and MSD by auraloss, the loudness error by pyloudnorm, wideband PESQ by pesq (only for clips of 16 kHz or for
what scipy resamples to it). Every line of the table is the mean over all pairs, with the ratio to doing nothing.
"""
import collections
import glob
import math
import os
import sys

import auraloss
import numpy
import pyloudnorm
import scipy.signal
import soundfile
import torch
from pesq import pesq

LENGTHS = [32, 128, 512, 2048, 8192, 32768]
COLUMNS = ["MRSTFT", "MSD", "LUFS", "PESQ"]


def measures(result, truth, rate):
    a, b = (torch.tensor(x, dtype=torch.float32)[None, None] for x in (result, truth))
    spectral = auraloss.freq.MultiResolutionSTFTLoss(
        fft_sizes=LENGTHS, hop_sizes=[n // 2 for n in LENGTHS], win_lengths=LENGTHS,
        w_sc=0.0, w_log_mag=1.0, w_lin_mag=1.0)
    mel = auraloss.freq.MelSTFTLoss(
        rate, fft_size=65536, hop_size=65536, win_length=65536, n_mels=128,
        w_sc=0.0, w_log_mag=1.0, w_lin_mag=1.0)
    meter = pyloudnorm.Meter(rate)
    wide = [scipy.signal.resample_poly(x, 16000 // math.gcd(16000, rate), rate // math.gcd(16000, rate))
            if rate != 16000 else x for x in (truth, result)]
    try:
        score = pesq(16000, wide[0], wide[1], "wb")
    except Exception:  # no utterance was found
        score = math.nan
    return [spectral(a, b).item(), mel(a, b).item(),
            abs(meter.integrated_loudness(result) - meter.integrated_loudness(truth)), score]


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found = collections.OrderedDict()
    for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.truth.wav"))):
        truth, rate = soundfile.read(path)
        stem = path[:-len("truth.wav")]
        for other in sorted(glob.glob(glob.escape(stem) + "*.wav")):
            if other == path:
                continue
            result, _ = soundfile.read(other)
            count = min(len(result), len(truth))
            name = other[len(stem):-len(".wav")]
            found.setdefault(name, []).append(measures(result[:count], truth[:count], rate))
    if not found:
        sys.exit(f"{sys.argv[1]}: expected clips named NUMBER.truth.wav, found none")
    means = {name: numpy.nanmean(numpy.array(rows), axis=0) for name, rows in found.items()}
    print("| method | " + " | ".join(COLUMNS) + " |\n|---" * 1 + "|---" * len(COLUMNS) + "|")
    for name, mean in means.items():
        base = means.get("content")
        cells = [f"{value:.3f}" + (f" ({value / own:.2f})" if base is not None and column != "PESQ" else "")
                 for value, own, column in zip(mean, base if base is not None else mean, COLUMNS)]
        print(f"| {name} | " + " | ".join(cells) + " |")


main()
