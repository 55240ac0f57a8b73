"""Builds the wheel and runs it in an empty environment: what is published works without the checkout."""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]


def main() -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
        subprocess.run(build, check=True, stdout=subprocess.DEVNULL)
        (wheel,) = folder.glob("*.whl")
        venv.create(folder / "empty", with_pip=True)
        python = folder / "empty" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel], check=True)
        trustpath = folder / "empty" / "bin" / "trustpath"
        causes = subprocess.run([trustpath, "explain"], check=True, capture_output=True, text=True, cwd=folder).stdout
        healthy = (ROOT / "tests" / "causes" / "healthy.yaml").read_bytes()
        question = [str(trustpath), "why", "pod/checkout-5f7c9d-x2x4z", "-n", "payments", "--from", "-"]
        answer = subprocess.run(question, input=healthy, capture_output=True, cwd=folder, check=False)
        if len(causes.splitlines()) < 21 or answer.returncode or not answer.stdout.startswith(b"allowed"):
            print(causes, answer.stdout.decode(), answer.stderr.decode())
            return 1
        print(f"{wheel.name} works in an empty environment")
    return 0


if __name__ == "__main__":
    sys.exit(main())
