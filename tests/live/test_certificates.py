"""--online: the certificates of the issuer's host, beside the provider's thumbprints (O5)."""

import hashlib
import json
import shutil
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import certifi
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization

from tests.cli.run import run
from tests.live.certificates import make
from tests.live.questions import Asked, ask_live
from tests.test_field_cases import FOLDER, question
from trustpath.facts.live import certificates
from trustpath.facts.live.aws_api import CallError
from trustpath.facts.live.deadline import Deadline
from trustpath.facts.live.permissions import COMMANDS, Needs
from trustpath.model.iam import Certificate, IssuerCertificates

PEM = serialization.Encoding.PEM
NAME = "control-004-loki"
ONLINE = COMMANDS["why"] | Needs(certificates=True)


@contextmanager
def serving(folder: Path, *, name: str = "localhost", stall: bool = False) -> Iterator[tuple[str, list[str]]]:
    """Serve an issuer whose certificate a private authority signed; yield its URL and the SHA-1 of what it sends."""
    root, root_key = make("Private Root")
    middle, middle_key = make("Private Issuing", (root, root_key))
    leaf, leaf_key = make(name, (middle, middle_key))
    (folder / "root.crt").write_bytes(root.public_bytes(PEM))
    (folder / "chain.crt").write_bytes(leaf.public_bytes(PEM) + middle.public_bytes(PEM))
    key = leaf_key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "leaf.key").write_bytes(key)
    issuer: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            data = json.dumps({"issuer": issuer[0], "jwks_uri": f"{issuer[0]}/keys"}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.crt", folder / "leaf.key")
    if not stall:
        http.socket = context.wrap_socket(http.socket, server_side=True)
    issuer.append(f"https://localhost:{http.server_address[1]}")
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    if not stall:
        thread.start()
    try:
        ders = [item.public_bytes(serialization.Encoding.DER) for item in (leaf, middle)]
        yield issuer[0], [hashlib.sha1(der, usedforsecurity=False).hexdigest() for der in ders]
    finally:
        if not stall:
            http.shutdown()
        http.server_close()


def test_what_a_host_sends(tmp_path: Path) -> None:
    with serving(tmp_path) as (issuer, thumbprints):
        found = msgspec.json.decode(certificates.read(issuer, Deadline(20)), type=IssuerCertificates)

    assert found.issuer == issuer
    assert found.host == "localhost"
    assert not found.public_authority
    assert "local issuer" in found.problem
    assert [item.sha1 for item in found.certificates] == thumbprints
    assert found.certificates[-1].subject == "CN=Private Issuing"
    assert found.certificates[-1].not_after.startswith("2036-")


def test_a_public_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(tmp_path) as (issuer, _):
        monkeypatch.setattr(certifi, "where", lambda: str(tmp_path / "root.crt"))
        found = msgspec.json.decode(certificates.read(issuer, Deadline(20)), type=IssuerCertificates)

        assert (found.public_authority, found.problem) == (True, "")
    with serving(tmp_path, name="elsewhere") as (issuer, _):
        found = msgspec.json.decode(certificates.read(issuer, Deadline(20)), type=IssuerCertificates)

    assert found.public_authority is None
    assert "localhost" in found.problem


def test_a_host_that_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "SECONDS", 0.3)
    with serving(tmp_path, stall=True) as (issuer, _), pytest.raises(CallError) as stalled:
        certificates.read(issuer, Deadline(20))
    with pytest.raises(CallError) as nobody:
        certificates.read(issuer, Deadline(20))
    with pytest.raises(CallError) as plain:
        certificates.read("http://localhost/x", Deadline(20))

    assert stalled.value.kind == nobody.value.kind == plain.value.kind == "failed"
    assert "cannot be read" in stalled.value.said
    assert "refused" in nobody.value.said


def issuer_of(folder: Path) -> str:
    (file,) = folder.rglob("eks-describe-cluster*.json")
    return str(json.loads(file.read_text(encoding="utf-8"))["cluster"]["identity"]["oidc"]["issuer"])


def asked_with(
    found: IssuerCertificates | CallError, folder: Path, monkeypatch: pytest.MonkeyPatch, needs: Needs = ONLINE
) -> tuple[Asked, list[str]]:
    called: list[str] = []

    def read(issuer: str, _: Deadline) -> bytes:
        called.append(issuer)
        if isinstance(found, CallError):
            raise found
        return msgspec.json.encode(msgspec.structs.replace(found, issuer=issuer))

    monkeypatch.setattr(certificates, "read", read)
    return ask_live(FOLDER / NAME / "snapshot", question(NAME), folder, needs=needs), called


THUMBPRINT = "ab" * 20
LAST = Certificate(THUMBPRINT, "CN=Private Issuing", "2026-01-01T00:00:00+00:00", "2036-01-01T00:00:00+00:00")
PRIVATE = IssuerCertificates("", "keys.test", False, (Certificate("cd" * 20), LAST), "self-signed certificate")


def test_a_private_authority_without_its_thumbprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, called = asked_with(PRIVATE, tmp_path, monkeypatch)

    assert len(called) == 1
    assert asked.trace.outcome == "denied"
    (cause,) = asked.trace.causes
    assert (cause.id, cause.confidence) == ("oidc-provider-thumbprint", "likely")
    assert cause.expected == THUMBPRINT
    assert any(item.source.startswith("openssl s_client -showcerts") for item in cause.evidence)


def test_a_public_authority_needs_no_thumbprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public = msgspec.structs.replace(PRIVATE, public_authority=True, problem="")
    asked, _ = asked_with(public, tmp_path, monkeypatch)

    assert asked.trace.outcome == "allowed"
    assert any("thumbprints play no part" in link.says for link in asked.trace.links)


def test_an_invalid_certificate_leaves_it_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expired = msgspec.structs.replace(PRIVATE, public_authority=None, problem="certificate has expired")
    asked, _ = asked_with(expired, tmp_path, monkeypatch)

    assert asked.trace.outcome == "unknown"
    assert "certificate has expired" in asked.trace.summary + "".join(link.says for link in asked.trace.links)


def test_nobody_is_asked_unasked_and_a_silent_host_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, called = asked_with(PRIVATE, tmp_path, monkeypatch, COMMANDS["why"])
    assert (asked.trace.outcome, called) == ("allowed", [])

    asked, called = asked_with(CallError("failed", "no route"), tmp_path, monkeypatch)
    assert (asked.trace.outcome, len(called)) == ("allowed", 1)
    assert [item.file.partition(" -servername")[0] for item in asked.reader.answers.left_out] == [
        "openssl s_client -showcerts"
    ]


def test_the_thumbprint_is_given_by_a_proven_fix(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "facts"
    shutil.copytree(FOLDER / NAME / "snapshot", folder)
    (folder / "certificates.json").write_bytes(
        msgspec.json.encode(msgspec.structs.replace(PRIVATE, issuer=issuer_of(folder)))
    )

    asked = question(NAME)
    result = run("fix", f"pod/{asked.name}", "-n", asked.namespace, asked.action, asked.resource, "--from", str(folder))

    assert result.code == 0, result.err
    assert "the provider's thumbprint is not that of the issuer's certificate" in result.out
    assert "aws iam update-open-id-connect-provider-thumbprint" in result.out
    assert THUMBPRINT in result.out


def test_online_and_files_exclude_each_other(tmp_path: Path) -> None:
    result = run("why", "pod/x", "--online", "--from", str(FOLDER / NAME / "snapshot"))

    assert result.code == 2
    assert "--online reads what is there now" in result.err
