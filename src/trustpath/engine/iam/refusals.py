"""Would IAM store this document, and what does it say when it does not?

Source: iam-evaluation 1.3 and 1.4: recorded answers first, the documentation's grammar second. A rule whose
answer nobody recorded gives ``unknown``. The checks follow IAM's order, so the first one is its message.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from trustpath.engine.iam import shared_providers
from trustpath.engine.iam import values as typed
from trustpath.engine.iam.operators import ALL, Operator
from trustpath.engine.iam.service_reference import action_exists, services_with_resource_control
from trustpath.engine.iam.shared_providers import BUILT_IN_PROVIDERS
from trustpath.model.arn import PARTITIONS, Arn, OidcProviderArn
from trustpath.model.policy import (
    TRUST_ACTIONS,
    JsonNumber,
    JsonObject,
    LocatedStatement,
    Path,
    PolicyKind,
    document_text,
    listed,
    located_statements,
    read_document,
)


class Refusal(Struct, frozen=True):
    """IAM refuses, or ``verdict`` is ``unknown``: nobody recorded what it does.

    ``message`` is IAM's own text, None where it is not recorded. ``new_only``: documents that were stored
    before the rule, or under a raised quota, still work. ``code`` is Access Analyzer's name for the same rule,
    where the rule is nothing but a refusal. ``names``: the form is right, but an action or a principal that the
    document names is not one.
    """

    verdict: Literal["rejected", "unknown"]
    message: str | None
    problem: str
    path: Path = ()
    new_only: bool = False
    code: str = ""
    names: bool = False


_SYNTAX = "Syntax errors in policy."
_LEGACY = "The policy failed legacy parsing"
_PLAIN_SID = (
    "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
)
_NO_VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
_IAM_PATHS = (
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
)
_ELEMENTS = frozenset(
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"]
)
QUOTAS: dict[PolicyKind, int] = {"trust": 2048, "identity": 10240, "scp": 5120, "rcp": 5120}
"""Characters without white space (iam-evaluation 1.3). A role's inline policies may have 10,240 together."""
_MANAGED = 6144


def refusal(kind: PolicyKind, text: str) -> Refusal | None:
    """Return the first reason for which IAM refuses a document, None when it would store it.

    A rule that is not recorded (``unknown``) counts only where nothing else refuses.
    """
    found = refusals(kind, text)
    return next((item for item in found if item.verdict == "rejected"), found[0] if found else None)


@lru_cache(maxsize=50_000)
def always_refused(kind: PolicyKind, text: str, *, names: bool = True) -> Refusal | None:
    """Return the first reason for which no stored document can be like this one, None when one can.

    Without ``names``, a document that only names what is not there counts as stored.
    """
    for item in refusals(kind, text):
        if item.verdict == "rejected" and not item.new_only and (names or not item.names):
            return item
    return None


def refusals(kind: PolicyKind, text: str) -> tuple[Refusal, ...]:
    """Return everything that IAM has against a document, in the order in which it looks."""
    try:
        tree = read_document(text)
    except (ValueError, RecursionError) as error:
        message = "This policy contains invalid Json" if kind == "trust" else _SYNTAX if _is_iam(kind) else None
        return (Refusal("rejected", message, f"not JSON: {error}"),)
    return tuple(_refusals(kind, tree, text))


def _is_iam(kind: PolicyKind) -> bool:
    return kind in ("identity", "session", "trust")


def _refusals(kind: PolicyKind, tree: object, text: str) -> Iterator[Refusal]:
    syntax = _SYNTAX if _is_iam(kind) else None
    if not isinstance(tree, JsonObject):
        yield Refusal("rejected", syntax, "the document is not a JSON object")
        return
    shape = list(_shape(kind, tree, syntax))
    yield from shape
    if any(item.verdict == "rejected" and not item.new_only for item in shape):
        return
    statements = located_statements(tree)
    yield from _version(kind, tree)
    yield from _legacy(kind, statements)
    yield from _statement_ids(kind, statements)
    for statement, path in statements:
        yield from _needed_actions(kind, statement, path)
    for element in ("Resource", "NotResource") if kind != "trust" else ():
        for statement, path in statements:
            yield from _resource_forms(element, statement, path)
    for statement, path in statements:
        yield from _action_forms(statement, path)
    for statement, path in statements:
        yield from _needed_elements(kind, statement, path)
    if kind == "trust":
        for statement, path in statements:
            yield from _trust(statement, path)
    elif kind == "rcp":
        for statement, path in statements:
            yield from _rcp(statement, path)
    elif kind != "resource":
        for statement, path in statements:
            yield from _no_principal(kind, statement, path)
    yield from _size(kind, document_text(text))


