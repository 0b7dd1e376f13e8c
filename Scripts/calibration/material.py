"""The recordings that numbers are fitted to and parts are judged by: from Debian packages to folders of clips.

`manifest.json` names packages, their hashes, the files of each clip and their hashes. A set is a folder of clips:
  speech    the files of a voice in order of their names, without silence at their ends, joined with pauses of 0.2 s
            and cut into clips of 12 s at 16 kHz
  music     12 s of a piece from one place on, at 24 kHz
Clips are mono, 16 bits, named GROUP-NUMBER.wav, where GROUP is one voice or one piece. The same manifest gives the
same clips with the same version of ffmpeg, which reads the files; dpkg-deb unpacks the packages. Needs numpy.
"""
import fnmatch
import functools
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
import wave

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
ARCHIVES = ["https://deb.debian.org/debian/", "https://snapshot.debian.org/archive/debian/{date}/"]
# Speech: at its ends, what lies so many dB under a file's peak is silence; so many seconds of it stay.
SILENCE, BEFORE, BEHIND, FADE, PAUSE = 38, 0.03, 0.08, 0.01, 0.2


def manifest(path=None):
    return json.loads(pathlib.Path(path or HERE / "manifest.json").read_text())


def sha256(paths):
    """The hash of the contents of some files, one behind the other."""
    digest = hashlib.sha256()
    for path in paths:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(1 << 20), b""):
                digest.update(block)
    return digest.hexdigest()


def package(entry, date, folder, packages):
    """The folder of an unpacked package: from a folder of packages, or from Debian's archives."""
    unpacked = folder / "unpacked" / f"{entry['name']}_{entry['version'].replace(':', '.')}"
    if unpacked.exists():
        return unpacked
    name = pathlib.PurePosixPath(entry["path"]).name
    names = (name, name.replace("_", f"_{entry['version'].split(':')[0]}%3a", 1) if ":" in entry["version"] else name)
    local = [packages / n for n in names if packages and (packages / n).exists()]
    archive = local[0] if local else folder / "packages" / name
    if not archive.exists():
        download(entry, date, archive)
    found = sha256([archive])
    if found != entry["sha256"]:
        sys.exit(f"{archive}: expected the hash {entry['sha256']}, found {found}")
    # A folder that is there is whole.
    with tempfile.TemporaryDirectory(dir=made(folder / "unpacked")) as temporary:
        subprocess.run(["dpkg-deb", "-x", archive, f"{temporary}/x"], check=True)
        os.rename(f"{temporary}/x", unpacked)
    return unpacked


def download(entry, date, archive):
    made(archive.parent)
    for base in ARCHIVES:
        address = urllib.parse.urljoin(base.format(date=date), entry["path"])
        print(f"{entry['name']}: from {address}", file=sys.stderr)
        try:
            urllib.request.urlretrieve(address, f"{archive}.part")
            return os.rename(f"{archive}.part", archive)
        except OSError as error:
            print(f"{address}: {error}", file=sys.stderr)
    sys.exit(f"{entry['name']} {entry['version']}: no archive has it; --packages FOLDER takes it from a folder")


def made(folder):
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def files(root, patterns):
    """The files of a package whose path matches a pattern, in order of their paths."""
    return [root / path for path in listing(root) if any(fnmatch.fnmatchcase(path, p) for p in patterns)]


@functools.cache
def listing(root):
    return sorted(str(p.relative_to(root)) for p in root.rglob("*") if p.is_file() and not p.is_symlink())


def decoded(path, rate, *options):
    """The samples of a file at a rate, all channels together."""
    output = ["-ac", "1", "-ar", str(rate), "-f", "f32le", "-"]
    run = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", *options, "-i", path, *output], capture_output=True)
    if run.returncode != 0:
        sys.exit(f"{path}: {run.stderr.decode(errors='replace').strip()}")
    return np.frombuffer(run.stdout, "<f4")


def trimmed(samples, rate):
    """A recording without the silence at its ends, faded there; nothing where it has no sound."""
    peak = np.abs(samples).max(initial=0)
    if peak < 1e-3:
        return samples[:0]
    loud = np.flatnonzero(np.abs(samples) > peak * 10 ** (-SILENCE / 20))
    kept = samples[max(0, loud[0] - int(BEFORE * rate)) : loud[-1] + int(BEHIND * rate)].copy()
    ramp = np.linspace(0, 1, min(int(FADE * rate), len(kept) // 2))
    kept[: len(ramp)] *= ramp
    kept[len(kept) - len(ramp) :] *= ramp[::-1]
    return kept


def write(path, samples, rate):
    peak = np.abs(samples).max(initial=0)
    scaled = samples * (0.9 / peak if peak > 0.9 else 1)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.round(scaled * 32767).astype("<i2").tobytes())


def make(group, about, root, folder):
    """Writes the clips of one voice or piece."""
    chosen = files(root, group["files"])
    found = (len(chosen), sha256(chosen))
    if found != (group["count"], group["sha256"]):
        sys.exit(
            f"{group['name']}: expected {group['count']} files with the hash {group['sha256']}, "
            f"found {found[0]} with {found[1]}")
    rate, length = about["rate"], about["seconds"] * about["rate"]
    if about["kind"] == "music":
        clip = decoded(chosen[0], rate, "-ss", str(group["start"]), "-t", str(about["seconds"] + 1))
        clips = [clip[:length]]
    else:
        joined = np.zeros(0, "f4")
        for path in chosen:
            if len(joined) >= group["clips"] * length:
                break
            joined = np.concatenate([joined, trimmed(decoded(path, rate), rate), np.zeros(int(PAUSE * rate), "f4")])
        clips = [joined[k * length : (k + 1) * length] for k in range(group["clips"])]
    for index, clip in enumerate(clips):
        if len(clip) < length:
            sys.exit(f"{group['name']}: expected {length} samples in clip {index}, found {len(clip)}")
        write(folder / f"{group['name']}-{index:02d}.wav", clip, rate)


def prepare(work, packages=None, path=None):
    """Makes all sets of a manifest where they are missing, and gives their folders by name."""
    listed = manifest(path)
    identity = hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()
    work = made(pathlib.Path(work))
    entries = {entry["name"]: entry for entry in listed["packages"]}
    folders = {}
    for name, about in listed["sets"].items():
        folder = work / "clips" / name
        folders[name] = folder
        mark = folder / "manifest.sha256"
        if mark.exists() and mark.read_text() == identity:
            continue
        print(f"{name}: {len(about['groups'])} voices or pieces", file=sys.stderr)
        for old in made(folder).glob("*.wav"):
            old.unlink()
        for group in about["groups"]:
            root = package(entries[group["package"]], listed["date"], work, packages and pathlib.Path(packages))
            make(group, about, root, folder)
        mark.write_text(identity)
    return folders
