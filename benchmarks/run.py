"""Measures what is promised: time and memory of whole processes. `make bench`.

Each command runs several times; minimum, median and maximum are printed beside the limit. The exit code is
1 when a median is over its limit.
"""

import os
import platform
import statistics
import subprocess
import sys
import time
from pathlib import Path

DATA = Path(__file__).parent / "data"
MEGABYTES = 20
RUNS = 7
POD = ["why", "pod/checkout-5f7c9d-x2x4z", "-n", "payments", "--from"]


def run(arguments: list[str]) -> tuple[float, float]:
    """Return seconds and the peak of resident megabytes of one process."""
    command = [sys.executable, "-m", "trustpath", *arguments]
    start = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {process.returncode}")
    return seconds, usage.ru_maxrss / 1024


def measure(name: str, arguments: list[str], limit: float, input_size: int = 0, runs: int = RUNS) -> bool:
    run(arguments)
    figures = [run(arguments) for _ in range(runs)]
    seconds = sorted(second for second, _ in figures)
    memory = max(megabytes for _, megabytes in figures)
    median = statistics.median(seconds)
    allowed = f"{10 * input_size / 1e6:.0f} MB" if input_size else ""
    print(
        f"{name:<34} {seconds[0]:6.3f} {median:6.3f} {seconds[-1]:6.3f} s (limit {limit} s)"
        f"   {memory:6.0f} MB{f' (limit {allowed})' if allowed else ''}",
        flush=True,
    )
    return median <= limit and (not input_size or memory * 1e6 <= 10 * input_size)


def main() -> int:
    # In a process of its own: a child's peak of memory starts with its parent's.
    subprocess.run([sys.executable, Path(__file__).parent / "pods.py", DATA, str(MEGABYTES)], check=True)
    sizes = {kind: (DATA / kind / f"pods.{kind}").stat().st_size for kind in ("json", "yaml")}
    print(
        f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores, {platform.machine()}"
    )
    print(f"{'':<34} {'min':>6} {'median':>6} {'max':>6}")
    results = [
        measure("trustpath --help", ["--help"], 0.2),
        measure("trustpath explain", ["explain", "trust-aud-mismatch"], 0.3),
        measure(
            f"one answer, {sizes['json'] / 1e6:.0f} MB of pods, JSON", [*POD, str(DATA / "json")], 0.5, sizes["json"]
        ),
        measure(
            f"one answer, {sizes['yaml'] / 1e6:.0f} MB of pods, YAML",
            [*POD, str(DATA / "yaml")],
            6,
            sizes["yaml"],
            runs=3,
        ),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