# --- Syntax (1.4, first row) ---------------------------------------------------------------------------


def _shape(kind: PolicyKind, tree: JsonObject, syntax: str | None) -> Iterator[Refusal]:
    def refuse(problem: str, *path: str | int) -> Refusal:
        return Refusal("rejected", syntax, problem, tuple(path))

    for key in tree:
        if key not in ("Version", "Id", "Statement"):
            yield refuse(f"`{key}` is no element of a policy document", key)
    for key in tree.doubled:
        yield _doubled_element(key, (key,))
    if "Version" in tree and tree["Version"] not in ("2012-10-17", "2008-10-17"):
        message = "The policy must contain a valid version string" if kind == "resource" else syntax
        yield Refusal("rejected", message, "`Version` is neither 2012-10-17 nor 2008-10-17", ("Version",))
    if "Id" in tree and not _is_text(tree["Id"]):
        yield refuse("`Id` is no text", "Id")
    found = tree.get("Statement")
    if not isinstance(found, JsonObject | list) or found == []:
        yield refuse("there is no statement", *(("Statement",) if "Statement" in tree else ()))
        return
    for index, statement in enumerate(found if isinstance(found, list) else [found]):
        path: Path = ("Statement", index) if isinstance(found, list) else ("Statement",)
        if isinstance(statement, JsonObject):
            yield from _statement_shape(statement, path, syntax)
        else:
            yield refuse("a statement is not a JSON object", *path)


def _doubled_element(key: str, path: Path) -> Refusal:
    # Documents from before this rule work: the last Effect counts, actions and resources add up (1.1).
    return Refusal("rejected", None, f"`{key}` stands twice in one object", path, new_only=True)


def _is_text(value: object) -> bool:
    return isinstance(value, str) and not isinstance(value, JsonNumber)


def _statement_shape(statement: JsonObject, path: Path, syntax: str | None) -> Iterator[Refusal]:
    def refuse(problem: str, *more: str | int) -> Refusal:
        return Refusal("rejected", syntax, problem, (*path, *more))

    for key in statement:
        if key not in _ELEMENTS:
            yield refuse(f"`{key}` is no element of a statement", key)
    for key in statement.doubled:
        yield _doubled_element(key, (*path, key))
    for one in ("Action", "Resource", "Principal"):
        if one in statement and f"Not{one}" in statement:
            yield refuse(f"a statement has both `{one}` and `Not{one}`", f"Not{one}")
    effect = statement.get("Effect")
    if not isinstance(effect, str) or effect.lower() not in ("allow", "deny"):
        yield refuse("`Effect` is neither Allow nor Deny", *(("Effect",) if "Effect" in statement else ()))
    if "Sid" in statement and not _is_text(statement["Sid"]):
        yield refuse("`Sid` is no text", "Sid")
    for element in ("Action", "NotAction", "Resource", "NotResource"):
        value = statement.get(element, "")
        if isinstance(value, list) and element.endswith("Resource"):
            # A null among resources is stored (recorded).
            value = [item for item in value if item is not None]
        if not _is_text(value) and not (isinstance(value, list) and all(map(_is_text, value))):
            yield refuse(f"`{element}` is neither a text nor a list of texts", element)
    for element in ("Principal", "NotPrincipal"):
        if element in statement:
            yield from _principal_shape(statement[element], (*path, element), syntax)
    yield from _condition_shape(statement, path, syntax)


def _principal_shape(value: object, path: Path, syntax: str | None) -> Iterator[Refusal]:
    if value == "*":
        return
    if not isinstance(value, JsonObject):
        yield Refusal(
            "rejected", "Principal must be a JSON object." if syntax is None else syntax, "not an object", path
        )
        return
    for kind in value.doubled:
        yield _doubled_element(kind, (*path, kind))
    for kind, names in value.items():
        if kind not in ("AWS", "Federated", "Service", "CanonicalUser"):
            yield Refusal("rejected", None, f"`{kind}` is no kind of principal", (*path, kind))
        if not _is_text(names) and not (isinstance(names, list) and all(map(_is_text, names))):
            yield Refusal("rejected", syntax, f"`{kind}` is neither a text nor a list of texts", (*path, kind))


