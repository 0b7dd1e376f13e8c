"""Restyles a list of recordings with Ray: each task takes a part of the list.

    python restyle_ray.py LIST STYLE OUTPUT_FOLDER [PARTS]

Every node needs the program, the recordings and the output folder under the same paths. A task that is run again skips
results that are there. Parts are those of `restyle --shard K/N`, which is what each task calls.
"""

import subprocess
import sys


def restyle(listing, style, output, part, parts):
    """Restyles a part of a list; returns the exit status with the last words of the program."""
    command = ["restyle", "--list", listing, "--style", style, "--output", output.rstrip("/") + "/",
               "--shard", f"{part}/{parts}", "--skip-existing", "--jobs", "1"]
    run = subprocess.run(command, capture_output=True, text=True)
    return run.returncode, part, run.stderr.strip()[-500:]


def main(listing, style, output, parts="64"):
    import ray

    ray.init(address="auto", ignore_reinit_error=True)
    task = ray.remote(max_retries=3)(restyle)
    count = int(parts)
    results = ray.get([task.remote(listing, style, output, part + 1, count) for part in range(count)])
    failed = [result for result in results if result[0] != 0]
    for status, part, words in failed:
        print(f"part {part}/{count} ended with {status}: {words}", file=sys.stderr)
    return failed[0][0] if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
