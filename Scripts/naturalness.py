#!/usr/bin/env python3
"""How natural speech sounds: DNSMOS, the overall score of P.835 from 1 to 5, by the network in PyPI's speechmos.

    Scripts/naturalness.py FILE…

Prints a JSON object a line with file and score; other scripts import Naturalness. The score is the mean over windows of
9.01 s, one every 3 s; a shorter clip is repeated. Needs numpy, scipy, soundfile, onnxruntime and speechmos, of which only
the network is used.
"""
import importlib.util
import json
import os
import sys

import numpy as np
import scipy.signal
import soundfile

RATE, WINDOW, HOP = 16000, int(9.01 * 16000), 3 * 16000
# The published mapping from what the network says to the scale.
SCALE = [-0.06766283, 1.11546468, 0.04602535]


def is_there():
    """Whether the packages are installed."""
    return all(importlib.util.find_spec(name) for name in ("speechmos", "onnxruntime"))


class Naturalness:
    """Scores clips; the score is None where the packages are missing."""

    def __init__(self):
        self.session = None
        if is_there():
            import onnxruntime
            settings = onnxruntime.SessionOptions()
            settings.intra_op_num_threads = 1
            folder = os.path.dirname(importlib.util.find_spec("speechmos").origin)
            model = os.path.join(folder, "dnsmos_models", "sig_bak_ovr.onnx")
            self.session = onnxruntime.InferenceSession(model, settings)

    def __call__(self, samples, rate):
        """The score of samples of shape (frames, channels)."""
        if self.session is None:
            return None
        speech = samples.mean(axis=1)
        speech = scipy.signal.resample_poly(speech, RATE, rate) if rate != RATE else speech
        speech = speech.astype(np.float32).clip(-1, 1)
        speech = np.tile(speech, -(-WINDOW // len(speech))) if len(speech) < WINDOW else speech
        name = self.session.get_inputs()[0].name
        raw = [self.session.run(None, {name: speech[None, start:start + WINDOW]})[0][0][2]
               for start in range(0, len(speech) - WINDOW + 1, HOP)]
        return float(np.mean(np.polyval(SCALE, raw)))


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not is_there():
        sys.exit("naturalness: needs the packages speechmos and onnxruntime")
    naturalness = Naturalness()
    for path in sys.argv[1:]:
        print(json.dumps({"file": path, "DNSMOS": naturalness(*soundfile.read(path, always_2d=True))}), flush=True)


if __name__ == "__main__":
    main()
