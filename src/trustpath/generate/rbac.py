"""Service accounts, Roles and bindings: for workflows by their templates, for anybody by what was done."""

from collections.abc import Iterator
from itertools import product
from shlex import quote

from msgspec import Struct, structs

from trustpath.engine.argo.needs import CLUSTER, AccountNeeds, Path, UnknownKindError, UnknownManifestError, needs_of
from trustpath.engine.argo.references import expanded, merged
from trustpath.engine.argo.rights import MEMOIZATION, Right, controller_rights, server_rights
from trustpath.engine.rbac.authorizer import Allowed, Authorizer
from trustpath.engine.rbac.least_role import is_for_every_name, rules_of, stable_names
from trustpath.engine.rbac.request import Request, ResourceRequest, UrlRequest, User, service_account
from trustpath.errors import QuestionError
from trustpath.model.argo import Installation, Version, WrittenWorkflow, installations, written_workflows
from trustpath.model.argo_settings import KeyOfSecret, Persistence
from trustpath.model.argo_workflows import TemplateReference, WorkflowSpec
from trustpath.model.fact import Absent, Known
from trustpath.model.generated import (
    SCHEMA_VERSION,
    GeneratedRbac,
    Lacking,
    Subject,
    WrittenRole,
    WrittenRule,
)
from trustpath.model.kubernetes import Metadata
from trustpath.model.rbac import Binding, PolicyRule, Role, RoleRef
from trustpath.model.rbac import Subject as BoundSubject
from trustpath.model.snapshot import Snapshot
from trustpath.model.use import Use
from trustpath.paths.argo_sign_in.rules import RULE
from trustpath.paths.cluster_rbac import ClusterRbac
from trustpath.paths.stored_token import name_for, token_name
from trustpath.paths.workflow_run.workflow import referenced


class IamRole(Struct, frozen=True):
    """An IAM role for an account: by its annotation, or by an association of EKS Pod Identity in ``cluster``."""

    arn: str
    cluster: str = ""


class NotProvenError(Exception):
    """The engine does not confirm what was written: that is a mistake in here."""


def for_workflow(
    snapshot: Snapshot, workflow: WrittenWorkflow, account: str, version: Version | None, role: IamRole | None = None
) -> tuple[GeneratedRbac, ...]:
    """Return what each account of a workflow needs; with ``account`` that is the account of all templates.

    Raises QuestionError for a resource template of a kind that the cluster does not serve, as far as is known.
    """
    namespace = workflow.namespace or "default"
    home = next((item for item in installations(snapshot) if item.watches(namespace)), None)
    defaults = home.settings.defaults if home is not None and home.settings is not None else WorkflowSpec()
    version = version or (home.version if home else None)
    spec, unread = _whole(snapshot, workflow, namespace)
    try:
        needs = needs_of(spec, defaults, version, snapshot.kubernetes.resource_of)
    except UnknownKindError as error:
        kind = f"{error.kind} in {error.api_version or 'v1'}"
        raise QuestionError(
            f"{workflow.shown}, template {error.template}: nobody knows the resource of kind {kind}",
            "give its definition: kubectl get customresourcedefinitions -o yaml",
        ) from None
    except UnknownManifestError as error:
        raise QuestionError(
            f"{workflow.shown}, template {error.template}: its manifest, or its namespace, is known only when it runs",
            "run it once, and give --audit-log",
        ) from None
    if account:
        merged = tuple(dict.fromkeys(right for item in needs for right in item.rights))
        fields = tuple(dict.fromkeys((_OF_ALL, *(field for item in needs for field in item.fields))))
        needs = (AccountNeeds(account, merged, fields, any(item.token for item in needs)),)
    main = spec.account_of(None, defaults)
    found = []
    for item in needs:
        written = _of_account(snapshot, workflow, item, namespace, version, home)
        written = structs.replace(written, notes=(*written.notes, *unread))
        # The containers' own calls are made with the account of the steps.
        found.append(_with_role(written, role) if role is not None and item.account in (account, main) else written)
    return tuple(found)


