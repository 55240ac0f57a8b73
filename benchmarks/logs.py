"""How fast logs are searched for telling lines, and messages are read.

    python benchmarks/logs.py [MEGABYTES]

Nine in ten lines are an application's own, as text and as JSON; one in a thousand tells of a refusal.
"""

import platform
import random
import sys
import tempfile
import time
from pathlib import Path

from trustpath.engine.messages.symptom import read_symptom
from trustpath.facts.dumps import read_dumps

LIMIT = 5.0
"""Megabytes per second."""
HOSTILE = 0.5
"""Seconds for one message, whatever stands in it."""

_ORDINARY = (
    "2026-07-04T09:35:20.123Z INFO request handled path=/api/v1/orders/{0} status=200 duration=12ms user={1}\n",
    '{{"level":"info","ts":"2026-07-04T09:35:20Z","logger":"controller","msg":"Reconciling","name":"obj-{0}",'
    '"namespace":"team-{1}"}}\n',
    "I0704 09:35:20.310133       1 controller.go:122] syncing item {0} of queue {1}\n",
)
_TELLING = (
    "An error occurred (AccessDenied) when calling the GetObject operation: User: "
    "arn:aws:sts::111122223333:assumed-role/app/botocore-session-{0} is not authorized to perform: s3:GetObject on "
    "resource: arn:aws:s3:::acme/{1} because no identity-based policy allows the s3:GetObject action\n",
    '{{"level":"error","msg":"Reconciler error","error":"operation error STS: AssumeRoleWithWebIdentity, '
    "https response "
    "error StatusCode: 403, RequestID: {0}-{1}, api error AccessDenied: Not authorized to perform "
    'sts:AssumeRoleWithWebIdentity"}}\n',
)


def lines(megabytes: int) -> str:
    chance = random.Random(20261125)  # noqa: S311  # data, not secrets
    made: list[str] = []
    size = 0
    while size < megabytes * 1_000_000:
        form = chance.choice(_TELLING if chance.random() < 0.001 else _ORDINARY)
        made.append(form.format(chance.randrange(100_000), chance.randrange(100)))
        size += len(made[-1])
    return "".join(made)


def main() -> int:
    megabytes = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    text = lines(megabytes)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "app.log").write_text(text, encoding="utf-8")
        started = time.perf_counter()
        read_dumps([folder])
        searched = len(text) / 1_000_000 / (time.perf_counter() - started)
    telling = [line for line in text.splitlines() if "AccessDenied" in line]
    started = time.perf_counter()
    for line in telling:
        if read_symptom(line) is None:
            raise SystemExit(f"not read: {line}")
    each = (time.perf_counter() - started) / len(telling)
    print(f"CPython {platform.python_version()}, one core, {platform.machine()}")
    print(f"logs             {searched:.1f} MB per second (at least {LIMIT:.0f})")
    print(f"messages         {each * 1000:.2f} ms for one")
    hostile = (
        "AccessDenied" + " " * 15_900 + "x",
        "{" * 15_900,
        '"' * 15_900,
        "arn:aws:sts::1:" * 1_000,
        "\\" * 15_900,
    )
    worst = 0.0
    for text in hostile:
        started = time.perf_counter()
        read_symptom(text)
        worst = max(worst, time.perf_counter() - started)
    print(f"hostile          {worst * 1000:.0f} ms at most for a message (limit {HOSTILE * 1000:.0f} ms)")
    return 0 if searched >= LIMIT and worst <= HOSTILE else 1


if __name__ == "__main__":
    sys.exit(main())
