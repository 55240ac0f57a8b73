"""Reads what a question needs, and no more: lookups say what they miss, and this fetches it, round by round."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from msgspec import Raw, Struct

from trustpath.errors import QuestionError
from trustpath.facts.collected import CALLER, Collected, InvalidObjectError, command_of
from trustpath.facts.garbage import collector_paused
from trustpath.facts.live import certificates
from trustpath.facts.live.aws_api import CallError
from trustpath.facts.live.deadline import Deadline, ExpiredError, in_parallel
from trustpath.facts.live.kubernetes_api import ApiError, KubernetesApi
from trustpath.facts.live.permissions import Needs
from trustpath.facts.positions import Places
from trustpath.model.answers import Answers
from trustpath.model.reads import AwsRead, CertificatesRead, IssuerRead, KubernetesRead, LogRead, Read, ReadResult
from trustpath.model.snapshot import Snapshot

T = TypeVar("T")
ROUNDS = 25


class Account(Protocol):
    """AWS, or what stands for it."""

    account: str

    def call(self, read: AwsRead) -> bytes:
        """Return the answer as the AWS CLI prints it. Raises CallError."""
        ...

    def can_ask(self, account: str) -> bool:
        """Return whether there are credentials for an account."""
        ...


class Document(Struct, frozen=True):
    """What one read gave: the texts of its answer, or how it failed."""

    texts: tuple[bytes | Raw, ...]
    result: ReadResult


class LiveReader(Collected):
    """Gathers facts from a cluster and an account. ``needs`` is what may be read at all."""

    def __init__(self, cluster: KubernetesApi, account: Account, deadline: Deadline, needs: Needs) -> None:
        super().__init__(Answers())
        self.needs = needs
        self.cluster = cluster
        self.account = account
        self.deadline = deadline
        self.answers.can_read = self._can_read
        self.progress: Callable[[str], None] = lambda text: None
        if cluster.connection.kubeconfig is not None:
            self.answers.kubeconfigs.append(cluster.connection.kubeconfig)

    def answer(self, ask: Callable[[Snapshot, Places], T]) -> T:
        """Ask a question again and again, and read between what it lacked, until nothing is left that can be read.

        Raises what ``ask`` raises; an error about the question counts only when all facts are there.
        """
        with collector_paused():
            return self._answer(ask)

    def _answer(self, ask: Callable[[Snapshot, Places], T]) -> T:
        for _ in range(ROUNDS):
            self.answers.wanted.clear()
            result: T | QuestionError
            try:
                result = ask(Snapshot(self.answers), self.places())
            except QuestionError as error:
                result = error
            wanted = list(self.answers.wanted)
            if not wanted:
                break
            # Behind the deadline nothing is read, and each read says so: the question is asked once more with that.
            self.read(wanted)
        if isinstance(result, QuestionError):
            raise result
        return result

    def _can_read(self, read: Read) -> bool:
        if read in self.answers.reads or not self.needs.covers(read):
            return False
        return not isinstance(read, AwsRead) or self.account.can_ask(read.account)

    def read(self, wanted: list[Read]) -> None:
        """Read side by side, and add what came in the order of ``wanted``, so that equal facts make equal answers."""
        if CALLER not in self.answers.reads and self.needs.covers(CALLER):
            # Whose credentials these are decides what "not found" says of other accounts.
            self._read_round([CALLER])
            if self.answers.callers:
                self.account.account = self.answers.own_account = self.answers.callers[0].value.account
            asked = dict.fromkeys(self.answers.as_asked(read) for read in wanted)
            wanted = [read for read in asked if self._can_read(read)]
        self._read_round(wanted)

    def _read_round(self, wanted: list[Read]) -> None:
        if wanted:
            self.progress(command_of(wanted[0]) + (f" and {len(wanted) - 1} more" if len(wanted) > 1 else ""))
        for outcome in in_parallel(wanted, self._fetch, self.deadline):
            if isinstance(outcome.error, ExpiredError):
                said = f"no answer within {self.deadline.seconds:g} s"
                self._add(outcome.work, Document((), ReadResult("failed", said)))
            elif outcome.error is not None:
                raise outcome.error
            elif outcome.result is not None:
                self._add(outcome.work, outcome.result)

    def _fetch(self, read: Read) -> Document:
        try:
            return Document(self._texts(read), ReadResult("read"))
        except (ApiError, CallError) as error:
            return Document((), ReadResult(error.kind, error.said))

    def _texts(self, read: Read) -> tuple[bytes | Raw, ...]:
        if isinstance(read, AwsRead):
            return (self.account.call(read),)
        if isinstance(read, IssuerRead):
            return (self.cluster.request("GET", ".well-known/openid-configuration"),)
        if isinstance(read, CertificatesRead):
            return (certificates.read(read.issuer, self.deadline),)
        if isinstance(read, LogRead):
            return (self.cluster.log(read),)
        return tuple(self.cluster.read(read))

    def _add(self, read: Read, document: Document) -> None:
        result = document.result
        for text in document.texts:
            if isinstance(read, LogRead):
                self.add_log(read, bytes(text))
                continue
            if not isinstance(read, KubernetesRead):
                self.add_answer(read, bytes(text))
                continue
            try:
                self.add_object(read.kind, text)
            except InvalidObjectError as error:
                # A list that has an object nobody understands does not show that another one is not there.
                result = ReadResult("failed", str(error))
        self.add_result(read, result)
