"""Runs the real entry point in this process and returns what a shell would see."""

import io
import sys
from collections.abc import Mapping

from msgspec import Struct

from trustpath.cli.main import main


class Result(Struct):
    code: int
    out: str
    err: str


class _Stream(io.TextIOWrapper):
    def __init__(self, *, terminal: bool, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)
        self._terminal = terminal

    def isatty(self) -> bool:
        return self._terminal

    def text(self) -> str:
        self.flush()
        buffer = self.buffer
        assert isinstance(buffer, io.BytesIO)
        return buffer.getvalue().decode(self.encoding)


def run(
    *arguments: str,
    stdin: bytes = b"",
    terminal: bool = False,
    encoding: str = "utf-8",
    environment: Mapping[str, str] | None = None,
) -> Result:
    import os
    from unittest import mock

    out = _Stream(terminal=terminal, encoding=encoding)
    err = _Stream(terminal=terminal, encoding=encoding)
    given = io.TextIOWrapper(io.BytesIO(stdin))
    with (
        mock.patch.object(sys, "argv", ["trustpath", *arguments]),
        mock.patch.object(sys, "stdout", out),
        mock.patch.object(sys, "stderr", err),
        mock.patch.object(sys, "stdin", given),
        mock.patch.dict(os.environ, environment or {}),
    ):
        try:
            main()
        except SystemExit as stop:
            code = stop.code
    assert isinstance(code, int)
    return Result(code, out.text(), err.text())
