"""Finds a change's object in the user's own files, and edits its text there: manifests, Helm values, Terraform.

Everything that the change does not touch stays as it is written, comments, order and quotes too.
"""

import difflib
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from trustpath.errors import InputError
from trustpath.fixes.source_manifests import edited_manifest
from trustpath.fixes.source_terraform import edited_terraform
from trustpath.fixes.source_values import edited_values
from trustpath.model.fix import Change, CreateObject, Restart
from trustpath.model.snapshot import Snapshot
from trustpath.model.trace import FileDiff

_LARGEST = 1 << 20
_LEFT_OUT = frozenset({"node_modules", "vendor", "__pycache__"})


class SourceFile(Struct, frozen=True):
    """A file and what it holds."""

    name: str
    text: str


class Edit(Struct, frozen=True):
    """A file's whole text after a change, and the difference."""

    after: str
    shown: FileDiff


def read_sources(folder: str) -> tuple[SourceFile, ...]:
    """Return the YAML and Terraform files below a folder, or one file. Raises InputError where there is none."""
    root = Path(folder)
    try:
        paths = sorted(_files(root)) if root.is_dir() else [root]
        found = [SourceFile(str(path), path.read_bytes().decode()) for path in paths if path.stat().st_size <= _LARGEST]
    except UnicodeDecodeError as error:
        raise InputError(f"{folder}: a file in it is not UTF-8: {error.reason}", "check --source") from None
    except OSError as error:
        name = error.filename or folder
        raise InputError(f"{name}: {(error.strerror or 'cannot be read').lower()}", "check --source") from None
    if not found:
        raise InputError(f"{folder}: no YAML and no Terraform file in it", "give --source the folder of your manifests")
    return tuple(found)


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name.startswith(".") or path.name in _LEFT_OUT:
            continue
        if path.is_dir() and not path.is_symlink():
            yield from _files(path)
        elif path.suffix in (".yaml", ".yml", ".tf"):
            yield path


def edits_of(
    changes: tuple[Change, ...], before: Snapshot, sources: tuple[SourceFile, ...]
) -> tuple[tuple[Edit, ...], bool]:
    """Return how the files change, and whether that is all of a fix: restarts stand in no file.

    A change whose place is not found, or that has several, is left out.
    """
    texts = {item.name: item.text for item in sources}
    whole = True
    for change in changes:
        if isinstance(change, Restart):
            continue
        found = [] if isinstance(change, CreateObject) else list(_edited(change, before, texts))
        if len(found) == 1:
            name, text = found[0]
            texts[name] = text
        else:
            whole = False
    edits = tuple(
        Edit(texts[item.name], FileDiff(item.name, _diff(item.name, item.text, texts[item.name])))
        for item in sources
        if texts[item.name] != item.text
    )
    return edits, whole


def _edited(change: Change, before: Snapshot, texts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield every file that has the change's place, with its text after it; values only where no manifest has it."""
    found = False
    for name, text in texts.items():
        edit = edited_terraform if name.endswith(".tf") else edited_manifest
        for after in edit(text, change, before):
            found = True
            yield name, after
    if found:
        return
    for name, text in texts.items():
        if not name.endswith(".tf"):
            yield from ((name, after) for after in edited_values(text, change, before))


def _diff(name: str, before: str, after: str) -> str:
    """Return a unified diff, as `patch` takes it."""
    lines = difflib.unified_diff(before.splitlines(keepends=True), after.splitlines(keepends=True), name, name)
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def write_edits(edits: tuple[Edit, ...], sources: tuple[SourceFile, ...]) -> None:
    """Write the files, each in one step and only where nobody has changed it since. Raises InputError."""
    known = {item.name: item.text for item in sources}
    for edit in edits:
        path = Path(edit.shown.file)
        try:
            if path.read_bytes().decode() != known[edit.shown.file]:
                raise InputError(f"{path}: somebody has changed it meanwhile", "run it again")
            temporary = path.with_name(f".{path.name}.trustpath")
            try:
                temporary.write_bytes(edit.after.encode())
                temporary.chmod(path.stat().st_mode & 0o777)
                temporary.replace(path.resolve())
            finally:
                temporary.unlink(missing_ok=True)
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "cannot be written"
            raise InputError(f"{path}: {reason.lower()}", "check the file") from None
