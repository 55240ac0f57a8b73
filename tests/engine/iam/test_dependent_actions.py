"""The table of further permissions names only actions that exist."""

from trustpath.engine.iam import dependent_actions as table
from trustpath.engine.iam.dependent_actions import DependentAction, dependent_actions
from trustpath.engine.iam.service_reference import action_exists


def test_names_exist() -> None:
    for action, needs in table._NEEDS.items():
        for name in (action, *(need.action for need in needs)):
            service, _, operation = name.partition(":")
            assert action_exists(service, operation), name


def test_an_encrypted_object_needs_the_key() -> None:
    assert dependent_actions("S3:getobject") == (DependentAction("kms:Decrypt", "customer-key", "key"),)
    assert dependent_actions("s3:ListBucket") == ()