def _condition_shape(statement: JsonObject, path: Path, syntax: str | None) -> Iterator[Refusal]:
    block = statement.get("Condition", JsonObject())
    here: Path = (*path, "Condition")
    if not isinstance(block, JsonObject):
        yield Refusal("rejected", syntax, "`Condition` is not a JSON object", here)
        return
    for name in block.doubled:
        yield Refusal("unknown", None, f"`{name}` stands twice in one object", (*here, name), new_only=True)
    for name, keys in block.items():
        if not isinstance(keys, JsonObject):
            yield Refusal("rejected", syntax, f"`{name}` is not a JSON object", (*here, name))
            continue
        # An operator that IAM does not know is accepted while it holds nothing (recorded).
        if keys and Operator.parse(name) is None:
            yield _unknown_operator(name, (*here, name), syntax)
        for key in keys.doubled:
            yield Refusal("unknown", None, f"`{key}` stands twice in one object", (*here, name, key), new_only=True)
        lowered = [key.lower() for key in keys]
        if len(set(lowered)) != len(lowered):
            yield Refusal("unknown", None, "one key in two spellings", (*here, name), new_only=True)
        for key, value in keys.items():
            yield from _operand_shape(name, value, (*here, name, key), syntax)


def _unknown_operator(name: str, path: Path, syntax: str | None) -> Refusal:
    bare = name.rpartition(":")[2].removesuffix("IfExists")
    if bare not in ALL and bare.lower() in {operator.lower() for operator in ALL}:
        return Refusal("unknown", None, f"operator `{name}` is spelt in another case", path)
    if name == "NullIfExists":
        return Refusal("unknown", None, "Null takes no IfExists", path)
    return Refusal("rejected", syntax, f"`{name}` is no condition operator", path)


def _operand_shape(operator: str, value: object, path: Path, syntax: str | None) -> Iterator[Refusal]:
    items = value if isinstance(value, list) else [value]
    if not all(isinstance(item, str | bool) for item in items):
        yield Refusal("rejected", syntax, "a text, a number or a boolean is expected here", path)
        return
    kinds = {type(item) for item in items}
    if len(kinds) > 1:
        yield Refusal("unknown", None, "values of different JSON types", path)
    parsed = Operator.parse(operator)
    if parsed is not None and parsed.name == "Bool" and len(items) > 1:
        yield Refusal("unknown", None, "several values for a boolean", path)
    if parsed is not None and parsed.name == "Null" and parsed.if_exists:
        yield Refusal("unknown", None, "Null takes no IfExists", path)


# --- Version, legacy parsing, statement ids --------------------------------------------------------------


def _version(kind: PolicyKind, tree: JsonObject) -> Iterator[Refusal]:
    if kind in ("identity", "session") and tree.get("Version") != "2012-10-17":
        message = "Policy document must be version 2012-10-17 or greater."
        place: Path = ("Version",) if "Version" in tree else ()
        yield Refusal("rejected", message, "`Version` is not 2012-10-17", place, new_only=True)


def _legacy(kind: PolicyKind, statements: list[LocatedStatement]) -> Iterator[Refusal]:
    legacy = _LEGACY if _is_iam(kind) else None
    for statement, path in statements:
        if statement.get("Effect") not in ("Allow", "Deny"):
            yield Refusal("rejected", legacy, "`Effect` is written in another case", (*path, "Effect"))
        if kind != "session":
            yield from _literals(statement, path, legacy)
    if kind == "trust":
        return
    for element in ("Resource", "NotResource"):
        for statement, path in statements:
            # A resource that is no ARN at all is named later, and ends this check (recorded).
            texts = listed(statement, element, path)
            if any(_resource_message(text) for text, _ in texts):
                return
            for text, place in texts:
                if text.count(":") >= 2 and ((text.count(":") < 5 and "::" in text) or text.split(":")[2] == ""):
                    yield Refusal("rejected", legacy, f"resource {text} has too few parts", place)


