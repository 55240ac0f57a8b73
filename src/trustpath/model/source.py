"""Where an object or a value stands: file, document in the file, and the path of keys inside it."""

from msgspec import Struct

from trustpath.model.fact import NotCollected

Key = str | int
_LINE = "#line"


class Source(Struct, frozen=True):
    """A symbolic place; it becomes line and column only when a finding is drawn.

    ``document`` counts the documents of a multi-document file from 0.
    """

    file: str
    document: int = 0
    path: tuple[Key, ...] = ()

    @classmethod
    def of_line(cls, file: str, number: int) -> "Source":
        """Return the place of a whole line of a log; ``number`` counts from 1."""
        return cls(file, 0, (_LINE, number))

    @property
    def line(self) -> int:
        """Return the number of the line for the place of a whole line, 0 for a place in a document."""
        if len(self.path) == 2 and self.path[0] == _LINE and isinstance(self.path[1], int):
            return self.path[1]
        return 0

    def at(self, *keys: Key) -> "Source":
        """Return the place of a value below this one."""
        return Source(self.file, self.document, (*self.path, *keys))

    @property
    def is_answer(self) -> bool:
        """Return whether this is the answer of a cluster or of AWS, named by the command that prints it, and no file.

        Its lines are nobody's: what counts is the path inside it.
        """
        return self.file.startswith(("kubectl get ", "aws "))

    @property
    def pointer(self) -> str:
        """Return the path as a JSON Pointer (RFC 6901)."""
        return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in self.path)


class Position(Struct, frozen=True):
    """A drawn place: 1-based line and column of the value, and the text of that line."""

    line: int
    column: int
    text: str
    length: int


def conflict(what: str, places: tuple[Source, Source]) -> NotCollected:
    """Return that a thing stands in two places with different content, so that neither is used."""
    shown = " and ".join(
        f"{place.file} (document {place.document + 1})" if place.document else place.file for place in places
    )
    return NotCollected(f"which {what} is meant: it stands in {shown} with different content", "")
