"""Secrets in a configuration are references: where the secret is, and never the secret itself.

    password = {env = "SMTP_PASSWORD"}                  an environment variable
    password = {file = "/etc/healthcheck/password"}     a file, its white space around taken off
    password = {credential = "smtp"}                    a file of that name in $CREDENTIALS_DIRECTORY (systemd LoadCredential=)
    password = {command = ["pass", "show", "smtp"]}     what a program prints; no shell is involved

A secret that stands in the file itself is accepted only where nobody but its owner can read the file (mode 0600), and is
never printed, whoever prints the configuration.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from checks.bad_input import BadInput

LARGEST = 16 * 1024
"""Bytes of a secret that are read at most."""
PATIENCE = 10.0
"""Seconds that a program may take to print one."""
KINDS = ("env", "file", "credential", "command")
MASK = "(secret, not shown)"
FORMS = '{env = "NAME"}, {file = "/path"}, {credential = "name"} or {command = ["program", "argument"]}'

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_CREDENTIAL = re.compile(r"[A-Za-z0-9_.@:-]{1,255}")


class BadSecret(BadInput):
    """A secret that cannot be had; the message is one sentence that never repeats it."""


class Secret:
    """A reference to a secret, or, from a file of mode 0600, the secret itself. Printing it never tells a secret."""

    __slots__ = ("__literal", "kind", "place")

    def __init__(self, kind: str, place: str | tuple[str, ...], literal: str = "") -> None:
        self.kind = kind
        """env, file, credential, command, or literal."""
        self.place = place
        """The name, the path or the command line; "" for a literal."""
        self.__literal = literal

    @classmethod
    def parse(cls, value: object) -> "Secret":
        """What stands in the file as a secret. ValueError, in one sentence that does not repeat it, for anything else."""
        match value:
            case str():
                if not value.strip():
                    raise ValueError(f"is empty: name where the secret is, {FORMS}")
                return cls("literal", "", value)
            case {"env": str(name), **rest} if not rest:
                return cls("env", _checked(name, _VARIABLE, "env", "the name of an environment variable"))
            case {"file": str(name), **rest} if not rest and name and "\0" not in name:
                return cls("file", name)
            case {"credential": str(name), **rest} if not rest and name not in (".", ".."):
                return cls("credential", _checked(name, _CREDENTIAL, "credential", "the name of a credential"))
            case {"command": [str(), *_] as words, **rest} if not rest and all(
                isinstance(word, str) and "\0" not in word for word in words
            ):
                if not words[0]:
                    break_off = "names no program: give for instance {command = ['pass', 'show', 'smtp']}"
                    raise ValueError(break_off)
                return cls("command", tuple(words))
            case _:
                raise ValueError(f"is no reference to a secret: give {FORMS}")

    def value(self, environment: Mapping[str, str], folder: Path | None = None) -> str:
        """The secret itself. BadSecret where it cannot be had. `folder`: where a relative file is looked for."""
        match self.kind:
            case "literal":
                return self.__literal
            case "env":
                text = environment.get(str(self.place), "")
                return _given(text, f"the environment variable {self.place} is not set")
            case "file":
                return _content(_below(folder, str(self.place)), f"the file {self.place}")
            case "credential":
                return self._credential(environment)
            case _:
                return _printed([str(word) for word in self.place], folder)

    def _credential(self, environment: Mapping[str, str]) -> str:
        room = environment.get("CREDENTIALS_DIRECTORY", "")
        if not room:
            raise BadSecret(
                f"there is no credential {self.place}: $CREDENTIALS_DIRECTORY is not set; systemd sets it for a service "
                f"with LoadCredential={self.place}:PATH"
            )
        return _content(Path(room) / str(self.place), f"the credential {self.place}")

    @property
    def spoken(self) -> str:
        """Where it is, for people: `env SMTP_PASSWORD`; the mask for a literal."""
        if self.kind == "literal":
            return MASK
        # What a command is given may be a secret again (`echo hunter2`): its program alone is named.
        place = self.place if isinstance(self.place, str) else self.place[0]
        return f"{self.kind} {place}"

    def __repr__(self) -> str:
        return f"Secret({self.spoken})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._whole == other._whole

    def __hash__(self) -> int:
        return hash(self._whole)

    @property
    def _whole(self) -> tuple[Any, ...]:
        return self.kind, self.place, self.__literal


def _checked(text: str, pattern: re.Pattern[str], kind: str, what: str) -> str:
    if pattern.fullmatch(text) is None:
        raise ValueError(f"{kind} is not {what}")
    return text


def _below(folder: Path | None, name: str) -> Path:
    path = Path(name).expanduser() if name.startswith("~") else Path(name)
    return path if folder is None or path.is_absolute() else folder / path


def _given(text: str, otherwise: str) -> str:
    if not text.strip():
        raise BadSecret(otherwise)
    return text.strip()


def _content(path: Path, what: str) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except (OSError, ValueError, RuntimeError) as fault:
        raise BadSecret(f"{what} cannot be read: {getattr(fault, 'strerror', None) or 'its name is none'}") from None
    return _decoded(content, what)


def _decoded(content: bytes, what: str) -> str:
    if len(content) > LARGEST:
        raise BadSecret(f"{what} is larger than {LARGEST} bytes: that is no secret")
    try:
        return _given(content.decode("utf-8"), f"{what} is empty")
    except UnicodeDecodeError:
        raise BadSecret(f"{what} is not UTF-8 text") from None


def _printed(words: list[str], folder: Path | None) -> str:
    import subprocess  # start-up time: for commands only

    what = f"the command {words[0]}"
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
            cwd=folder,
        )
    except subprocess.TimeoutExpired:
        raise BadSecret(f"{what} did not end within {PATIENCE:g} s") from None
    except (OSError, ValueError) as fault:
        raise BadSecret(f"{what} cannot be run: {getattr(fault, 'strerror', None) or 'its name is none'}") from None
    if done.returncode:
        raise BadSecret(f"{what} ended with exit code {done.returncode}")
    return _decoded(done.stdout, what)
