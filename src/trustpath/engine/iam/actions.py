"""Does an Action element cover the request's action? Case does not matter (iam-evaluation 2, S9)."""

from trustpath.engine.iam.wildcards import compile_pattern, matches
from trustpath.model.policy import Text


def covers(actions: tuple[Text, ...], action: str) -> bool:
    """Return whether one of the patterns fits the action."""
    lowered = action.lower()
    return any(matches(compile_pattern(text.value.lower()), lowered) for text in actions)
