"""What benchmark-jobs.py measures of clips: spectra in third octaves, loudness, peaks, and speech over pauses."""
import sys

import numpy as np
import pyloudnorm
import scipy.ndimage
import scipy.signal
import soundfile


def decibels(power):
    return 10 * np.log10(np.maximum(power, 1e-15))


def frame_powers(samples, rate, seconds=0.0854):
    """The power spectra of Hann-windowed frames with half overlap, all channels added, and the bins' frequencies."""
    length = int(rate * seconds) // 2 * 2
    window = np.hanning(length)
    channels = np.pad(samples, ((0, max(0, length - len(samples))), (0, 0))).T
    total = 0
    for channel in channels:
        frames = np.lib.stride_tricks.sliding_window_view(channel, length)[::length // 2]
        total = total + np.abs(np.fft.rfft(frames * window, axis=1)) ** 2
    return total / ((window ** 2).sum() * length / 2), np.fft.rfftfreq(length, 1 / rate)


def third_octaves(samples, rate, limits):
    """The levels in dB of third octaves within limits in Hz."""
    powers, frequencies = frame_powers(samples, rate)
    levels = decibels(powers.sum(axis=1))
    mean = powers[levels > levels.max() - 35].mean(axis=0)
    edge = 2 ** (1 / 6)
    centres = 1000 * 2.0 ** (np.arange(-15, 14) / 3)
    result = []
    for centre in centres[(centres > limits[0]) & (centres * edge < limits[1])]:
        inside = (frequencies >= centre / edge) & (frequencies < centre * edge)
        result.append(mean[inside].sum() if inside.any() else mean[np.argmin(np.abs(frequencies - centre))])
    return decibels(np.array(result))


def distance(first, second):
    count = min(len(first), len(second))
    return float(np.std(first[:count] - second[:count]))


def loudness(samples, rate):
    return float(pyloudnorm.Meter(rate).integrated_loudness(samples))


def true_peak(samples):
    return float(20 * np.log10(np.abs(scipy.signal.resample_poly(samples, 4, 1, axis=0)).max() + 1e-9))


def k_weighted(samples, rate):
    """The samples through the two filters of ITU-R BS.1770."""
    result = samples
    for stage in pyloudnorm.Meter(rate)._filters.values():
        result = stage.passband_gain * scipy.signal.lfilter(stage.b, stage.a, result, axis=0)
    return result


def loudness_range(samples, rate):
    """EBU Tech 3342: 10th to 95th percentile of loudness over 3 s, gated at -70 LUFS and 20 LU under the mean."""
    power = np.concatenate([[0], np.cumsum((k_weighted(samples, rate) ** 2).sum(axis=1))])
    length, hop = 3 * rate, rate // 10
    starts = np.arange(0, len(power) - length, hop)
    short = (power[starts + length] - power[starts]) / length
    short = short[decibels(short) - 0.691 > -70]
    if not len(short):
        return 0.0
    levels = decibels(short)
    levels = levels[levels > decibels(short.mean()) - 20]
    return float(np.percentile(levels, 95) - np.percentile(levels, 10))


class Facts:
    """What is compared of a clip."""

    def __init__(self, path, limits):
        self.samples, self.rate = soundfile.read(path, always_2d=True)
        self.spectrum = third_octaves(self.samples, self.rate, limits)
        self.loudness = loudness(self.samples, self.rate)
        self.ratio = true_peak(self.samples) - self.loudness
        self.range = loudness_range(self.samples, self.rate)

    def against(self, other):
        return {"style": distance(self.spectrum, other.spectrum), "loudness": abs(self.loudness - other.loudness),
                "PLR": abs(self.ratio - other.ratio), "range": abs(self.range - other.range)}


def over_pauses(clip, clean):
    """The K-weighted power of speech over that of pauses in dB; the clean voice says which is which."""
    talks, still = speech_frames(clean, clip.rate)
    powers = frame_powers(k_weighted(clip.samples, clip.rate), clip.rate)[0].sum(axis=1)
    count = min(len(powers), len(talks))
    return float(decibels(powers[:count][talks[:count]].mean()) - decibels(powers[:count][still[:count]].mean()))


def hiss_swing(content, result, clean):
    """How far the gain from 9.5 to 15 kHz, where a guest has hiss alone, moves in pauses and 300 ms around them."""
    near = scipy.ndimage.binary_dilation(speech_frames(clean, content.rate)[1], iterations=7)
    levels = []
    for clip in (content, result):
        powers, frequencies = frame_powers(clip.samples, clip.rate)
        levels.append(decibels(powers[:, (frequencies > 9500) & (frequencies < 15000)].mean(axis=1)))
    count = min(len(near), *map(len, levels))
    # The mean over 130 ms: single frames of noise scatter by themselves.
    gain = scipy.ndimage.uniform_filter1d(levels[1][:count] - levels[0][:count], 3)[near[:count]]
    return float(np.percentile(gain, 95) - np.percentile(gain, 5))


def speech_frames(clean, rate):
    """Which frames of a clean voice are speech, and which are pauses."""
    levels = decibels(frame_powers(clean, rate)[0].sum(axis=1))
    still = scipy.ndimage.binary_erosion(levels < np.percentile(levels, 0.5) + 4, iterations=2)
    if not still.any():
        sys.exit("a guest's voice: expected pauses of 85 ms and longer, found none")
    return levels > levels.max() - 30, still
