"""Secrets are taken out of device replies before they are written anywhere.

Works on bytes, so that binary datagrams and broken text are covered too. A name counts as secret when it ends
in one of the words below (``Password``, ``adminPwd``, ``root.Network.Password2``); ``PasswordResetAbility`` does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

REMOVED = b"[removed]"


class Revealing(Protocol):
    """A secret the operator gave."""

    def reveal(self) -> str:
        """The text itself."""


_WORD = (
    rb"[\w.:\[\]-]{0,80}?(?:password|passwd|passwort|passphrase|passcode|pwd|psw|(?<![a-z])pass|secret|verification_?code|salt"
    rb"|community|rocommunity|rwcommunity|privatekey|private_key|psk|presharedkey|apikey|api_key|token_?secret"
    rb"|authorization|credential|sessionid|session_?key|auth_?key|priv_?key)\d{0,3}"
)
_KEEP = rb"(?!true\b|false\b)"
_FLAGS = re.IGNORECASE | re.DOTALL

_RULES: tuple[tuple[re.Pattern[bytes], bytes], ...] = (
    # header lines, in HTTP, RTSP and in texts about them
    (
        re.compile(rb"(?<![\w-])((?:proxy-)?authorization|authentication-info)([ \t]*:[ \t]*)[^\r\n]*", _FLAGS),
        rb"\1\2" + REMOVED,
    ),
    (re.compile(rb"(?<![\w-])((?:set-)?cookie2?[ \t]*:[ \t]*[^=;\r\n]{0,200}=)[^;\r\n]*", _FLAGS), rb"\1" + REMOVED),
    # WS-Security blocks, whatever their prefix
    (
        re.compile(rb"<((?:[\w.-]+:)?(?:Security|UsernameToken))((?:\s[^<>]*)?)(?<!/)>.*?(?:</\1\s*>|\Z)", _FLAGS),
        rb"<\1>" + REMOVED + rb"</\1>",
    ),
    (re.compile(rb"-----BEGIN ([A-Z ]*)PRIVATE KEY-----.*?(?:-----END \1PRIVATE KEY-----|\Z)", _FLAGS), REMOVED),
    # user:password@ in addresses
    (
        re.compile(rb"([a-z][a-z0-9+.-]{1,20}://)[^/\s\"'<>@]{0,200}:[^/\s\"'<>@]{0,200}@", _FLAGS),
        rb"\1" + REMOVED + rb"@",
    ),
    # XML elements and attributes
    (
        re.compile(rb"<((?:[\w.-]+:)?" + _WORD + rb")((?:\s[^<>]*)?)(?<!/)>" + _KEEP + rb"[^<]+", _FLAGS),
        rb"<\1\2>" + REMOVED,
    ),
    (
        re.compile(rb"(?<![\w.:-])(" + _WORD + rb")(\s*=\s*)([\"'])" + _KEEP + rb"(?:(?!\3).)+", _FLAGS),
        rb"\1\2\3" + REMOVED,
    ),
    # a parameter of ONVIF or Axis: Name="Password" Value="..."
    (
        re.compile(rb"(\bname\s*=\s*[\"']" + _WORD + rb"[\"'][^<>]{0,80}?\bvalue\s*=\s*[\"'])[^\"']*", _FLAGS),
        rb"\1" + REMOVED,
    ),
    # JSON
    (
        re.compile(rb"([\"']" + _WORD + rb"[\"']\s*:\s*)([\"'])(?:\\.|(?!\2).)*(\2|\Z)", _FLAGS),
        rb"\1\2" + REMOVED + rb"\2",
    ),
    (re.compile(rb"([\"']" + _WORD + rb"[\"']\s*:\s*)-?\d[\d.]*", _FLAGS), rb"\1" + b'"' + REMOVED + b'"'),
    # key=value lines and query strings
    (
        re.compile(rb"(?<![\w.:-])(" + _WORD + rb")(=)(?![\"'])" + _KEEP + rb"[^&\r\n\s<>\"']+", _FLAGS),
        rb"\1\2" + REMOVED,
    ),
)


def without_secrets(data: bytes, secrets: Iterable[Revealing] = ()) -> bytes:
    """``data`` with every secret value replaced by ``[removed]``; ``secrets`` are also removed wherever they stand."""
    for pattern, replacement in _RULES:
        data = pattern.sub(replacement, data)
    for secret in secrets:
        text = secret.reveal().encode()
        if len(text) >= 4:  # shorter ones would tear ordinary words apart; the rules above know their places
            data = data.replace(text, REMOVED)
    return data


def without_secrets_text(text: str) -> str:
    """The same for a short text such as a path."""
    return without_secrets(text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