def _literals(statement: JsonObject, path: Path, legacy: str | None) -> Iterator[Refusal]:
    """Find values that their operator cannot read (1.4, last row of the first table)."""
    block = statement.get("Condition")
    for name, keys in block.items() if isinstance(block, JsonObject) else ():
        operator = Operator.parse(name)
        if operator is None or not isinstance(keys, JsonObject):
            continue
        for key, value in keys.items():
            for index, item in enumerate(value if isinstance(value, list) else [value]):
                text = ("true" if item else "false") if isinstance(item, bool) else str(item)
                if not isinstance(item, str | bool) or _readable(operator.family, text):
                    continue
                place = (*path, "Condition", name, key, *((index,) if isinstance(value, list) else ()))
                if "${" in text:
                    yield Refusal("unknown", None, f"{operator.name} takes no variables", place)
                    continue
                message = legacy if operator.family == "Date" else None
                yield Refusal("rejected", message, f"`{text}` is no value for {operator.name}", place)


def _readable(family: str, text: str) -> bool:
    match family:
        case "Numeric":
            return typed.number(text) is not None
        case "Date":
            return typed.date(text) is not None or _storable_date(text)
        case "IpAddress":
            found = typed.network(text)
            return found is not None and not found.empty and not (found.version == 6 and "." in text)
        case "Arn":
            return "${" in text or _storable_arn(text)
        case "Binary":
            return typed.is_base64(text)
        case _:
            return True


def _storable_arn(text: str) -> bool:
    # What a stored ARN operand has to look like is recorded only for plain words, which are refused.
    return text == "*" or text.startswith(("arn:", "*:")) or text in ("arn*", "a*")


def _storable_date(text: str) -> bool:
    """Return whether IAM stores a date that says no moment we can read (recorded: `01T`, `-292275054`)."""
    lower = text.lower()
    if "t" not in lower and "-" not in lower:
        return re.fullmatch(r"[0-9]{1,19}", lower) is not None and int(lower) <= 2**63 - 1
    day, _, time = lower.partition("t")
    return _fits(r"-?[0-9]{1,9}(-[0-9]{1,2}){0,2}", day, (292278993, 12, 31)) and (
        not time
        or _fits(
            r"[0-9]{1,2}(:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]{1,9})?(z|[+-][0-9]{2}(:[0-9]{2})?)?)?)?", time, (23, 59, 59)
        )
    )


def _fits(form: str, text: str, most: tuple[int, int, int]) -> bool:
    if re.fullmatch(form, text) is None:
        return False
    numbers = [int(part) for part in re.findall(r"[0-9]+", re.split(r"[.z+]", text)[0])]
    return all(number <= limit for number, limit in zip(numbers, most, strict=False))


def _statement_ids(kind: PolicyKind, statements: list[LocatedStatement]) -> Iterator[Refusal]:
    seen: set[str] = set()
    for statement, path in statements:
        sid = statement.get("Sid")
        if isinstance(sid, str) and sid:
            # The message does not allow underscores, and yet ids with them are recorded as stored.
            if _is_iam(kind) and not re.fullmatch(r"[0-9A-Za-z_]+", sid):
                yield Refusal("rejected", _PLAIN_SID, f"statement id `{sid}`", (*path, "Sid"), new_only=True)
            if sid in seen:
                message = {
                    "identity": "Statement IDs (SID) in a single policy must be unique.",
                    "session": "Statement IDs (SID) in a single policy must be unique.",
                    "trust": "The Statement Ids in the policy are not unique",
                    "resource": "The Statement Ids in the policy are not unique",
                }.get(kind)
                yield Refusal("rejected", message, f"statement id {sid} stands twice", (*path, "Sid"))
            seen.add(sid)


# --- Actions and resources -------------------------------------------------------------------------------


def _needed_actions(kind: PolicyKind, statement: JsonObject, path: Path) -> Iterator[Refusal]:
    actions = statement.get("Action", statement.get("NotAction"))
    if actions is None or actions == []:
        message = {
            "identity": "Policy statement must contain actions.",
            "session": "Policy statement must contain actions.",
            "trust": "Missing required field Action" if actions is None else None,
            "resource": "Missing required field Action" if actions is None else None,
        }.get(kind)
        yield Refusal("rejected", message, "a statement has no `Action`", path)


