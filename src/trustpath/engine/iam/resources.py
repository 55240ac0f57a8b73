"""Does a Resource element cover the request's resource? (iam-evaluation 2)

A star runs over colons and slashes; the text is case-sensitive. Variables stand only after the fifth colon.
"""

from trustpath.engine.iam.request import RequestContext
from trustpath.engine.iam.three_valued import Truth, some
from trustpath.engine.iam.variables import Template, Unresolved, compile_value
from trustpath.engine.iam.wildcards import ANY_RUN, Pattern, Patterns, wildcard_parts
from trustpath.model.policy import Text


class CompiledResources:
    """The patterns of a Resource or NotResource element."""

    __slots__ = ("_patterns", "_short", "negated", "templates", "texts")

    def __init__(self, texts: tuple[Text, ...], version: str, *, negated: bool) -> None:
        """Compile an element; ``negated`` for NotResource."""
        self.texts, self.negated = texts, negated
        compiled = [_compile(text.value, version) for text in texts]
        self._patterns = Patterns(value for value in compiled if isinstance(value, Pattern))
        self.templates = tuple(value for value in compiled if isinstance(value, Template))
        # IAM stores ARNs with fewer than six parts; its messages show stars in place of what is missing,
        # but what such an ARN covers is not documented.
        self._short = tuple(
            Pattern([*wildcard_parts(text.value), *(":", ANY_RUN) * (5 - text.value.count(":"))])
            for text in texts
            if 1 <= text.value.count(":") < 5
        )

    def cover(self, resource: str, context: RequestContext) -> Truth:
        """Return whether the element covers a resource."""
        found: Truth = self._patterns.match(resource)
        if found is False and any(pattern.matches(resource) for pattern in self._short):
            found = None
        if self.templates:
            values = [template.resolve(context) for template in self.templates]
            if self.negated and any(isinstance(value, Unresolved) and not value.unknown for value in values):
                # A NotResource that holds a variable without a value covers nothing.
                return False
            found = some((found, *(_fits(value, resource) for value in values)))
        return found if found is None else found is not self.negated

    def unknown_keys(self, context: RequestContext) -> tuple[str, ...]:
        """Return the keys of variables that are not known."""
        return tuple(key for template in self.templates for key in template.unknown_keys(context))


def _compile(text: str, version: str) -> Pattern | Template:
    """Return the pattern of one entry: variables are plain text before the fifth colon."""
    place = _fifth_colon(text)
    if place < 0 or text.find("${") < 0:
        return compile_value(text, version if place >= 0 else "", like=True)
    tail = compile_value(text[place:], version, like=True)
    head = wildcard_parts(text[:place])
    return Template((*head, *tail.parts)) if isinstance(tail, Template) else Pattern([*head, *tail.parts])


def _fits(value: Pattern | Unresolved, resource: str) -> Truth:
    if isinstance(value, Pattern):
        return value.matches(resource)
    return None if value.unknown else False


def _fifth_colon(text: str) -> int:
    place = -1
    for _ in range(5):
        place = text.find(":", place + 1)
        if place < 0:
            return -1
    return place