def _whole(snapshot: Snapshot, workflow: WrittenWorkflow, namespace: str) -> tuple[WorkflowSpec, tuple[str, ...]]:
    """Return the spec with the templates of other objects, and a note for each that was not read."""
    spec, reference = workflow.spec, workflow.spec.workflow_template_ref
    missing: list[TemplateReference] = []
    if reference is not None and reference.name:
        of = referenced(snapshot, namespace, reference)
        if of is None:
            missing.append(reference)
        spec = merged(spec, of) if of is not None else spec
    spec, lost = expanded(spec, lambda found: referenced(snapshot, namespace, found))
    notes = tuple(
        f"not looked at, as it was not read: {'Cluster' if item.cluster_scope else ''}WorkflowTemplate {item.name}"
        + (f", template {item.template}" if item.template else "")
        for item in (*missing, *lost)
    )
    return spec, notes


def _with_role(written: GeneratedRbac, role: IamRole) -> GeneratedRbac:
    subject = written.subject
    if not role.cluster:
        return structs.replace(written, subject=structs.replace(subject, role_arn=role.arn))
    command = (
        f"aws eks create-pod-identity-association --cluster-name {quote(role.cluster)} "
        f"--namespace {quote(subject.namespace)} --service-account {quote(subject.name)} --role-arn {quote(role.arn)}"
    )
    return structs.replace(written, usage=(*written.usage, command))


def _of_account(
    snapshot: Snapshot,
    workflow: WrittenWorkflow,
    needs: AccountNeeds,
    namespace: str,
    version: Version | None,
    home: Installation | None,
) -> GeneratedRbac:
    name = needs.account
    if name == "default":
        name = workflow.name.rstrip("-")  # what `default` may every pod may that names no account
    fact = snapshot.kubernetes.service_account(namespace, name)
    stored = name_for(snapshot.kubernetes, namespace, name) if needs.token else ""
    subject = Subject("ServiceAccount", name, namespace, not isinstance(fact, Known), token_secret=stored)
    rights = tuple(
        (namespace if not where else "" if where == CLUSTER else where, right) for where, right in needs.rights
    )
    notes = [_for_version(version)]
    notes.append("what the containers themselves ask of the API server stands in no workflow: add it with --audit-log")
    if home is not None and (namespace, name) in home.accounts:
        notes.append(f"{name} is the account of Argo's own part: give the workflow another one with --sa")
    place = "spec.workflowSpec" if workflow.kind == "CronWorkflow" else "spec"
    usage = [f"{_shown(place, field)}: {name}   # in {workflow.kind} {workflow.name}" for field in needs.fields]
    if workflow.kind != "CronWorkflow" and _OF_ALL in needs.fields:
        target = f"--from {workflow.kind.lower()}/{workflow.name}" if workflow.kind != "Workflow" else "FILE"
        usage.append(f"argo submit -n {namespace} --serviceaccount {name} {target}")
    return _of_rights(snapshot, subject, rights, tuple(notes), tuple(usage))


_OF_ALL: Path = ("serviceAccountName",)
"""Where a workflow's spec names the account of all its templates."""


def _shown(place: str, field: Path) -> str:
    """Return a path as people write it."""
    return place + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in field)


def _for_version(version: Version | None) -> str:
    if version is None:
        return "for the newest Argo Workflows: which one runs is not known, and --argo-version names it"
    return f"for Argo Workflows {'.'.join(map(str, version))}"


