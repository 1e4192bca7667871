"""Reolink's list API: several commands in one body, one result each, and its login (docs/sources.md A7.1)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from scanner.errors import NoAnswer
from scanner.model import Silence
from scanner.net.limits import Limits, parse_json

if TYPE_CHECKING:
    from scanner.net.session import TokenSession

PATH = "/cgi-bin/api.cgi"
MOST_COMMANDS = 30
"""Commands in one body; reolink_aio sends up to 35."""

_REFUSED_LOGIN = frozenset({-7, -27, -37, -501, -502, -503})
_LOCKED = frozenset({-105, -506, -507})
_NO_SESSION = -5
_SILENCES: dict[int, Silence] = {
    -1: "no-such-page", -9: "no-such-page", -24: "no-such-page", -49: "no-such-page", -26: "forbidden",
    -6: "forbidden", -21: "forbidden", -8: "too-slow", -11: "too-slow", -99: "silent",
}  # fmt: skip
"""``rspCode`` of a result (chapter 4.1 of the maker's guide) -> why it says nothing; any other is ``malformed``."""


class Command(NamedTuple):
    """One command. ``channel`` counts from 0, None for the whole device; ``user`` is the account it is about."""

    name: str
    channel: int | None = None
    user: str | None = None

    def wire(self) -> dict[str, Any]:
        """As it stands in the body; action 0 asks for the present value only."""
        param: dict[str, Any] = {} if self.user is None else {"User": {"userName": self.user}}
        if self.channel is not None:
            param["channel"] = self.channel
        return {"cmd": self.name, "action": 0, "param": param}


class Result(NamedTuple):
    """``value`` of a command that was answered, and the reply it stood in."""

    value: dict[str, Any]
    evidence: str

    def part(self, name: str) -> dict[str, Any]:
        """An object below it; NoAnswer ``malformed`` when there is none."""
        found = self.value.get(name)
        if not isinstance(found, dict):
            raise NoAnswer("malformed", f"the reply has no {name}")
        return found


Answers = dict[Command, "Result | NoAnswer"]


def need(answers: dict[Any, Result | NoAnswer], command: Any) -> Result:
    """The result of a command; NoAnswer when it was not answered or not asked."""
    answer = answers.get(command, NoAnswer("no-reader", "not asked of this firmware"))
    if isinstance(answer, NoAnswer):
        raise NoAnswer(answer.why, answer.detail)
    return answer


def number(value: Any) -> int | None:
    """A number as the API gives it, None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def switch(value: Any) -> bool | None:
    """A switch as the API gives it: 0 or 1, in old firmware true or false."""
    if isinstance(value, bool):
        return value
    return {0: False, 1: True}.get(value) if isinstance(value, int) else None


class Way:
    """The login of this API: the password in clear in the body, a token in the address of what follows."""

    vendor = "reolink"
    login_path = f"{PATH}?cmd=Login"
    logout_path = f"{PATH}?cmd=Logout"
    logout_body = json.dumps([Command("Logout").wire()]).encode()

    def login_body(self, user: str, password: str) -> bytes:
        """The request that carries the login."""
        body = Command("Login", None, user).wire()
        body["param"]["User"]["password"] = password
        return json.dumps([body]).encode()

    def token_of(self, body: bytes, limits: Limits) -> str:
        """The token of a reply. A code that speaks of user or password refuses the login; others say nothing of it."""
        item = _first(parse_json(body, limits))
        code, detail = _error_of(item)
        if code is not None:
            said = f"{detail or 'no word'} (rspCode {code})"
            if code in _REFUSED_LOGIN or any(
                word in detail.lower() for word in ("invalid user", "login failed", "password")
            ):
                raise NoAnswer("login-refused", said)
            if code in _LOCKED:
                raise NoAnswer("login-locked", said)
            if code == _NO_SESSION:
                raise NoAnswer("forbidden", f"the device takes no further session now: {said}")
            raise NoAnswer("malformed", f"the login was neither taken nor refused: {said}")
        value = item.get("value")
        token = value.get("Token") if isinstance(value, dict) else None
        name = token.get("name") if isinstance(token, dict) else None
        if not isinstance(name, str):
            raise NoAnswer("malformed", "the reply to the login has no token")
        return name

    def with_token(self, path: str, token: str) -> str:
        """The path with the token in it."""
        return f"{path}{'&' if '?' in path else '?'}token={token}"


WAY = Way()


class Api:
    """Commands in one session, as few requests as they fit into."""

    def __init__(self, session: TokenSession, most_requests: int) -> None:
        self.session = session
        self.most_requests = most_requests

    def ask(self, commands: Sequence[Command]) -> Answers:
        """Every command with its result or its silence. A list that fails is not asked anew in pieces."""
        answers: Answers = {}
        for start in range(0, len(commands), MOST_COMMANDS):
            some = commands[start : start + MOST_COMMANDS]
            try:
                answers.update(self._one(some))
            except NoAnswer as silence:
                answers.update(dict.fromkeys(some, silence))
        return answers

    def _one(self, commands: Sequence[Command]) -> Answers:
        if self.session.sent + 1 >= self.most_requests:  # the last one is for logging out
            raise NoAnswer("over-budget", f"not asked: {self.most_requests} requests are the most one device gets")
        body = json.dumps([command.wire() for command in commands]).encode()
        reply = self.session.post(PATH, body).require_ok()
        return decode(commands, reply.json(), reply.evidence)


def decode(commands: Sequence[Command], value: Any, evidence: str) -> Answers:
    """Results come in the order of the commands; one error alone is that of the whole list."""
    items = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
    if len(items) == 1 and len(commands) > 1:
        code, detail = _error_of(items[0])
        if code is not None:
            raise NoAnswer(_SILENCES.get(code, "malformed"), f"{detail} (rspCode {code})"[:160])
    if [str(item.get("cmd")).lower() for item in items] != [command.name.lower() for command in commands]:
        raise NoAnswer("malformed", "the results are not those of the commands")
    return {command: _result(command, item, evidence) for command, item in zip(commands, items, strict=True)}


def _result(command: Command, item: dict[str, Any], evidence: str) -> Result | NoAnswer:
    code, detail = _error_of(item)
    if code is not None:
        return NoAnswer(_SILENCES.get(code, "malformed"), f"{command.name}: {detail} (rspCode {code})"[:160])
    value = item.get("value")
    if not isinstance(value, dict):
        return NoAnswer("malformed", f"{command.name}: no value")
    if command.channel is not None and number(value.get("channel")) not in (None, command.channel):
        return NoAnswer("malformed", f"{command.name}: the result is that of another channel")
    return Result(value, evidence)


def _first(value: Any) -> dict[str, Any]:
    item = value[0] if isinstance(value, list) and len(value) == 1 else None
    if not isinstance(item, dict):
        raise NoAnswer("malformed", "the reply is no list of one result")
    return item


def _error_of(item: dict[str, Any]) -> tuple[int | None, str]:
    """``rspCode`` and ``detail`` of a result that is an error; (None, "") for one that is none."""
    error = item.get("error")
    if not isinstance(error, dict) and item.get("code") == 0:
        return None, ""
    error = error if isinstance(error, dict) else {}
    code = number(error.get("rspCode"))
    return (0 if code is None else code), " ".join(str(error.get("detail", "")).split())[:80]
