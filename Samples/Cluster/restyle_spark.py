"""Restyles a list of recordings with Spark: each partition of the list is one run of the program.

    spark-submit restyle_spark.py LIST STYLE OUTPUT_FOLDER [PARTITIONS]

Every executor needs the program, the recordings and the output folder under the same paths. A partition that is
computed again, as Spark does with lost executors and slow tasks, skips results that are there.
"""

import subprocess
import sys
import tempfile


def restyle(names, style, output):
    """Restyles some recordings, and yields the exit status with the last words of the program."""
    names = list(names)
    if not names:
        return
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as part:
        # NUL ends a name: names may hold anything else.
        part.write("\0".join(names) + "\0")
        part.flush()
        command = ["restyle", "--list", part.name, "--style", style, "--output", output.rstrip("/") + "/",
                   "--alone", "--skip-existing", "--jobs", "1"]
        run = subprocess.run(command, capture_output=True, text=True)
    yield run.returncode, len(names), run.stderr.strip()[-500:]


def main(listing, style, output, partitions="64"):
    from pyspark.sql import SparkSession

    context = SparkSession.builder.appName("restyle").getOrCreate().sparkContext
    with open(listing) as lines:
        names = [line.rstrip("\r\n") for line in lines if line.strip()]
    parts = context.parallelize(names, int(partitions))
    results = parts.mapPartitions(lambda part: restyle(part, style, output)).collect()
    failed = [result for result in results if result[0] != 0]
    for status, count, words in failed:
        print(f"a part of {count} recordings ended with {status}: {words}", file=sys.stderr)
    return failed[0][0] if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
