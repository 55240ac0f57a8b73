"""The expression language of Argo's SSO rules: expr-lang, as far as rules use it (S5).

The server compiles a rule against the very claims of the person who signs in. So a name that these claims do not have
is an error, not false, and so is a comparison of a text with a number, also where it would never be reached.
tests/engine/argo/expressions.jsonl holds the answers of the server's own evaluator.
"""

import re
from collections.abc import Callable
from typing import Literal

from msgspec import Struct

from trustpath.engine.argo.go_pattern import PatternError, search

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]
Claims = dict[str, Value]


class RuleError(Exception):
    """The rule cannot be evaluated: the server refuses everybody who comes to it. ``name`` is an unknown one."""

    def __init__(self, problem: str, name: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.name = name


class NotEvaluatedError(Exception):
    """The rule uses a part of the language that is not replicated here: its result is not known."""


class _Token(Struct, frozen=True):
    kind: Literal["text", "number", "name", "operator", "end"]
    value: str
    start: int


_TOKENS = re.compile(
    r"(?P<blank>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<number>\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w]))"
    r"|(?P<text>'(?:[^'\\\n]|\\.)*'|\"(?:[^\"\\\n]|\\.)*\"|`[^`]*`)"
    r"|(?P<name>[A-Za-z_$][\w$]*)"
    r"|(?P<operator>\?\.|\?\?|\|\||&&|==|!=|<=|>=|\*\*|\.\.|[-+*/%^<>!?:.,()\[\]{}#|;=])",
    re.DOTALL,
)
_WORDS = frozenset({"and", "or", "not", "in", "matches", "contains", "startsWith", "endsWith", "let", "if", "else"})
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "\\": "\\", "'": "'", '"': '"', "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_BINARY = {
    **dict.fromkeys(("or", "||"), 10),
    **dict.fromkeys(("and", "&&"), 15),
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">=", "in", "matches", "contains", "startsWith", "endsWith"), 20),
    "..": 25,
    **dict.fromkeys(("+", "-"), 30),
    **dict.fromkeys(("*", "/", "%"), 60),
    **dict.fromkeys(("**", "^"), 100),
    "??": 500,
    "|": 0,
}
_NEGATED = frozenset({"in", "matches", "contains", "startsWith", "endsWith"})
_PREDICATES = frozenset({"all", "any", "count", "filter", "find", "none", "one"})
_OTHER_PREDICATES = frozenset({"findIndex", "findLast", "findLastIndex", "groupBy", "map", "reduce", "sortBy", "sum"})
_FUNCTIONS = frozenset({"len", "lower", "upper", "trim", "hasPrefix", "hasSuffix", "split", "type"})
_DEPTH = 100


def evaluate(rule: str, claims: Claims) -> bool:
    """Return whether a rule holds for the claims. Raises RuleError, NotEvaluatedError."""
    node = _Parser(rule, claims).whole()
    result = node.run([])
    if not isinstance(result, bool):
        raise RuleError("it gives no boolean")
    return result


Type = Literal["text", "int", "float", "bool", "nil", "array", "map", "any"]


class _Node(Struct):
    """A part of a rule: what type it has before it runs, and how it runs under the elements of open predicates.

    ``element`` is the type of an array's elements, where all of them were written out and have the same one.
    """

    type: Type
    run: Callable[[list[Value]], Value]
    constant: bool = False
    element: Type = "any"


def _type_of(value: Value) -> Type:
    match value:
        case bool():
            return "bool"
        case int():
            return "int"
        case float():
            return "float"
        case str():
            return "text"
        case list():
            return "array"
        case dict():
            return "map"
    return "nil"


def _constant(value: Value) -> _Node:
    return _Node(_type_of(value), lambda _: value, constant=True)