def _needed_elements(kind: PolicyKind, statement: JsonObject, path: Path) -> Iterator[Refusal]:
    resources = statement.get("Resource", statement.get("NotResource"))
    if kind in ("identity", "session", "scp", "rcp") and (resources is None or resources == []):
        message = "Policy statement must contain resources." if _is_iam(kind) else None
        yield Refusal("rejected", message, "a statement has no `Resource`", path)
    named = "Principal" in statement or "NotPrincipal" in statement
    if kind in ("trust", "resource") and not named:
        yield Refusal("rejected", "Missing required field Principal", "a statement has no `Principal`", path)


def _resource_forms(element: str, statement: JsonObject, path: Path) -> Iterator[Refusal]:
    for text, place in sorted(listed(statement, element, path), key=lambda found: found[0]):
        message = _resource_message(text)
        if message:
            yield Refusal("rejected", message, f"resource {text} is no ARN that IAM takes", place)


_REGIONAL_S3 = ("accesspoint/", "access-grants/", "async-request/", "job/", "storage-lens/", "storage-lens-group/")
"""Resources of S3 that have a region, by the Service Authorization Reference."""
_NEWER_IAM_PATHS = ("*", "root", "role-template/", "delegation-request/", "assumed-role/", "contextProvider/")
"""Resources that are newer than IAM's recorded message: in AWS's own policies or its authorization reference."""


def _resource_message(text: str) -> str:
    if text == "*":
        return ""
    first, colon, rest = text.partition(":")
    if not colon:
        return f'Resource {text} must be in ARN format or "*".'
    partition, colon, rest = rest.partition(":")
    if partition != "*" and partition not in PARTITIONS:
        fields = rest.split(":", 3) if rest or colon else [""]
        padded = [fields[0] or ("" if len(fields) > 1 else "*"), *fields[1:], "*", "*", "*"][:4]
        return f'Partition "{partition}" is not valid for resource "arn:{partition}:{":".join(padded)}".'
    if not colon:
        return "Resource vendor must be fully qualified and cannot contain regexes."
    service, _, rest = rest.partition(":")
    region = rest.partition(":")[0]
    if "*" in region:
        # Recorded for plain regions only.
        return ""
    resource = rest.split(":", 2)[2] if rest.count(":") >= 2 else ""
    if service == "iam" and region:
        return f"IAM resource {text} cannot contain region information."
    if service == "s3" and region and not resource.startswith(_REGIONAL_S3):
        return f"Resource {text} can not contain region information."
    if service == "iam" and first == "arn" and not resource.startswith((*_IAM_PATHS, *_NEWER_IAM_PATHS)):
        return f'IAM resource path must either be "*" or start with {", ".join(_IAM_PATHS)}.'
    return ""


def _action_forms(statement: JsonObject, path: Path) -> Iterator[Refusal]:
    for element in ("Action", "NotAction"):
        for text, place in listed(statement, element, path):
            service, colon, name = text.partition(":")
            if text == "*":
                continue
            if "${" in text:
                yield Refusal("unknown", None, "a variable in an action", place)
            elif not colon:
                yield Refusal("rejected", _NO_VENDOR, f"action {text} has no service prefix", place)
            elif ":" in name:
                message = "Actions/Condition can contain only one colon."
                yield Refusal("rejected", message, f"action {text} has two colons", place)
            elif re.search(r"[^a-zA-Z0-9\-.]", service):
                yield Refusal("rejected", f"Vendor {service} is not valid", f"`{service}` is no service prefix", place)


def _no_principal(kind: PolicyKind, statement: JsonObject, path: Path) -> Iterator[Refusal]:
    for element in ("Principal", "NotPrincipal"):
        if element in statement:
            message = "Policy document should not specify a principal." if _is_iam(kind) else None
            yield Refusal("rejected", message, f"this kind of policy has no `{element}`", (*path, element))


# --- Trust policies ----------------------------------------------------------------------------------------


