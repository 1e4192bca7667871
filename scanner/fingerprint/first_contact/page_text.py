"""What a web page and its headers say: pure readers of text that may be anything."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from urllib.parse import urljoin, urlsplit

_TITLE = re.compile(r"<title[^<>]{0,200}>([^<]{0,500})", re.IGNORECASE)
_META = re.compile(r"<meta\s[^<>]{0,600}>", re.IGNORECASE)
_REFRESH = re.compile(r"http-equiv\s{0,5}=\s{0,5}[\"']?refresh", re.IGNORECASE)
_REFRESH_URL = re.compile(
    r"content\s{0,5}=\s{0,5}[\"']?[^\"'<>]{0,40}?url\s{0,5}=\s{0,5}[\"']?([^\"'<>\s]{1,400})", re.IGNORECASE
)
_REALM = re.compile(r'realm\s{0,3}=\s{0,3}(?:"([^"\r\n]{0,300})"|([^\s,"]{1,300}))', re.IGNORECASE)
_SCHEME = re.compile(r"\s{0,20}([A-Za-z][A-Za-z0-9-]{0,30})(?:\s|$)")
_SECRET_COOKIE = re.compile(r"^([^=;]{1,80})=[^;]*")


def title(page: str) -> str | None:
    """The text of ``<title>``."""
    found = _TITLE.search(page)
    return html.unescape(found[1]).strip() or None if found else None


def realms(challenges: Iterable[str]) -> list[str]:
    """The realm of each WWW-Authenticate header, each once; the nonces are not kept."""
    found = [quoted or bare for one in challenges for quoted, bare in _REALM.findall(one[:4000])]
    return list(dict.fromkeys(realm for realm in found if realm.strip()))


def login_schemes(challenges: Iterable[str]) -> str | None:
    """``digest``, ``basic`` or ``digest/basic`` as WWW-Authenticate offers them; None for anything else."""
    offered = {found[1].lower() for one in challenges if (found := _SCHEME.match(one))}
    words = [scheme for scheme in ("digest", "basic") if scheme in offered]
    return "/".join(words) or None


def cookie_shape(header: str) -> str:
    """A Set-Cookie header without its value, which may be a session."""
    return _SECRET_COOKIE.sub(r"\1=", header[:1000])


def moved_to(location: str | None, page: str) -> str | None:
    """Where the page sends its visitor: the Location header, or else a meta refresh."""
    if location:
        return location.strip()
    for meta in _META.findall(page[:20_000]):
        if _REFRESH.search(meta) and (found := _REFRESH_URL.search(meta)):
            return html.unescape(found[1])
    return None


def path_on_host(url: str, address: str, port: int, *, tls: bool) -> str | None:
    """Path and query of a redirect that stays on this very door; None when it leads anywhere else."""
    scheme = "https" if tls else "http"
    host = f"[{address}]" if ":" in address else address
    try:
        parts = urlsplit(urljoin(f"{scheme}://{host}:{port}/", url))
        same = (parts.hostname or "") == address and (parts.port or (443 if tls else 80)) == port
    except ValueError:
        return None
    if parts.scheme != scheme or not same or parts.username is not None or not parts.path.startswith("/"):
        return None
    return parts.path + (f"?{parts.query}" if parts.query else "")


def leads_to_tls(url: str, address: str) -> bool:
    """True for a redirect to HTTPS on the same host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and parts.hostname == address
