"""Does an Action element cover the request's action? Case does not matter (iam-evaluation 2, S9)."""

from trustpath.engine.iam.wildcards import Patterns, compile_pattern
from trustpath.model.policy import Text


class CompiledActions:
    """The patterns of an Action or NotAction element.

    ``services`` are the prefixes that the element can cover, None when it may cover any.
    """

    __slots__ = ("_patterns", "negated", "services", "texts")

    def __init__(self, texts: tuple[Text, ...], *, negated: bool) -> None:
        """Compile an element; ``negated`` for NotAction."""
        self.texts, self.negated = texts, negated
        self._patterns = Patterns(compile_pattern(text.value.lower()) for text in texts)
        prefixes = {text.value.lower().partition(":")[0] for text in texts}
        plain = not negated and not any(char in prefix for prefix in prefixes for char in "*?")
        self.services: frozenset[str] | None = frozenset(prefixes) if plain else None

    def cover(self, action: str) -> bool:
        """Return whether the element covers an action, given in lower case."""
        return self._patterns.match(action) is not self.negated