def _trust(statement: JsonObject, path: Path) -> Iterator[Refusal]:
    for element in ("Resource", "NotResource"):
        if element in statement:
            yield Refusal(
                "rejected", "Has prohibited field Resource", f"a trust policy has no `{element}`", (*path, element)
            )
    yield from _trust_actions(statement, path)
    if "NotPrincipal" in statement:
        message = "Allow with NotPrincipal is not allowed." if statement.get("Effect") == "Allow" else None
        yield Refusal("rejected", message, "a trust policy has no `NotPrincipal`", (*path, "NotPrincipal"))
    principal = statement.get("Principal")
    if principal == "*":
        message = 'AssumeRolepolicy contained an invalid principal: "STAR":"*".'
        yield Refusal("rejected", message, "`Principal` is a bare star", (*path, "Principal"))
    elif isinstance(principal, JsonObject):
        yield from _trust_principals(principal, (*path, "Principal"))
        for text, place in mismatched_actions(statement, path):
            yield Refusal("unknown", None, f"`{text}` is not for this kind of principal", place)
    yield from _shared_provider_guard(statement, path)


def _trust_actions(statement: JsonObject, path: Path) -> Iterator[Refusal]:
    message = "AssumeRole policy may only specify STS AssumeRole actions."
    for element in ("Action", "NotAction"):
        for text, place in listed(statement, element, path):
            lower = text.lower()
            service, _, name = lower.partition(":")
            if lower in TRUST_ACTIONS or "${" in text:
                continue
            wild = "*" in name or "?" in name
            if service == "sts" and (wild or action_exists("sts", name)):
                # Sources disagree on patterns, and nobody recorded STS's other actions.
                yield Refusal("unknown", None, f"`{text}` is not one of the actions that assume a role", place)
            else:
                yield Refusal("rejected", message, f"`{text}` is no action that assumes a role", place, names=True)


def mismatched_actions(statement: JsonObject, path: Path) -> list[tuple[str, Path]]:
    """Return the actions that no principal of a trust statement can call (Access Analyzer, 5 rows 30 and 31)."""
    principal = statement.get("Principal")
    if not isinstance(principal, JsonObject):
        return []
    federated = [text for text, _ in listed(principal, "Federated")]
    able = {"sts:assumerole"} if principal.keys() - {"Federated"} else set()
    able |= {
        "sts:assumerolewithsaml" if ":saml-provider/" in text else "sts:assumerolewithwebidentity" for text in federated
    }
    if not federated and not able:
        return []
    assume = ("sts:assumerole", "sts:assumerolewithsaml", "sts:assumerolewithwebidentity")
    return [
        item for item in listed(statement, "Action", path) if item[0].lower() in assume and item[0].lower() not in able
    ]


_UNIQUE_ID = re.compile(r"A[A-Z]{3}[A-Z0-9]{12,}")


def _trust_principals(principal: JsonObject, path: Path) -> Iterator[Refusal]:
    if not principal or any(value == [] for value in principal.values()):
        yield Refusal("unknown", None, "`Principal` names nobody", path)
    for text, place in listed(principal, "AWS", path):
        yield from _trust_aws(text, place)
    for text, place in listed(principal, "Service", path):
        if not re.fullmatch(
            r"[a-z0-9.-]+\.(amazonaws\.com(\.cn)?|amazonaws\.eu|amazon\.com|aws\.internal|c2s\.ic\.gov)", text
        ):
            message = f'Invalid principal in policy: "SERVICE":"{text}"'
            yield Refusal("rejected", message, f"`{text}` is no service principal", place, names=True)
    for text, place in listed(principal, "Federated", path):
        arn = Arn.parse(text)
        provider = (
            arn is not None and arn.service == "iam" and arn.resource.startswith(("oidc-provider/", "saml-provider/"))
        )
        if arn is not None and provider and (problem := _wrong_account(arn)):
            yield Refusal("rejected", None, f"`{text}`: {problem}", place, names=True)
        if provider or text in BUILT_IN_PROVIDERS or "${" in text:
            continue
        if re.fullmatch(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text):
            yield Refusal("unknown", None, f"`{text}` is none of the four built-in providers", place)
        else:
            message = "Federated principals must be valid domain names or SAML metadata ARNs"
            yield Refusal("rejected", message, f"`{text}` is no identity provider", place, names=True)
    if "CanonicalUser" in principal:
        yield Refusal("unknown", None, "canonical users are for buckets", (*path, "CanonicalUser"))