class _Parser:
    """Reads a rule and checks it on the way, as the compiler does: names and types first, nothing runs."""

    def __init__(self, rule: str, claims: Claims) -> None:
        self.tokens = _tokens(rule)
        self.claims = claims
        self.at = 0
        self.elements: list[Type] = []
        self.depth = 0

    def whole(self) -> _Node:
        node = self.expression(0)
        if self.token.kind != "end":
            raise self.unexpected()
        return node

    @property
    def token(self) -> _Token:
        return self.tokens[self.at]

    def unexpected(self) -> RuleError:
        shown = self.token.value or "its end"
        return RuleError(f"`{shown}` is not expected at character {self.token.start + 1}")

    def take(self, value: str) -> bool:
        if self.token.kind == "operator" and self.token.value == value:
            self.at += 1
            return True
        return False

    def expect(self, value: str) -> None:
        if not self.take(value):
            raise self.unexpected()

    def expression(self, precedence: int) -> _Node:
        self.depth += 1
        if self.depth > _DEPTH:
            raise NotEvaluatedError
        if self.token.value in ("let", "if") and self.token.kind == "operator":
            raise NotEvaluatedError
        left = self.primary()
        while self.token.kind == "operator":
            operator = self.token.value
            start = self.at
            negate = False
            if operator == "not":
                self.at += 1
                operator = self.token.value
                negate = True
                if operator not in _NEGATED or self.token.kind != "operator":
                    self.at = start
                    break
            strength = _BINARY.get(operator)
            if strength is None or strength < precedence:
                self.at = start
                break
            self.at += 1
            if operator == "|":
                left = self.pipe(left)
                continue
            if operator in ("..", "**", "^", "%", "/", "*", "-"):
                raise NotEvaluatedError
            right = self.expression(strength + 1)
            left = _binary(operator, left, right)
            if negate:
                left = _not(left)
        if precedence == 0 and self.take("?"):
            left = self.conditional(left)
        self.depth -= 1
        return left

    def conditional(self, condition: _Node) -> _Node:
        if condition.type not in ("bool", "any"):
            raise RuleError("the condition before `?` is no boolean")
        then = self.expression(0)
        self.expect(":")
        otherwise = self.expression(0)
        kind: Type = then.type if then.type == otherwise.type else "any"
        return _Node(kind, lambda on: then.run(on) if _truth(condition.run(on)) else otherwise.run(on))

    def pipe(self, left: _Node) -> _Node:
        name = self.token.value
        if self.token.kind != "name":
            raise self.unexpected()
        self.at += 1
        self.expect("(")
        return self.postfix(self.call(name, left))

    def primary(self) -> _Node:
        token = self.token
        if token.kind == "operator":
            if token.value in ("not", "!"):
                self.at += 1
                return self.postfix(_not(self.expression(50)))
            if token.value in ("-", "+"):
                self.at += 1
                return _signed(token.value, self.expression(90))
            if self.take("("):
                node = self.expression(0)
                self.expect(")")
                return self.postfix(node)
            if token.value in ("#", ".") and self.elements:
                self.at += token.value == "#"
                return self.postfix(_Node(self.elements[-1], lambda on: on[-1]))
        node = self.secondary()
        # Behind nil, true, false and numbers no member follows.
        bare = token.kind == "number" or token.value in ("true", "false", "nil")
        return node if bare else self.postfix(node)

    def secondary(self) -> _Node:
        token = self.token
        self.at += 1
        if token.kind == "number":
            text = token.value.replace("_", "")
            return _constant(float(text) if re.search(r"[.eE]", text) else int(text))
        if token.kind == "text":
            return _constant(_unquoted(token.value))
        if token.kind == "name":
            return self.named(token)
        if token.kind == "operator" and token.value == "[":
            return self.array()
        if token.kind == "operator" and token.value == "{":
            raise NotEvaluatedError
        self.at -= 1
        raise self.unexpected()

    def named(self, token: _Token) -> _Node:
        name = token.value
        if name in ("true", "false"):
            return _constant(name == "true")
        if name == "nil":
            return _constant(None)
        if self.take("("):
            return self.call(name, None)
        if name == "$env":
            raise NotEvaluatedError
        if name not in self.claims:
            raise RuleError(f"unknown name {name}", name)
        value = self.claims[name]
        return _Node(_type_of(value), lambda _: value)

    def array(self) -> _Node:
        items: list[_Node] = []
        while not self.take("]"):
            if items:
                self.expect(",")
                if self.take("]"):
                    break
            items.append(self.expression(0))
        types = {item.type for item in items}
        element: Type = types.pop() if len(types) == 1 else "any"
        constant = all(item.constant for item in items)
        return _Node("array", lambda on: [item.run(on) for item in items], constant, element)

    def call(self, name: str, first: _Node | None) -> _Node:
        if name in _PREDICATES:
            return self.predicate(name, first)
        if name not in _FUNCTIONS:
            if name in _OTHER_PREDICATES or name in _KNOWN_FUNCTIONS:
                raise NotEvaluatedError
            raise RuleError(f"unknown name {name}", name)
        written: list[_Node] = []
        while not self.take(")"):
            if written:
                self.expect(",")
            written.append(self.expression(0))
        return _function(name, [first, *written] if first is not None else written)

    def predicate(self, name: str, first: _Node | None) -> _Node:
        over = first
        if over is None:
            over = self.expression(0)
            self.expect(",")
        if over.type not in ("array", "any"):
            raise RuleError(f"{name} takes an array")
        self.elements.append(over.element)
        braces = self.take("{")
        test = self.expression(0)
        if braces:
            self.expect("}")
        self.elements.pop()
        self.expect(")")
        if test.type not in ("bool", "any"):
            raise RuleError(f"the predicate of {name} gives no boolean")
        return _predicate(name, over, test)

    def postfix(self, node: _Node) -> _Node:
        while self.token.kind == "operator" and self.token.value in (".", "?.", "["):
            optional = self.take("?.")
            if self.take("["):
                index = self.expression(0)
                if self.token.value == ":":
                    raise NotEvaluatedError
                self.expect("]")
                node = _member(node, index, optional=optional)
                continue
            if not optional:
                self.expect(".")
            token = self.token
            if token.kind != "name" and not (token.kind == "operator" and token.value in _WORDS):
                raise self.unexpected()
            self.at += 1
            node = _member(node, _constant(token.value), optional=optional)
        return node