def for_component(snapshot: Snapshot, kind: str, version: Version | None) -> tuple[GeneratedRbac, ...]:
    """Return what the server or the controller of each installation needs.

    Raises QuestionError without one, and for a server of which the mode or the settings of SSO are not known.
    """
    found: list[GeneratedRbac] = []
    for item in installations(snapshot):
        part = item.server if kind == "server" else item.controller
        if part is None:
            continue
        of_version = version or part.version
        if kind == "server":
            _check_settings(item)
            rights = tuple(_server(item, of_version, _tokens(snapshot, item)))
        else:
            rights = tuple(
                right for right in controller_rights(of_version) if right.resource != "secrets" or right.names
            )
        placed = tuple(
            (part.namespace if right.resource in _AT_HOME[kind] else item.watched, right)
            for right in rights
            if right.is_of_namespace or not item.watched
        )
        placed += tuple((part.namespace, right) for right in _of_settings(item, kind))
        if kind == "controller" and _memoizes(snapshot):
            placed += ((item.watched, MEMOIZATION),)
        subject = Subject("ServiceAccount", part.account, part.namespace)
        notes = [
            _for_version(of_version),
            f"it works on {'namespace ' + item.watched if item.watched else 'the whole cluster'}",
        ]
        if kind == "server" and item.modes == {"client"}:
            notes.append("mode client: what people ask for is done with their own tokens, and needs no right here")
        if item.settings is None:
            notes.append("the settings were not read: what persistence needs by name is not in here")
        if kind == "server" and _has_rules(item) and not _accounts_read(snapshot, item):
            notes.append("the service accounts were not read: add `get` on the Secrets of those that rules choose")
        found.append(_of_rights(snapshot, subject, placed, tuple(notes), ()))
    if not found:
        raise QuestionError(
            f"no Argo {kind} among these facts", "give its Deployment: kubectl get deployments -A -o yaml"
        )
    return tuple(found)


_OF_SERVER_ITSELF = frozenset({"configmaps", "serviceaccounts"})
_AT_HOME = {"controller": frozenset({"leases"}), "server": _OF_SERVER_ITSELF | {"secrets"}}
"""What a component does in its own namespace alone."""
_CACHED = frozenset({"workflowtemplates", "clusterworkflowtemplates"})


def _check_settings(item: Installation) -> None:
    """Raise QuestionError where it is not known as whom the server acts."""
    show = f"kubectl get configmaps,deployments -n {quote(item.namespace)} -o yaml"
    if item.modes_unknown:
        raise QuestionError(
            f"the mode of the server in {item.namespace} comes from a variable that was not read", f"give it: {show}"
        )
    if "sso" not in item.modes:
        return
    if item.settings is None or "sso" in item.settings.unreadable:
        problem = "were not read" if item.settings is None else "have another form than Argo gives them"
        raise QuestionError(f"the settings of SSO in {item.namespace} {problem}", f"look at them: {show}")


def _has_rules(item: Installation) -> bool:
    """Return whether people act as accounts that rules choose, and not as the server (S2)."""
    return "sso" in item.modes and bool(item.settings and item.settings.sso and item.settings.sso.rbac.enabled)


def _home(item: Installation) -> str:
    """Return the namespace whose accounts' rules count for signing in (S3)."""
    return item.watched or item.namespace


def _accounts_read(snapshot: Snapshot, item: Installation) -> bool:
    fact = snapshot.kubernetes.objects_in("ServiceAccount", _home(item))
    return isinstance(fact, Known) or (isinstance(fact, Absent) and not fact.implied)


def _tokens(snapshot: Snapshot, item: Installation) -> tuple[str, ...]:
    """Return the names of the Secrets with the tokens of the accounts that SSO rules may choose (S8)."""
    accounts = (found.value for found in snapshot.kubernetes.service_accounts_in(_home(item)))
    return tuple(sorted(token_name(account) for account in accounts if RULE in (account.metadata.annotations or {})))


def _of_settings(item: Installation, kind: str) -> Iterator[Right]:
    """Yield the right to read the Secrets that the settings name: of the database (4.3), and of SSO's client (S1)."""
    settings = item.settings
    persistence = settings.part("persistence", Persistence) if settings is not None else None
    for database in (persistence.postgresql, persistence.mysql) if persistence is not None else ():
        if database is not None:
            yield from _named("the database", database.user_name_secret, database.password_secret)
    sso = settings.sso if settings is not None and kind == "server" and "sso" in item.modes else None
    if sso is not None:
        yield from _named("the client of SSO", sso.client_id, sso.client_secret)


def _named(what: str, *keys: KeyOfSecret) -> Iterator[Right]:
    names = tuple(sorted({key.name for key in keys if key.name}))
    if names:
        yield Right("", "secrets", ("get",), what, names)


def _memoizes(snapshot: Snapshot) -> bool:
    """Return whether a workflow that was read keeps the results of steps, which the controller writes (4.3)."""
    templates = (template for item in written_workflows(snapshot) for template in item.spec.templates or ())
    return any(template.memoize is not None for template in templates)


