"""Secrets are taken out of device replies before they are written anywhere.

Works on bytes, so that binary datagrams and broken text are covered too. A name counts as secret when it ends
in one of the words below (``Password``, ``adminPwd``, ``root.Network.Password2``); ``PasswordResetAbility`` does not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple, Protocol

REMOVED = b"[removed]"


class Revealing(Protocol):
    """A secret the operator gave."""

    def reveal(self) -> str:
        """The text itself."""


_STEMS = (
    b"pass", b"pwd", b"psw", b"secret", b"verification", b"salt", b"community", b"private", b"psk", b"shared",
    b"apikey", b"api_key", b"authorization", b"authkey", b"auth_key", b"credential", b"sessionid",
    b"session_id", b"sessionkey", b"session_key", b"privkey", b"priv_key",
    b"readcommon", b"writecommon", b"wpa", b"wifi", b"groupname", b"groupdetail", b"username", b"user_name",
)  # fmt: skip
"""A text without any of these has no secret name in it: most replies are done after these quick searches."""

_WORD = (
    rb"(?:password|passwd|passwort|passphrase|passcode|pwd|psw|(?<![a-z])pass|secret|verification_?code|salt|community"
    rb"|private_?key|psk|preshared_?key|api_?key|authorization|credential|session_?id|session_?key|auth_?key|priv_?key"
    rb"|(?:read|write)common|(?:wpa|wifi)\w{0,12}key"
    rb"|user_?name|group(?:name|detail))"  # a list of faces is called after whom it is about
    rb"\d{0,3}"
)
_NAME = rb"[\w.-]{0,80}?" + _WORD
_KEEP = rb"(?!(?:true|false)\b|\[removed\])"
_ELEMENT_TEXT = rb"(?:\s*<!\[CDATA\[.*?(?:\]\]>|\Z)|[^<]+)"
_FLAGS = re.IGNORECASE | re.DOTALL


_NAMED = re.compile(_WORD + rb"([\s>=\"'])", re.DOTALL)
"""Where a secret name may end, in a text in lower case, and what stands behind it: that decides which rules to try."""


class _Rule(NamedTuple):
    """``needs``: one of these (lower case) is in every text the pattern can match; for names of secrets (``_STEMS``),
    ``behind`` are the bytes of which one stands right behind the name."""

    needs: tuple[bytes, ...]
    pattern: re.Pattern[bytes]
    replacement: bytes
    behind: frozenset[bytes]


def _rule(needs: tuple[bytes, ...], pattern: bytes, replacement: bytes, behind: bytes = b"") -> _Rule:
    ends = frozenset(bytes([one]) for one in behind)
    return _Rule(needs, re.compile(pattern, _FLAGS), replacement, ends)


_BLANKS = b" \t\n\r\f\v"

_RULES: tuple[_Rule, ...] = (
    # header lines, in HTTP, RTSP and in texts about them
    _rule(
        (b"authorization", b"authentication-info"),
        rb"(?<![\w-])((?:proxy-)?authorization|authentication-info)([ \t]*:[ \t]*)[^\r\n]*",
        rb"\1\2" + REMOVED,
    ),
    _rule(
        (b"cookie",),
        rb"(?<![\w-])((?:set-)?cookie2?[ \t]*:[ \t]*[^=;\r\n]{0,200}=)[^;\r\n]*",
        rb"\1" + REMOVED,
    ),
    # WS-Security blocks, whatever their prefix
    _rule(
        (b"security", b"usernametoken"),
        rb"<((?:[\w.-]{1,40}:)?(?:Security|UsernameToken))(?:\s[^<>]*)?(?<!/)>.*?(?:</\1\s*>|\Z)",
        rb"<\1>" + REMOVED + rb"</\1>",
    ),
    _rule(
        (b"private key",),
        rb"-----BEGIN ([A-Z ]{0,40})PRIVATE KEY-----.*?(?:-----END \1PRIVATE KEY-----|\Z)",
        REMOVED,
    ),
    # sessions: a token in an address or in the reply to a login; where a camera sends to may name one too (Reolink)
    _rule((b"token=",), rb"([?&]token=)[^&\s\"'<>]+", rb"\1" + REMOVED),
    _rule(
        (b'"token"',),
        rb"(\"token\"\s*:\s*\{[^{}]{0,400}?\"name\"\s*:\s*\")(?:\\.|[^\"\\]){0,4000}",
        rb"\1" + REMOVED,
    ),
    # libraries of faces at Uniview: called after whom they are about, as the groups of other makers
    _rule((b'"liblist"',), rb"(\"name\"\s*:\s*\")(?:\\.|[^\"\\]){1,4000}", rb"\1" + REMOVED),
    _rule((b'"uid"',), rb"(\"uid\"\s*:\s*\")(?:\\.|[^\"\\]){1,400}", rb"\1" + REMOVED),
    _rule(
        (b'"hookurl"',),
        rb"(\"hookUrl\"\s*:\s*\"(?:[a-z]{2,8}:/{2}[^/\"\s]{0,200})?)(?:\\.|[^\"\\]){1,2000}",
        rb"\1/" + REMOVED,
    ),
    # where TVT posts events to: the path of an address is as good as a password
    _rule(
        (b"<httppost",),
        rb"<((?:[\w.-]{1,40}:)?(?:path|url)(?:\s[^<>]*)?)(?<!/)>(?:\s*<!\[CDATA\[.*?(?:\]\]>|\Z)|\s*[^<\s\[][^<]*)",
        rb"<\1>" + REMOVED,
    ),
    # user:password@ in addresses
    _rule((b"@",), rb"(://)[^/\s\"'<>@]{0,200}:[^/\s\"'<>@]{0,200}@", rb"\1" + REMOVED + rb"@"),
    # XML elements and attributes
    _rule(
        _STEMS,
        rb"<((?:[\w.-]{1,40}:)?" + _NAME + rb")((?:\s[^<>]*)?)(?<!/)>" + _KEEP + _ELEMENT_TEXT,
        rb"<\1\2>" + REMOVED,
        b">" + _BLANKS,
    ),
    _rule(
        _STEMS,
        rb"(" + _WORD + rb"\s*=\s*)([\"'])" + _KEEP + rb"(?:(?!\2).)+",
        rb"\1\2" + REMOVED,
        b"=" + _BLANKS,
    ),
    # a parameter of ONVIF or Axis: Name="Password" Value="..."
    _rule(
        _STEMS,
        rb"(\bname\s*=\s*[\"']" + _NAME + rb"[\"'][^<>]{0,80}?\bvalue\s*=\s*[\"'])[^\"']*",
        rb"\1" + REMOVED,
        b"\"'",
    ),
    # JSON
    _rule(
        _STEMS,
        rb"(" + _WORD + rb"[\"']\s*:\s*)([\"'])(?:\\.|(?!\2).)*(?:\2|\Z)",
        rb"\1\2" + REMOVED + rb"\2",
        b"\"'",
    ),
    _rule(_STEMS, rb"(" + _WORD + rb"[\"']\s*:\s*)-?\d[\d.]*", rb'\1"' + REMOVED + b'"', b"\"'"),
    # key=value lines and query strings
    _rule(_STEMS, rb"(" + _WORD + rb"=)(?![\"'])" + _KEEP + rb"[^&\r\n\s<>\"']+", rb"\1" + REMOVED, b"="),
)


def without_secrets(data: bytes, secrets: Iterable[Revealing] = ()) -> bytes:
    """``data`` with every secret value replaced by ``[removed]``; ``secrets`` are also removed wherever they stand."""
    small = data.lower()
    behind = set(_NAMED.findall(small)) if any(stem in small for stem in _STEMS) else set()
    for rule in _RULES:
        if behind & rule.behind if rule.needs is _STEMS else any(need in small for need in rule.needs):
            data = rule.pattern.sub(rule.replacement, data)
    for secret in secrets:
        text = secret.reveal().encode()
        if len(text) >= 4:  # shorter ones would tear ordinary words apart; the rules above know their places
            data = data.replace(text, REMOVED)
    return data


def without_secrets_text(text: str) -> str:
    """The same for a short text such as a path."""
    return without_secrets(text.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