_KNOWN_FUNCTIONS = frozenset(
    {
        *("abs", "bitand", "ceil", "concat", "date", "duration", "first", "flatten", "float", "floor", "fromBase64"),
        *("fromJSON", "fromPairs", "get", "indexOf", "int", "join", "keys", "last", "lastIndexOf", "max", "mean"),
        *("median", "min", "now", "repeat", "replace", "reverse", "round", "sort", "splitAfter", "string", "take"),
        *("timezone", "toBase64", "toJSON", "toPairs", "trimPrefix", "trimSuffix", "uniq", "values"),
    }
)


def _tokens(rule: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(rule):
        match = _TOKENS.match(rule, at)
        if match is None:
            raise RuleError(f"`{rule[at]}` is not expected at character {at + 1}")
        kind = match.lastgroup
        if kind == "name" and match[0] in _WORDS:
            kind = "operator"
        if kind in ("text", "number", "name", "operator"):
            found.append(_Token(kind, match[0], at))  # type: ignore[arg-type]  # the names of the groups
        at = match.end()
    return [*found, _Token("end", "", len(rule))]


def _unquoted(text: str) -> str:
    if text[0] == "`":
        return text[1:-1]

    def escaped(match: re.Match[str]) -> str:
        if match[1] not in _ESCAPES:
            raise NotEvaluatedError
        return _ESCAPES[match[1]]

    return re.sub(r"\\(.)", escaped, text[1:-1], flags=re.DOTALL)


def _truth(value: Value) -> bool:
    if not isinstance(value, bool):
        raise RuleError("what is no boolean is used as one")
    return value


def _not(node: _Node) -> _Node:
    if node.type not in ("bool", "any"):
        raise RuleError(f"not cannot be applied to {_article(node.type)}")
    return _Node("bool", lambda on: not _truth(node.run(on)))


def _signed(sign: str, node: _Node) -> _Node:
    if node.type not in ("int", "float", "any"):
        raise RuleError(f"`{sign}` cannot be applied to {_article(node.type)}")

    def run(on: list[Value]) -> Value:
        value = node.run(on)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise RuleError(f"`{sign}` is applied to what is no number")
        return -value if sign == "-" else value

    return _Node(node.type, run, node.constant)


_NAMES: dict[str, str] = {
    "any": "a value",
    "array": "an array",
    "bool": "a boolean",
    "float": "a number",
    "int": "a number",
    "map": "a map",
    "nil": "nil",
    "text": "a text",
}


def _article(kind: str) -> str:
    return _NAMES[kind]


def _mismatch(operator: str, left: _Node, right: _Node) -> RuleError:
    return RuleError(f"`{operator}` cannot compare {_article(left.type)} with {_article(right.type)}")


_NUMBERS = ("int", "float")


def _binary(operator: str, left: _Node, right: _Node) -> _Node:
    either_any = "any" in (left.type, right.type)
    numbers = left.type in (*_NUMBERS, "any") and right.type in (*_NUMBERS, "any")
    texts = left.type in ("text", "any") and right.type in ("text", "any")
    match operator:
        case "and" | "&&" | "or" | "||":
            if {left.type, right.type} - {"bool", "any"}:
                raise _mismatch(operator, left, right)
            # The compiler folds what one constant decides.
            decides = operator in ("or", "||")
            if any(side.constant and side.run([]) is decides for side in (left, right)):
                return _constant(decides)
            if operator in ("and", "&&"):
                return _Node("bool", lambda on: _truth(left.run(on)) and _truth(right.run(on)))
            return _Node("bool", lambda on: _truth(left.run(on)) or _truth(right.run(on)))
        case "==" | "!=":
            comparable = either_any or numbers or left.type == right.type or "nil" in (left.type, right.type)
            if not comparable:
                raise _mismatch(operator, left, right)
            wanted = operator == "=="
            return _Node("bool", lambda on: _equal(left.run(on), right.run(on)) is wanted)
        case "in":
            if right.type not in ("array", "map", "any") or not _may_be_in(left.type, right):
                raise _mismatch(operator, left, right)
            return _Node("bool", lambda on: _contained(left.run(on), right.run(on)))
        case "matches" | "contains" | "startsWith" | "endsWith":
            if not texts:
                raise _mismatch(operator, left, right)
            if operator == "matches" and right.constant:
                _found(str(right.run([])), "")
            return _Node("bool", lambda on: _of_texts(operator, left.run(on), right.run(on)))
        case "<" | ">" | "<=" | ">=":
            if not (numbers or texts):
                raise _mismatch(operator, left, right)
            return _Node("bool", lambda on: _ordered(operator, left.run(on), right.run(on)))
        case "+":
            if not (numbers or texts):
                raise _mismatch(operator, left, right)
            kind: Type = left.type if left.type == right.type else "any"
            return _Node(kind, lambda on: _sum(left.run(on), right.run(on)))
        case "??":
            return _Node("any", lambda on: right.run(on) if (value := left.run(on)) is None else value)
    raise NotEvaluatedError


def _may_be_in(kind: Type, right: _Node) -> bool:
    if "any" in (kind, right.element) and right.type != "map":
        return True
    if right.type == "map":
        return kind in ("text", "any")
    return kind == right.element or (kind in _NUMBERS and right.element in _NUMBERS) or kind == "nil"


def _is_number(value: Value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _equal(left: Value, right: Value) -> bool:
    if _is_number(left) and _is_number(right):
        return left == right
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(_equal, left, right))
    return left == right


def _contained(left: Value, right: Value) -> bool:
    if right is None:
        return False
    if isinstance(right, list):
        return any(_equal(left, item) for item in right)
    if isinstance(right, dict):
        return isinstance(left, str) and left in right
    raise RuleError("`in` looks into what is neither an array nor a map")


def _found(pattern: str, text: str) -> bool:
    """Return whether a pattern is found in a text, as Go's regular expressions find it. Raises RuleError."""
    try:
        return search(pattern, text)
    except PatternError:
        raise RuleError(f"`{pattern}` is no regular expression of Go") from None


def _of_texts(operator: str, left: Value, right: Value) -> bool:
    if not isinstance(left, str) or not isinstance(right, str):
        raise RuleError(f"`{operator}` is applied to what is no text")
    match operator:
        case "matches":
            return _found(right, left)
        case "contains":
            return right in left
        case "startsWith":
            return left.startswith(right)
    return left.endswith(right)


def _ordered(operator: str, left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        order = (left.encode() > right.encode()) - (left.encode() < right.encode())
    elif isinstance(left, int | float) and isinstance(right, int | float) and not isinstance(left, bool):
        order = (left > right) - (left < right)
    else:
        raise RuleError(f"`{operator}` compares what has no order")
    return {"<": order < 0, ">": order > 0, "<=": order <= 0, ">=": order >= 0}[operator]


def _sum(left: Value, right: Value) -> Value:
    if isinstance(left, str) and isinstance(right, str):
        return left + right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return left + right
    raise RuleError("`+` adds what cannot be added")


def _member(node: _Node, index: _Node, *, optional: bool) -> _Node:
    if node.type == "array" and index.type not in ("int", "any"):
        raise RuleError("an element of an array is chosen by a number")
    if node.type in ("text", "map"):
        raise NotEvaluatedError
    if node.type not in ("array", "any", "nil"):
        raise RuleError(f"{_article(node.type)} has no members")

    def run(on: list[Value]) -> Value:
        value, key = node.run(on), index.run(on)
        if value is None and optional:
            return None
        if isinstance(value, list) and isinstance(key, int) and not isinstance(key, bool):
            if not -len(value) <= key < len(value):
                raise RuleError(f"index {key} is out of range")
            return value[key]
        if isinstance(value, dict) and isinstance(key, str):
            return value.get(key)
        raise RuleError("a member of what has none")

    return _Node("any", run)


def _function(name: str, arguments: list[_Node]) -> _Node:
    wanted = {"hasPrefix": 2, "hasSuffix": 2, "split": 2}.get(name, 1)
    if len(arguments) != wanted:
        if name in ("trim", "split"):
            raise NotEvaluatedError
        raise RuleError(f"{name} takes {wanted} argument{'s' if wanted > 1 else ''}")
    takes = ("text", "array", "map", "any") if name == "len" else tuple(_NAMES) if name == "type" else ("text", "any")
    if any(argument.type not in takes for argument in arguments):
        raise RuleError(f"{name} does not take {_article(arguments[0].type)}")
    types: dict[str, Type] = {"len": "int", "split": "array", "hasPrefix": "bool", "hasSuffix": "bool"}
    return _Node(types.get(name, "text"), lambda on: _called(name, [argument.run(on) for argument in arguments]))


_TYPE_NAMES = {"text": "string", "nil": "nil", "int": "int", "float": "float", "bool": "bool"}


def _called(name: str, values: list[Value]) -> Value:
    first = values[0]
    if name == "type":
        return _TYPE_NAMES.get(_type_of(first), _type_of(first))
    if name == "len" and isinstance(first, list | dict):
        return len(first)
    if not all(isinstance(value, str) for value in values) or not isinstance(first, str):
        raise RuleError(f"{name} does not take {_article(_type_of(first))}")
    second = values[1] if len(values) > 1 else ""
    assert isinstance(second, str)  # noqa: S101  # checked above
    match name:
        case "len":
            return len(first)
        case "lower":
            return first.lower()
        case "upper":
            return first.upper()
        case "trim":
            return first.strip()
        case "hasPrefix":
            return first.startswith(second)
        case "hasSuffix":
            return first.endswith(second)
    return list(first) if not second else list(first.split(second))


def _predicate(name: str, over: _Node, test: _Node) -> _Node:
    types: dict[str, Type] = {"count": "int", "filter": "array", "find": "any"}

    def run(on: list[Value]) -> Value:
        values = over.run(on)
        if not isinstance(values, list):
            raise RuleError(f"{name} takes an array")
        if name in ("all", "any", "none"):
            # These stop at the first that decides.
            stops = name != "all"
            hit = any(_truth(test.run([*on, value])) is stops for value in values)
            return hit if name == "any" else not hit
        found = [value for value in values if _truth(test.run([*on, value]))]
        match name:
            case "one":
                return len(found) == 1
            case "count":
                return len(found)
            case "find":
                return found[0] if found else None
        return list(found)

    return _Node(types.get(name, "bool"), run)