def _server(item: Installation, version: Version | None, tokens: tuple[str, ...]) -> Iterator[Right]:
    """Yield what a server needs by its modes: in mode client little, as people bring tokens (3.4)."""
    sso, rules = "sso" in item.modes, _has_rules(item)
    acts_itself = "server" in item.modes or (sso and not rules)
    for right in server_rights(version, sso=sso, sso_rbac=rules):
        if right.resource == "secrets":
            if sso:
                yield Right("", "secrets", ("create",), "the key of sessions")
                yield Right("", "secrets", ("get",), "the key of sessions", ("sso",))
            if rules and tokens:
                yield Right("", "secrets", ("get",), "the tokens of the accounts that rules choose", tokens)
        elif right.resource in ("eventsources", "sensors"):
            continue  # Argo Events
        elif acts_itself:
            yield right
        elif right.resource in _OF_SERVER_ITSELF:
            yield Right(right.group, right.resource, ("get", "list", "watch"), right.why)
        elif right.resource in _CACHED:
            yield Right(right.group, right.resource, ("list", "watch"), "its cache of templates")


def for_uses(
    snapshot: Snapshot, subject: Subject, uses: tuple[Use, ...], refused: tuple[str, ...], notes: tuple[str, ...]
) -> GeneratedRbac:
    """Return the least rights that cover what a subject did."""
    roles = tuple(
        WrittenRole(_name(subject), namespace, tuple(WrittenRule(rule, "") for rule in rules))
        for namespace, rules in rules_of(uses).items()
    )
    wanted = {request: None for use in uses for request in _done(use)}
    written = _proven(snapshot, subject, roles, tuple(wanted))
    widened = dict.fromkeys(_told(use) for use in uses if is_for_every_name(use))
    return structs.replace(written, notes=notes, refused=refused, widened=tuple(widened))


def _done(use: Use) -> Iterator[Request]:
    """Yield the requests that were made, and the one for every name where the names are not written down."""
    base, _, sub = use.resource.partition("/")
    if use.path:
        yield UrlRequest(use.verb, use.path)
        return
    for name in sorted(use.names if stable_names(use) else use.names | {""}):
        yield ResourceRequest(use.verb, use.group, base, sub, use.namespace, name)


def _told(use: Use) -> str:
    return f"{use.verb} {use.resource}" + (f" in {use.namespace}" if use.namespace else "")


def _name(subject: Subject) -> str:
    return subject.name.replace(":", "-").replace("/", "-").lower()


def _of_rights(
    snapshot: Snapshot,
    subject: Subject,
    rights: tuple[tuple[str, Right], ...],
    notes: tuple[str, ...],
    usage: tuple[str, ...],
) -> GeneratedRbac:
    """Return the objects for rights by namespace, the empty one for the whole cluster."""
    by_place: dict[str, list[Right]] = {}
    for where, right in rights:
        by_place.setdefault(where, []).append(right)
    roles = tuple(WrittenRole(subject.name, where, tuple(_rules(found))) for where, found in sorted(by_place.items()))
    wanted: dict[Request, None] = {request: None for where, right in rights for request in right.requests(where)}
    return structs.replace(_proven(snapshot, subject, roles, tuple(wanted)), notes=notes, usage=usage)


def _rules(rights: list[Right]) -> Iterator[WrittenRule]:
    """Yield one rule for each resource and names, with all its verbs; equal ones of a group together."""
    verbs: dict[tuple[str, str, tuple[str, ...]], dict[str, None]] = {}
    reasons: dict[tuple[str, str, tuple[str, ...]], dict[str, None]] = {}
    for right in rights:
        key = (right.group, right.resource, right.names)
        verbs.setdefault(key, {}).update(dict.fromkeys(right.verbs))
        reasons.setdefault(key, {})[right.why] = None
    for (group, resource, names), found in verbs.items():
        why = "; ".join(reasons[group, resource, names])
        yield WrittenRule(PolicyRule(sorted(found), [group], [resource], list(names) or None), why)


