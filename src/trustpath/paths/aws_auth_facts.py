"""The ConfigMap ``aws-auth`` of a snapshot, read as the authenticator reads it."""

import msgspec
from msgspec import field

from trustpath.facts.aws_auth import read_aws_auth
from trustpath.model.aws_auth import AwsAuth
from trustpath.model.fact import Absent, Denied, Known, NotCollected
from trustpath.model.snapshot import Snapshot
from trustpath.model.source import Source


class AwsAuthFacts(AwsAuth, frozen=True):
    """The mappings with the place of the ConfigMap, its texts, and the keys whose value is no text."""

    source: Source = Source("")
    texts: dict[str, str] = field(default_factory=dict)
    not_texts: tuple[str, ...] = ()

    def place(self, key: str, *path: str | int) -> Source:
        """Return the place of an entry, or of a part of it."""
        return self.source.at("data", key, *path)


def find_aws_auth(snapshot: Snapshot) -> AwsAuthFacts | Absent | Denied | NotCollected:
    """Return the ConfigMap, or what is known of it where it was not read."""
    fact = snapshot.kubernetes.object("ConfigMap", "kube-system", "aws-auth")
    if not isinstance(fact, Known):
        return fact
    values = {key: msgspec.json.decode(value) for key, value in (fact.value.value.data or {}).items()}
    texts = {key: text for key, text in values.items() if isinstance(text, str)}
    read = read_aws_auth(texts)
    others = tuple(key for key in values if key not in texts)
    return AwsAuthFacts(read.roles, read.users, read.accounts, read.unusable, fact.value.source, texts, others)
