"""Makes a recording anonymous: who owns the device, where it hangs and how to reach it are replaced, what it is stays.

Two passes: first every value is learned from the fields it stands in, then it is replaced there and, where it is long
enough to be told from an ordinary word, wherever else it stands: in URLs, headers, realms, base64. Pure.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote, unquote

from scanner.evidence.redaction import REMOVED, Revealing, without_secrets
from scanner.facts import FEATURES
from scanner.recordings.fields import (
    ALWAYS_SECRET,
    DEFAULT_USERS,
    IS_VOCABULARY,
    ORDINARY_NAMES,
    PUBLIC_SITES,
    TELLS_OF_THE_PRODUCT,
    WELL_KNOWN_HOSTS,
    Kind,
    is_generic,
    kind_of,
    plain,
)
from scanner.recordings.standins import StandIns, is_kept_address
from scanner.recordings.texts import fields_of, variants, with_fields, words_of

_REMOVED = REMOVED.decode()
_MAC = re.compile(r"(?<![0-9A-Fa-f:.-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![0-9A-Fa-f:-])")
_MAC12 = re.compile(r"[0-9A-Fa-f]{12}")
_UUID = re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])")
_IPV4 = re.compile(r"(?<![\w.])(?<![A-Za-z]/)(?:\d{1,3}\.){3}\d{1,3}(?![\w=]|\.\d)")
_IPV6 = re.compile(r"(?<![\w:.-])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:])")
_EMAIL = re.compile(r"[\w.+-]{1,64}(?:@|%40)(?:[\w-]{1,63}\.){1,6}[A-Za-z]{2,24}\b")
_PHONE = re.compile(r"(?<![\w+./=-])\+\d[\d ]{6,16}\d(?![\w])")
_URL_HOST = re.compile(r"(?<=://)(?:[^\s/@<>\"']{1,120}@)?([A-Za-z0-9][\w.-]{0,252})(?=[:/\"'<>\s,;?]|$)")
_NAMESPACE = re.compile(r"xmlns(?::[\w.-]+)?\s{0,3}=\s{0,3}[\"']$")
_SCOPE = re.compile(r"(onvif://[\w.]{1,60}/)(location|name)(/[A-Za-z]{2,12})?/([^\s<>\"]{1,200})", re.IGNORECASE)
_REALM = re.compile(r"(realm\s*=\s*\")([^\"]{1,200})(\")", re.IGNORECASE)
_SECRET_PART = re.compile(r"\b((?:c?nonce|opaque)\s*=\s*\")([^\"]{1,400})(\")", re.IGNORECASE)
_LABELLED = re.compile(r"\w{2,20}:")
_TOKEN = re.compile(r"[A-Za-z0-9]+")
_BASE64 = re.compile(r"(?<![A-Za-z0-9+/=])[A-Za-z0-9+/]{12,4096}={0,2}(?![A-Za-z0-9+/=])")
_PEM = re.compile(
    r"-----BEGIN (CERTIFICATE|PUBLIC KEY|RSA PUBLIC KEY|CERTIFICATE REQUEST)-----.*?-----END \1-----", re.S
)
_NAME_PART = re.compile(r"(^|[,+])([\w.]{1,40})=((?:\\.|[^,+\\])*)")
_QUAD = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}")
_NO_VALUE = frozenset({
    "true", "false", "yes", "no", "on", "off", "none", "null", "auto", "enable", "disable", "enabled", "disabled",
    "unknown", "default",
})  # fmt: skip
_DISTINCT_CHARACTERS = 4
_ORDINARY_WORD_CHARACTERS = 8
_ROLES: dict[str, Kind] = {
    "CN": "host name", "2.5.4.5": "serial number", "SERIALNUMBER": "serial number", "L": "location", "ST": "location",
    "STREET": "location", "2.5.4.17": "location", "UID": "cloud id", "1.2.840.113549.1.9.1": "e-mail address",
    "EMAILADDRESS": "e-mail address", "2.5.4.3": "host name",
}  # fmt: skip


class Anonymiser:
    """Learns from texts, then replaces. ``is_maker`` knows the names of makers; ``secrets`` are the operator's own."""

    def __init__(self, is_maker: Callable[[str], bool], secrets: Iterable[Revealing] = ()) -> None:
        self._is_maker = is_maker
        self._secrets = tuple(secrets)
        self._product: set[str] = set()  # words of the product, lower case
        self._not_addresses: set[str] = set()  # versions that look like one
        self._vocabulary: set[str] = set()
        self._known: dict[str, Kind] = {}
        self._search: dict[bool, tuple[re.Pattern[str], dict[str, Callable[[str], str]]] | None] = {}
        self.stand_ins = StandIns(self._protected)

    def _protected(self) -> Iterator[str]:
        yield from self._product
        yield from self.stand_ins.macs.values()

    # -- learning ----------------------------------------------------------------------------------------

    def product(self, *words: str | None) -> None:
        """Words that say what the product is: model, version, maker."""
        for word in words:
            if word and len(word.strip()) >= _DISTINCT_CHARACTERS:
                self._product.add(word.strip().casefold())
                self._not_addresses.update(_QUAD.findall(word))

    def learn(self, texts: Iterable[str]) -> None:
        """Every value that has to go, from the fields it stands in."""
        texts = list(texts)
        for text in texts:
            self._vocabulary.update(word.casefold() for word in words_of(text))
            for found in _MAC.finditer(text):
                self.note_mac(found[0])
        pairs = [(name, value) for text in texts for name, value in fields_of(text)]
        for name, value in pairs:
            word = plain(name)
            if TELLS_OF_THE_PRODUCT.search(word) and kind_of(name) is None:
                self.product(value)
            if IS_VOCABULARY.search(word) and kind_of(name) is None:
                self._vocabulary.add(value.casefold())
            if kind_of(name) == "Ethernet address" and _MAC12.fullmatch(value):
                self.note_mac(value)
        for name, value in pairs:
            kind = kind_of(name)
            if kind is not None:
                self.know(kind, value)
        for text in texts:
            for found in _REALM.finditer(text):
                self._learn_realm(found[2])

    def learn_name(self, text: str) -> None:
        """The parts of a certificate's name that are no words of the product."""
        vouched = self._is_of_a_maker(text)
        for _, role, value in _NAME_PART.findall(text):
            kind = _ROLES.get(role.upper(), "name")
            own = kind in ("serial number", "cloud id", "e-mail address") or not vouched
            if role.upper() in _ROLES and own and not self._names_a_maker(value):
                self.know(_ROLES[role.upper()], value)

    def _names_a_maker(self, value: str) -> bool:
        words = [word for word in re.split(r"[\s,.]+", value.replace("\\", "")) if word]
        return any(self._is_maker(word) for word in (" ".join(words[:2]), *words))

    def know(self, kind: Kind, value: str) -> None:
        """One value, to be replaced wherever it stands."""
        if self._goes(kind, value.strip()):
            self._known.setdefault(value.strip(), kind)
            self._search.clear()

    def note_mac(self, text: str) -> None:
        """An Ethernet address, in any writing; anything else is left alone."""
        digits = re.sub(r"[^0-9a-fA-F]", "", text).lower()
        if len(digits) == 12 and digits not in ("0" * 12, "f" * 12):
            self.stand_ins.mac(text)

    def _learn_realm(self, realm: str) -> None:
        """Realms carry serial numbers: what in them has digits and is no model."""
        for token in _TOKEN.findall(realm):
            digits = sum(char.isdigit() for char in token)
            told = any(token.casefold() in word for word in self._product)
            if len(token) >= 5 and digits >= 2 and not told and token.casefold() not in self.stand_ins.macs:
                self.know("serial number", token)

    def _goes(self, kind: Kind, value: str) -> bool:
        small = value.casefold()
        if (
            not value
            or small in _NO_VALUE
            or small in ORDINARY_NAMES
            or _REMOVED in value
            or small in self._product
            or self._is_maker(value)
        ):
            return False
        if kind in ("position", "phone number", "secret", "certificate or key", "Ethernet address"):
            return False  # numbers and blobs: in their own fields alone
        if kind == "name" and (small in FEATURES or is_generic(small)):
            return False
        if kind == "user name" and small in DEFAULT_USERS:
            return False
        if kind == "host name" and (small in WELL_KNOWN_HOSTS or small.startswith("/") or PUBLIC_SITES.search(small)):
            return False
        return not self._by_pattern(value)

    def _by_pattern(self, value: str) -> bool:
        """True for a value whose own form says what it is."""
        small = value.casefold()
        forms = (_MAC, _UUID, _EMAIL, _PHONE)
        if "://" in value or small in self.stand_ins.macs or any(form.fullmatch(value) for form in forms):
            return True
        return _is_address(value.partition("%")[0]) or bool(re.match(r"(?:urn:)?uuid:", small))

    def own(self, address: str) -> str:
        """The stand-in of the device's own address."""
        return self.text(address, fields=False)

    # -- replacing ---------------------------------------------------------------------------------------

    def text(self, text: str, *, fields: bool = True) -> str:
        """A text of a device without what was learned. ``fields`` False: a short text of our own, such as a path."""
        if not text:
            return text
        text = self._without_secrets(text)
        if fields:
            text = with_fields(text, self.field)
        text = _SCOPE.sub(self._scope, text)
        text = _SECRET_PART.sub(self._secret_part, text)
        text = self._by_patterns(text)
        text = self._everywhere(text, strict=fields)
        return _BASE64.sub(self._base64, text)

    def _without_secrets(self, text: str) -> str:
        clean = without_secrets(text.encode("utf-8", "surrogateescape"), self._secrets)
        text = _with_accounts_of(text, clean.decode("utf-8", "surrogateescape"))
        return _PEM.sub(lambda m: f"-----BEGIN {m[1]}-----\n{_REMOVED}\n-----END {m[1]}-----", text)

    def field(self, name: str, value: str) -> str | None:
        """The stand-in for the value of a field; None where it stays."""
        kind = kind_of(name)
        if kind is None or _REMOVED in value or value.casefold() in _NO_VALUE:
            return None
        if kind == "Ethernet address" and _MAC12.fullmatch(value) and value.casefold() in self.stand_ins.macs:
            return self.stand_ins.mac(value)
        if kind == "position":
            return self.stand_ins.number(kind, value) if re.fullmatch(r"[-+]?\d[\d.,]*", value) else None
        if kind == "phone number":
            digits = sum(char.isdigit() for char in value)
            return self.stand_ins.number(kind, value) if digits >= 6 else None
        if kind in ("secret", "certificate or key"):
            least = 4 if plain(name) in ALWAYS_SECRET else 16  # a token may be the name of a profile
            if len(value) < least or self._by_pattern(value):
                return None
            return _REMOVED
        return self.stand_ins.text(kind, value) if self._goes(kind, value) else None

    def _scope(self, found: re.Match[str]) -> str:
        """ONVIF scopes: the place, and the name unless it is that of the model."""
        value = unquote(found[4])
        if (found[3] or "").casefold() == "/country":
            return found[0]
        kind: Kind = "location" if found[2].casefold() == "location" else "name"
        if kind == "name" and (not self._goes(kind, value) or any(word in value.casefold() for word in self._product)):
            return found[0] if value not in self._known else found[0].replace(found[4], self._made(value))
        if not self._goes(kind, value):
            return found[0]
        return f"{found[1]}{found[2]}{found[3] or ''}/{quote(self.stand_ins.text(kind, value))}"

    def _made(self, value: str) -> str:
        return self.stand_ins.text(self._known[value], value)

    def _secret_part(self, found: re.Match[str]) -> str:
        blank = "".join("0" if char.isdigit() else "x" if char.isalpha() else char for char in found[2])
        self.stand_ins.count("secret", blank)
        return f"{found[1]}{blank}{found[3]}"

    def _by_patterns(self, text: str) -> str:
        stand_ins = self.stand_ins
        if "@" in text or "%40" in text:
            text = _EMAIL.sub(lambda m: stand_ins.email(m[0]), text)
        text = _UUID.sub(lambda m: stand_ins.uuid(m[0]), text)
        text = _MAC.sub(lambda m: m[0] if set(m[0].lower()) <= set("0:-") | set("f") else stand_ins.mac(m[0]), text)
        for mac in stand_ins.macs:
            text = re.sub(f"(?<![0-9A-Za-z]){mac}(?![0-9A-Za-z])", lambda m: stand_ins.mac(m[0]), text, flags=re.I)
        text = _IPV4.sub(self._address, text)
        if text.count(":") > 1:
            text = _IPV6.sub(self._address, text)
        text = _URL_HOST.sub(self._url_host, text)
        return _PHONE.sub(lambda m: stand_ins.number("phone number", m[0]), text) if "+" in text else text

    def _address(self, found: re.Match[str]) -> str:
        if found[0] in self._not_addresses or not _is_address(found[0]):
            return found[0]
        return found[0] if is_kept_address(ipaddress.ip_address(found[0])) else self.stand_ins.address(found[0])

    def _url_host(self, found: re.Match[str]) -> str:
        host = found[1]
        before = found.string[max(0, found.start() - 60) : found.start()]
        is_name = _NAMESPACE.search(before.rpartition("http")[0])
        if (
            is_name
            or PUBLIC_SITES.search(host)
            or host.casefold() in WELL_KNOWN_HOSTS
            or not self._goes("host name", host)
        ):
            return found[0]
        if before.rpartition("://")[0].endswith(("onvif", "urn")) or found[0] != host:
            return found[0]
        return self.stand_ins.text("host name", host)

    def _everywhere(self, text: str, *, strict: bool) -> str:
        """What was learned, wherever it stands; ``strict`` spares values that may be words of the interface."""
        search = self._searching(strict)
        if search is None:
            return text
        pattern, write = search
        return pattern.sub(lambda m: write[m[0]](m[0]), text)

    def _searching(self, strict: bool) -> tuple[re.Pattern[str], dict[str, Callable[[str], str]]] | None:
        if strict not in self._search:
            write: dict[str, Callable[[str], str]] = {}
            for value, kind in self._known.items():
                if self._is_distinct(kind, value, strict=strict):
                    for variant, escape in _spellings(kind, value):
                        made = escape(self.stand_ins.text(kind, value))
                        write.setdefault(variant, lambda _, made=made: made)  # type: ignore[misc]
            words = "|".join(re.escape(word) for word in sorted(write, key=len, reverse=True))
            pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{words})(?![A-Za-z0-9])")
            self._search[strict] = (pattern, write) if write else None
        return self._search[strict]

    def _is_distinct(self, kind: Kind, value: str, *, strict: bool) -> bool:
        small = value.casefold()
        if small in self._vocabulary or len(value) < (_DISTINCT_CHARACTERS if strict else 3):
            return False
        if value.isascii() and value.isdecimal():
            return kind == "serial number" and len(value) >= 6
        is_a_word = value.isascii() and value.isalpha()
        return not (strict and is_a_word and len(value) < _ORDINARY_WORD_CHARACTERS)

    def _base64(self, found: re.Match[str]) -> str:
        """A text within base64: what was learned is replaced there too."""
        try:
            inner = base64.b64decode(found[0], validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            return found[0]
        if not inner.isprintable():
            return found[0]
        made = self._everywhere(self._by_patterns(inner), strict=True)
        return found[0] if made == inner else base64.b64encode(made.encode()).decode("ascii")

    def run(self, text: str) -> str:
        """Readable characters between binary ones: whatever is no word of the product may be a name."""
        small = text.casefold()
        is_told = self._is_maker(text) or any(word in small for word in self._protected()) or text.isupper()
        is_told = is_told or bool(_MAC.search(text) or _IPV4.search(text) or _LABELLED.match(text))
        if (
            is_told
            or text[:1] == "_"
            or not any(char.isalpha() for char in text)
            or text in self.stand_ins.made("name")
        ):
            return text
        return self.stand_ins.text("name", text) if self._goes("name", text.strip()) else text

    def name(self, text: str) -> str:
        """A name of a certificate (RFC 4514), part by part; what names a maker or the model stays, and where a maker
        says that it issued it, the other parts are the maker's too."""
        vouched = self._is_of_a_maker(text)

        def part(found: re.Match[str]) -> str:
            role, value = found[2].upper(), found[3]
            kind = _ROLES.get(role, "name")
            given = kind in ("serial number", "cloud id", "e-mail address") or not (
                vouched or self._names_a_maker(value)
            )
            made = self.stand_ins.text(kind, value) if given and self._goes(kind, value) else value
            if made == value:
                made = self._everywhere(self._by_patterns(value), strict=False)
            return found[0] if role in ("C", "DC") else f"{found[1]}{found[2]}={made}"

        return _NAME_PART.sub(part, text)

    def _is_of_a_maker(self, name: str) -> bool:
        return any(
            role.upper() in ("O", "OU") and self._names_a_maker(value) for _, role, value in _NAME_PART.findall(name)
        )


def _with_accounts_of(text: str, clean: str) -> str:
    """The user names that went with the secrets put back, to get stand-ins: which account has which role tells much.
    Names that cannot be read there as they were stay away."""
    accounts = _accounts(text)
    if accounts.count(_REMOVED) == len(accounts) or len(_accounts(clean)) != len(accounts):
        return clean
    before = iter(accounts)
    made = with_fields(clean, lambda name, _: next(before) if kind_of(name) == "user name" else None)
    return made if _accounts(made) == accounts else clean


def _accounts(text: str) -> list[str]:
    return [value for name, value in fields_of(text) if kind_of(name) == "user name"]


def _spellings(kind: Kind, value: str) -> Iterator[tuple[str, Callable[[str], str]]]:
    yield from variants(value).items()
    if kind in ("serial number", "cloud id", "host name"):
        yield value.lower(), str.lower
        yield value.upper(), str.upper


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
