"""What is wrong with a text that should be a role's ARN."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustpath.engine.role_arn import Fault, fault
from trustpath.model.arn import Arn, OidcProviderArn, RoleArn


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arn:aws:iam::111122223333:role/checkout", None),
        ("arn:aws:iam::111122223333:role/team/a/checkout", None),
        ("arn:aws-cn:iam::111122223333:role/checkout", None),
        ("arn:aws-us-gov:iam::111122223333:role/check.out+x=1,@a-b_c", None),
        ("arn:aws:iam::::1234567890:role/example", "extra-colon"),  # seed 001
        ("arn:aws:iam:::111122223333:role/checkout", "extra-colon"),
        ("arn:aws:iam:111122223333:role/checkout", "shape"),
        (" arn:aws:iam::111122223333:role/checkout", "blank"),
        ("arn:aws:iam::111122223333:role/checkout\n", "blank"),
        ('"arn:aws:iam::111122223333:role/checkout"', "blank"),
        ("arn:aws:iam::111122223333:role/check out", "blank"),
        ("arn:aws:iam::1111:role/checkout", "account"),
        ("arn:aws:iam::<ACCOUNT_ID>:role/checkout", "account"),
        ("arn:aws:iam:::role/checkout", "account"),
        ("arn:aws:iam:eu-west-1:111122223333:role/checkout", "region"),
        ("arn:amazon:iam::111122223333:role/checkout", "partition"),
        ("arn:aws:sts::111122223333:role/checkout", "partition"),
        ("arn:aws:iam::111122223333:role/", "resource"),
        ("arn:aws:iam::111122223333:role", "resource"),
        ("arn:aws:iam::111122223333:Role/checkout", "resource"),
        ("arn:aws:iam::111122223333:role/check$out", "resource"),
        ("arn:aws:iam::111122223333:policy/checkout", "other-resource"),
        ("arn:aws:iam::111122223333:instance-profile/nodes", "other-resource"),
        ("arn:aws:sts::111122223333:assumed-role/checkout/session", "other-resource"),
        ("arn:aws:iam::111122223333:role/arn:aws:iam::111122223333:role/checkout", "doubled"),
        ("checkout", "bare-name"),
        ("https://console.aws.amazon.com/iam/home#/roles/checkout", "bare-name"),
        ("arn:aws:iam::111122223333:checkout", "resource"),
        ("arn:aws:lambda:eu-west-1:111122223333:function:x:role/y", "other-resource"),
        ("team/checkout", "bare-name"),
        ("", "shape"),
    ],
)
def test_fault(text: str, expected: Fault | None) -> None:
    assert fault(text) == expected


NAMES = st.from_regex(r"[\w+=,.@-]{1,20}", fullmatch=True).filter(str.isascii)


@given(
    account=st.from_regex(r"\d{12}", fullmatch=True).filter(str.isascii), path=st.lists(NAMES, max_size=2), name=NAMES
)
def test_well_formed_arns_come_back_as_they_were(account: str, path: list[str], name: str) -> None:
    text = f"arn:aws:iam::{account}:role/{'/'.join([*path, name])}"

    parsed = RoleArn.parse(text)

    assert parsed is not None
    assert str(parsed) == text
    assert parsed.name == name
    assert fault(text) is None


@given(st.text(max_size=80))
def test_any_text_has_an_answer(text: str) -> None:
    assert (fault(text) is None) == (RoleArn.parse(text) is not None)


def test_other_arns() -> None:
    text = "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/X"

    assert str(OidcProviderArn.parse(text)) == text
    assert OidcProviderArn.parse("arn:aws:iam::1:role/x") is None
    assert str(Arn.parse("arn:aws:s3:::bucket/a:b")) == "arn:aws:s3:::bucket/a:b"
    assert Arn.parse("arn:aws:s3") is None
