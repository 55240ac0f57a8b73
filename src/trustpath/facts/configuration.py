"""The user's own settings: ``trustpath.toml`` in ``$XDG_CONFIG_HOME/trustpath``."""

import os
import tomllib
from pathlib import Path

import msgspec
from msgspec import Struct, field

from trustpath.errors import InputError


class AccountSettings(Struct, rename="kebab", forbid_unknown_fields=True):
    """How to read another account: with a profile of the AWS CLI, a role to assume, or both."""

    profile: str = ""
    role_arn: str = ""


class Settings(Struct, rename="kebab", forbid_unknown_fields=True):
    """What the file may say. Options of the command line and ``TRUSTPATH_…`` variables go before it."""

    context: str = ""
    profile: str = ""
    region: str = ""
    cluster_name: str = ""
    accounts: dict[str, AccountSettings] = field(default_factory=dict)


def settings_file() -> Path:
    """Return where the file is looked for."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if base else Path.home() / ".config") / "trustpath" / "trustpath.toml"


def read_settings() -> Settings:
    """Return the settings, empty ones where there is no file. Raises InputError for a file that is wrong."""
    file = settings_file()
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file}: cannot be read: {error}", "check its permissions") from None
    try:
        return msgspec.convert(tomllib.loads(text), Settings)
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{file}: not TOML: {error}", "docs/live.md shows what it may hold") from None
    except msgspec.ValidationError as error:
        message = (
            str(error).replace("Object contains unknown field", "there is no setting").replace(" - at `$", " in `")
        )
        raise InputError(f"{file}: {message}", "docs/live.md shows what it may hold") from None