def _trust_aws(text: str, place: Path) -> Iterator[Refusal]:
    if text == "*" or re.fullmatch(r"[0-9]{12}", text):
        return
    message = f'Invalid principal in policy: "AWS":"{text}"'
    arn = Arn.parse(text)
    if arn is None and _UNIQUE_ID.fullmatch(text):
        yield Refusal("unknown", None, "a unique id in place of an ARN: the user or role is gone", place)
    elif arn is None or arn.service not in ("iam", "sts"):
        yield Refusal("rejected", message, f"`{text}` is no AWS principal", place, names=True)
    elif OidcProviderArn.parse(text) or arn.resource.startswith("saml-provider/"):
        yield Refusal("unknown", None, "an identity provider belongs under `Federated`", place)
    elif "*" in text or "?" in text:
        yield Refusal("rejected", message, "a principal takes no wildcard inside", place, names=True)
    elif arn.resource.startswith("group/"):
        yield Refusal("rejected", message, "a group is no principal", place, names=True)
    elif problem := _wrong_account(arn):
        yield Refusal("rejected", message, problem, place, names=True)
    elif not re.fullmatch(r"root|(user|role|assumed-role|federated-user)/.+", arn.resource):
        yield Refusal(
            "rejected", message, f"`{arn.resource}` is neither root, a user, a role nor a session", place, names=True
        )


def _wrong_account(arn: Arn) -> str:
    """Return what is wrong with the parts of an ARN that come before its resource, empty when they can be right."""
    if arn.partition not in PARTITIONS:
        return f"there is no partition `{arn.partition}`"
    if arn.region:
        return "IAM's ARNs have no region"
    return "" if re.fullmatch(r"[0-9]{12}", arn.account) else "the account is no number of 12 digits"


def _shared_provider_guard(statement: JsonObject, path: Path) -> Iterator[Refusal]:
    """Find what IAM demands of new trust in providers that many customers share (1.4)."""
    if statement.get("Effect") != "Allow" or not shared_providers.allows_web_identity(statement):
        return
    principal = statement.get("Principal")
    providers = listed(principal, "Federated", (*path, "Principal")) if isinstance(principal, JsonObject) else []
    for text, place in providers:
        message = shared_providers.demand(text, statement)
        if message:
            yield Refusal(
                "rejected", message, "the statement admits every customer of this provider", place, new_only=True
            )


# --- Resource control policies ------------------------------------------------------------------------------


def _rcp(statement: JsonObject, path: Path) -> Iterator[Refusal]:
    def refuse(
        code: str, problem: str, *place: str | int, verdict: Literal["rejected", "unknown"] = "rejected"
    ) -> Refusal:
        return Refusal(verdict, None, problem, (*path, *place), code=f"RCP_SYNTAX_ERROR_{code}")

    if statement.get("Effect") == "Allow":
        yield refuse("ALLOW", "a resource control policy only denies", "Effect")
    if "NotPrincipal" in statement:
        yield refuse("PRINCIPAL", "a resource control policy has no `NotPrincipal`", "NotPrincipal")
    if "NotAction" in statement:
        yield refuse("NOTACTION", "a resource control policy has no `NotAction`", "NotAction")
    principal = statement.get("Principal")
    if principal == JsonObject({"AWS": ["*"]}):
        yield refuse("PRINCIPAL", "a list around the star", "Principal", verdict="unknown")
    elif principal not in ("*", JsonObject({"AWS": "*"})) and "NotPrincipal" not in statement:
        yield refuse("PRINCIPAL", "`Principal` has to be a star", "Principal")
    for text, place in listed(statement, "Action", path):
        service = text.lower().partition(":")[0]
        if "*" in service:
            yield refuse("ACTION", "a star covers services that these policies do not reach", *place[len(path) :])
        elif service not in services_with_resource_control():
            yield refuse("ACTION", f"resource control policies do not reach {service}", *place[len(path) :])


def _size(kind: PolicyKind, text: str) -> Iterator[Refusal]:
    quota = QUOTAS.get(kind)
    length = len(re.sub(r"\s", "", text)) if quota else 0
    if kind == "identity" and _MANAGED < length <= QUOTAS["identity"]:
        problem = f"{length} characters are too many for a managed policy ({_MANAGED}), not for a role's inline ones"
        yield Refusal("unknown", None, problem, (), new_only=True)
    if quota is not None and length > quota:
        message = f"Cannot exceed quota for ACLSizePerRole: {quota}" if kind == "trust" else None
        yield Refusal("rejected", message, f"{length} characters, the quota is {quota}", (), new_only=True)
