"""Published vulnerabilities of Argo Workflows, as data of one day (argo-workflows 6)."""

from typing import Literal

from msgspec import Struct

from trustpath.model.argo import Version
from trustpath.model.audit import Severity

KNOWN_UNTIL = "2026-11-22"
"""The day of the data."""
NEWEST: Version = (4, 1, 4)
"""The newest version that the data knows."""
SUPPORTED = ((4, 1), (4, 0))
"""The two newest minor versions: only these get fixes."""

Condition = Literal[
    "archive",
    "artifact-server",
    "client",
    "client-archive",
    "delegation",
    "exposed",
    "own-tls",
    "restrictions",
    "static-keys",
    "untrusted",
]
"""What an installation has to have for an advisory to matter; ``untrusted``: users or inputs that nobody trusts."""


class Affected(Struct, frozen=True):
    """Versions from one on, and before the one with the fix; without one there is none in that line."""

    since: Version
    fixed: Version | None


class Advisory(Struct, frozen=True):
    """One advisory: its ids, which versions it is about, and when it matters."""

    id: str
    ghsa: str
    severity: Severity
    says: str
    condition: Condition
    affected: tuple[Affected, ...]

    def affects(self, version: Version) -> bool:
        """Return whether a version has the hole."""
        return any(item.since <= version and (item.fixed is None or version < item.fixed) for item in self.affected)


def _before(*fixed: Version, since: Version = (0, 0, 0)) -> tuple[Affected, ...]:
    """Return ranges: each fix ends one, and the next one starts with its minor version."""
    starts = (since, *((version[0], version[1], 0) for version in fixed[1:]))
    return tuple(Affected(start, end) for start, end in zip(starts, fixed, strict=True))


ADVISORIES: tuple[Advisory, ...] = (
    Advisory("GO-2022-0388", "GHSA-6c73-2v8x-qpvm", "medium",
             "a TLS key is shipped inside of the image",
             "own-tls", _before((3, 0, 9), (3, 1, 6), since=(3, 0, 0))),
    Advisory("GO-2022-0405", "GHSA-prqf-xr2j-xf65", "medium",
             "in client mode callers get more rights than their token has",
             "client", _before((3, 0, 9), (3, 1, 6), since=(3, 0, 0))),
    Advisory("CVE-2021-37914", "GHSA-h563-xh25-x54q", "medium",
             "a parameter rewrites the workflow",
             "untrusted", _before((3, 1, 6), since=(3, 1, 0))),
    Advisory("CVE-2022-29164", "GHSA-cmv8-6362-r5w9", "high",
             "an HTML artifact runs scripts in the session of who looks at it",
             "artifact-server", _before((3, 2, 11), (3, 3, 5), since=(2, 6, 0))),
    Advisory("CVE-2024-53862", "GHSA-h36c-m3rf-34h9", "medium",
             "archived workflows are read with a false token",
             "client-archive", _before((3, 5, 13), (3, 6, 2), since=(3, 5, 7))),
    Advisory("CVE-2025-62156", "GHSA-p84v-gxvw-73pf", "high",
             "an archive writes outside of its folder",
             "untrusted", _before((3, 6, 12), (3, 7, 3))),
    Advisory("CVE-2025-62157", "GHSA-c2hv-4pfj-mm2r", "high",
             "credentials of the repository are in the controller's log",
             "static-keys", _before((3, 6, 12), (3, 7, 3))),
    Advisory("CVE-2025-66626", "GHSA-xrqc-7xgx-c9vh", "high",
             "an archive writes outside of its folder by a link",
             "untrusted", _before((3, 6, 14), (3, 7, 5))),
    Advisory("CVE-2026-23960", "GHSA-cv78-6m8q-ph82", "high",
             "a listing of artifacts runs scripts in the session of who looks at it",
             "artifact-server", _before((3, 6, 17), (3, 7, 8))),
    Advisory("CVE-2026-28229", "GHSA-56px-hm34-xqj5", "high",
             "templates are read with any text for a token",
             "client", _before((3, 7, 11), (4, 0, 2))),
    Advisory("CVE-2026-31892", "GHSA-3wf5-g532-rcrr", "high",
             "podSpecPatch gets past Strict and Secure",
             "restrictions", _before((3, 7, 11), (4, 0, 2), since=(2, 9, 0))),
    Advisory("CVE-2026-40886", "GHSA-5jv8-h7qh-rf5p", "high",
             "an annotation of a pod ends the controller",
             "untrusted", (Affected((3, 6, 5), (3, 7, 14)), Affected((4, 0, 0), (4, 0, 5)))),
    Advisory("CVE-2026-42183", "GHSA-p4gq-3vxj-f4jq", "low",
             "a request ends the server",
             "delegation", _before((4, 0, 5), since=(4, 0, 0))),
    Advisory("CVE-2026-42294", "GHSA-jcc8-g2q4-9fxq", "high",
             "bodies of webhooks fill the memory, without a login",
             "exposed", _before((3, 7, 14), (4, 0, 5))),
    Advisory("CVE-2026-42295", "GHSA-7vf8-2cr6-54mf", "high",
             "credentials of the repository are in executors' logs",
             "static-keys", _before((4, 0, 5), since=(4, 0, 0))),
    Advisory("CVE-2026-42296", "GHSA-3775-99mw-8rp4", "high",
             "hostNetwork and serviceAccountName get past Strict and Secure",
             "restrictions", _before((3, 7, 14), (4, 0, 5))),
    Advisory("CVE-2026-42297", "GHSA-xchc-cqwg-g76q", "high",
             "the API for synchronisation asks nobody for rights",
             "untrusted", _before((4, 0, 5), since=(4, 0, 0))),
    Advisory("CVE-2026-54526", "GHSA-48p8-g2fx-3wwm", "high",
             "artifactGC.podSpecPatch gets past Strict and Secure",
             "restrictions", _before((3, 7, 15), (4, 0, 6))),
    Advisory("CVE-2026-93991", "GHSA-q65w-j2vp-47c4", "high",
             "who may list one namespace lists the archive of all others",
             "archive", _before((4, 1, 4), since=(4, 1, 0))),
)  # fmt: skip
"""Every advisory but GHSA-rc7p-gmvh-xfx2, which is AW-101. CVE-2026-93991 was seen in one place alone."""


def advisories_of(version: Version) -> tuple[Advisory, ...]:
    """Return what is known of a version."""
    return tuple(item for item in ADVISORIES if item.affects(version))


def next_safe(version: Version, holes: tuple[Advisory, ...]) -> Version | None:
    """Return the lowest known version above that has none of these holes and no others, None where there is none."""
    candidates = sorted({item.fixed for hole in ADVISORIES for item in hole.affected if item.fixed is not None})
    for candidate in candidates:
        if candidate > version and not any(hole.affects(candidate) for hole in (*holes, *advisories_of(candidate))):
            return candidate
    return None