def _proven(
    snapshot: Snapshot, subject: Subject, roles: tuple[WrittenRole, ...], wanted: tuple[Request, ...]
) -> GeneratedRbac:
    """Return the objects with the proof that by themselves they allow what is wanted, and nothing besides.

    Raises NotProvenError where the engine says otherwise.
    """
    authorizer, user = _authorizer(subject, roles), user_of(subject)
    for request in wanted:
        if not isinstance(authorizer.decide(user, request), Allowed):
            raise NotProvenError(f"{request} is wanted, and is not allowed by what was written")
    known = set(wanted)
    for request in (item for role in roles for rule in role.rules for item in _requests(rule.rule, role)):
        if request not in known:
            raise NotProvenError(f"{request} is allowed by what was written, and nobody wants it")
    return GeneratedRbac(SCHEMA_VERSION, subject, roles, len(wanted), check=_compared(subject, roles, snapshot))


def user_of(subject: Subject) -> User:
    """Return the user that a subject is to the API server."""
    return service_account(subject.namespace, subject.name) if subject.kind == "ServiceAccount" else User(subject.name)


def _authorizer(subject: Subject, roles: tuple[WrittenRole, ...]) -> Authorizer:
    bound = BoundSubject(subject.kind, subject.name, subject.namespace or None)
    objects = [
        (
            Role(Metadata(role.name, namespace=role.namespace or None), [item.rule for item in role.rules]),
            Binding(
                Metadata(role.name, namespace=role.namespace or None),
                RoleRef("Role" if role.namespace else "ClusterRole", role.name),
                [bound],
            ),
        )
        for role in roles
    ]
    return Authorizer(
        [("Role" if role.metadata.namespace else "ClusterRole", role) for role, _ in objects],
        [("RoleBinding" if item.metadata.namespace else "ClusterRoleBinding", item) for _, item in objects],
    )


def _requests(rule: PolicyRule, role: WrittenRole) -> Iterator[Request]:
    for verb, path in product(rule.verbs or (), rule.non_resource_urls or ()):
        yield UrlRequest(verb, path)
    names = rule.resource_names or [""]
    for verb, group, resource, name in product(rule.verbs or (), rule.api_groups or (), rule.resources or (), names):
        base, _, sub = resource.partition("/")
        yield ResourceRequest(verb, group, base, sub, role.namespace, name)


def _compared(subject: Subject, roles: tuple[WrittenRole, ...], snapshot: Snapshot) -> Lacking | None:
    """Return what the subject's present rights lack and have too much, None where it has none that were read."""
    rbac = ClusterRbac(snapshot)
    user = user_of(subject)
    own = User(user.name)
    held = [grant for where in ("", *rbac.authorizer.namespaces) for grant in rbac.authorizer.grants_in(own, where)]
    if not held:
        return None
    missing = [
        (request, role.namespace)
        for role in roles
        for rule in role.rules
        for request in _requests(rule.rule, role)
        if not isinstance(rbac.authorizer.decide(own, request), Allowed)
    ]
    wanted = _authorizer(subject, roles)
    surplus: list[tuple[Request, str]] = []
    for grant in held:
        found = rbac.authorizer.rules_of(grant.role)
        place = WrittenRole(grant.role.name, grant.namespace, ())
        for rule in found.rules if found else ():
            surplus += [
                (request, grant.namespace)
                for request in _requests(rule, place)
                if not isinstance(wanted.decide(own, request), Allowed)
            ]
    return Lacking(tuple(_lines(missing)), tuple(_lines(surplus)))


def _lines(requests: list[tuple[Request, str]]) -> list[str]:
    """Return one line for each resource and place, with all verbs."""
    verbs: dict[str, dict[str, None]] = {}
    for request, namespace in requests:
        if isinstance(request, UrlRequest):
            rest = request.path
        else:
            group = f".{request.group}" if request.group else ""
            name = f" {request.name}" if request.name else ""
            where = f" in {namespace}" if namespace else " in the whole cluster"
            rest = f"{request.combined}{group}{name}{where}"
        verbs.setdefault(rest, {})[request.verb] = None
    return [f"{', '.join(sorted(found))} {rest}" for rest, found in verbs.items()]
