"""Names of makers and brands inside free text, and the words of cameras and recorders beside them.

A title "VIVOTEK FD8134", a realm "Foscam Camera", a certificate with "O=Milesight": the device says a name, so it is a
brand claim (docs/sources.md I9.1). A name that stands on other things as well counts only beside a word of video, or
as the owner of a certificate; a title with other words than names, products and a user interface counts not at all; a
name that is an ordinary word is not looked for at all (``word`` in makers.yaml). A model of a series no other maker
uses ("220 DCS-5300 FTP server") tells its maker and kind as well.
"""

from __future__ import annotations

import re

from scanner.fingerprint import naming
from scanner.fingerprint.literals import any_of
from scanner.fingerprint.makers import Name, fold, names
from scanner.fingerprint.saw import Saw
from scanner.model import CAMERA_KINDS
from scanner.once import once

KINDS = frozenset((
    "http-title", "http-realm", "http-server-header", "snmp-sysdescr", "ftp-banner", "telnet-banner", "ssh-banner",
    "tls-subject", "tls-issuer", "sip-server", "rtsp-server", "rtsp-realm", "rtsp-sdp", "ssdp-server",
    "dhcp-vendor-class", "mdns-txt",
))  # fmt: skip
"""Kinds of short free text in which a device says names."""

_LONGEST = 2_000
_LONG_TITLE = 90
_MOST_BEFORE = 7
"""Words in front of "network camera" in the title of a unit's page, at most."""
_RECORDER_WORD = (
    r"(?:net|web|hd|h\.?26[45] ?|[a-z])?[ndxh]vrs?(?:\d{1,5}[a-z]{0,3})?|"
    r"(?:digital|network|hybrid|embedded) (?:video|disk) ?recorder|digital ?disk ?recorder|net(?:work)? video browser|"
    r"videoregistratore|videogravador|grabador(?: de video)?|"
    "硬盘录像机|录像机|видеорегистратор"
)
_ENCODER_WORD = (
    r"(?:video|h\.?26[45]|hevc) ?(?:web )?(?:server|encoder|transmitter)|"
    r"network video (?:server|station|transmitter)|ip video encoder"
)
_CAMERA_OF_A_NETWORK = (
    r"(?:ip|net|network|internet|netzwerk|poe|onvif)[ _-]?(?:ptz |dome |hd |box |bullet |video ?)?[ck]am(?:era)?s?|"
    r"(?:ip|network|speed|ptz|ip speed|network fixed|network ptz)[ -]?dome|"
    r"c[aáâ]m[ae]ra (?:ip|r[eé]seau|de red|de rede)|telecamera(?: ip| di rete)?|ip-?камера|网络摄像机|网络摄像头|"
    r"ネットワークカメラ|ipnc"
)
_CAMERA_OTHERWISE = (
    r"(?:web|security|surveillance|dome|ptz|thermal|smart|mega-?pixel|bullet|wi-?fi|wireless|h\.?26[45]|mpeg-?4|"
    r"pan[ /&-]{0,3}tilt|cube|fisheye|panoramic|p2p|day ?[&/-] ?night)[ _-]?cam(?:era)?s?|cctv"
)
_WORD = r"(?i)(?<![^\W_])(?:{})(?![^\W_])"
_RECORDER = re.compile(_WORD.format(_RECORDER_WORD))
_ENCODER = re.compile(_WORD.format(_ENCODER_WORD))
_CAMERA = re.compile(
    _WORD.format(f"{_CAMERA_OF_A_NETWORK}|{_CAMERA_OTHERWISE}")
    + r"|(?<=[a-z])(?:HD)?(?:IP|Net|Network)Cam(?:era)?(?![a-z])"
)
_TALK = re.compile(
    r"(?i)\b(?:shops?|store|install\w{0,6}|buy|reviews?|blog|prices?|support|forum|downloads?|manuals?|drivers?|news|"
    r"hire|rent\w{0,3}|sales?|solutions?|distributor|wholesale|reseller|partners?|welcome to our|home ?page of|best|"
    r"how to|wiki|github|documentation|docs|api|jobs|careers|inc\.? ?\||ltd\.? ?\||cheap|top \d{1,3}|tutorial|guide|"
    r"leader|leading|official|company|about us|contact us|website|academy|"
    r"specs?|simulat\w{1,4}|emulat\w{1,4}|virtual|android|iphone|raspberry|esp32|obs|plugin|add-?on|demo|"
    r"acheter|comparatif|meilleure?s?|kaufen|beste|najlepsz\w{1,3}|sklep|comprar|mejor|migliore?|bästa|køb|kjøp|купить|лучш\w{2,3})\b|"
    "おすすめ|購買|购买|最佳|推荐|추천"
)
"""Words of pages about cameras: a shop or a forum names makers and is none of their units."""
_UNIT = re.compile(_WORD.format(f"{_RECORDER_WORD}|{_ENCODER_WORD}|{_CAMERA_OF_A_NETWORK}"))
_WORDS = re.compile(r"[^\W_][\w.+'&/-]{0,40}")
_USER_INTERFACE = re.compile(
    r"(?i)log-?(?:in|on)|log|in|on|menu|viewer?|live|image|web|client|browser|home-?page|home|main|page|index|set-?up|config\w{0,10}|"
    r"settings?|system|server|service|interface|admin\w{0,11}|management|control|remote|user|web-?(?:view(?:er)?|client)|"
    r"ver(?:sion)?\.?|v\.?|\w{0,8}\d[\w.+/-]{0,16}"
)
"""Words of a user interface, versions and models."""
_PRODUCT = re.compile(
    r"(?i)cameras?|ip|ip-?cam(?:era)?|net-?cam|cam|network|internet|video|digital|[ndxh]vrs?|recorder|encoder|dome|ptz|mini|hd|"
    r"wireless(?:-\w)?|wired|wi-?fi|poe|thermal|speed|fixed|outdoor|indoor|mega-?pixel|day|night|door|station|intercom|vision|"
    r"surveillance|security|monitoring|corporation|corp\.?|inc\.?|co\.?|ltd\.?|gmbh|ag|technolog(?:y|ies)|systems?|"
    r"welcome|to|the|by|for|access|portal|center|panel|smart|plus|pro|java|applet|local|[\w-]{1,12}\d[\w.+/-]{0,16}"
)
"""Words of products and companies, and models."""
_NO_UNIT = re.compile(
    r"(?i)\b(?:my|our|your|the|all|about|with|for|of|in|on|to|and|or|from|live|city|beach|traffic|home|online|free|new|"
    r"open|software|app|project|test|sample|example|smart|is|a|an|no|not|add|list|find|search|plex|tivo|channels|"
    r"kodi|tv\w{0,8}|hdhomerun|mythtv)\b"
)
"""Words that stand before "network camera" where people write about cameras, and not in the name of a unit."""
_SOFTWARE = re.compile(
    r"(?i)\b(?:management (?:cent(?:er|re)|server|software|platform)|control cent(?:er|re)|"
    r"device (?:manager|network sdk)|"
    r"configuration manager|camera station|smart ?client|(?:i|n|gv-)?vms|gv-cent(?:er|re)|ssm|vast(?: 2)?|vss|"
    r"ez(?:view|station|tools)|solution suite|command|unity video|companion|viewport|smartpss|dss|"
    r"(?<!web )(?<!cam )(?<!vr )client)\b"
)
"""Programs that makers of cameras sell under their own name."""
_THING = re.compile(
    r"(?i)\b(?:switch|gateway|lorawan|access control(?:ler)?|door controller|alarm (?:panel|system)|intrusion|chime|"
    r"(?:network )?(?:speaker|horn)|siren|keyboard|decoder|router|access point|printer|hub|i/o module)\b"
)
"""Other things they sell."""
_HOST_NAME = re.compile(r"(?i)^(?:cn=)?(?:[\w*-]{1,63}\.)+[\w-]{2,63}$")


def read(saw: Saw, text: str, kind: str) -> None:
    """Brand, model and kind claims out of a free text; nothing for a page that talks about cameras.

    ``kind`` is what the text is: a title can come out of a page.
    """
    text = text[:_LONGEST]
    title = kind == "http-title"
    if title and (len(text) > _LONG_TITLE or talks(text)):
        return
    if title and not page_of_a_unit(text) and _speaks_of_more(text):
        return
    if kind.startswith("tls-"):
        text = _without_host_names(text)
    shown = "" if kind == "rtsp-sdp" and talks(text) else video(text)
    for named, rest in names_in(text):
        series = series_beside(named, rest)
        if named.wide and not shown and series is None:
            if kind.startswith("tls-") and _is_owner(named, text):
                saw.say("brand", named.name, "C1", "named")
            continue
        saw.say("brand", named.name, "C2", "named")
        if series is not None:
            saw.model(rest.split()[0], "named", "C1")
            saw.say("kind", series.kind, "C1", "named")
        elif not shown and _another_thing(named, rest):
            saw.say("kind", "other", "C1", "named")
        elif not shown and (other := thing(text)):
            saw.say("kind", other, "C1", "words")
    if not any(claim.field == "kind" and claim.value == "other" for claim in saw.claims):
        _own_models(saw, text)
    if shown and (not title or page_of_a_unit(text) or any(claim.pattern == "named" for claim in saw.claims)):
        saw.say("kind", shown, "C1", "words")


def talks(title: str) -> bool:
    """Whether a title is that of a page about things: a shop, a forum, a manual."""
    return _TALK.search(title) is not None


def video(text: str) -> str:
    """What the words of a text say it is: recorder, encoder, camera, or '' for nothing."""
    if _RECORDER.search(text):
        return "recorder"
    if _ENCODER.search(text):
        return "encoder"
    return "camera" if _CAMERA.search(text) else ""


def page_of_a_unit(title: str) -> bool:
    """Whether a title has the form of a unit's own page ("Acme Network Camera - Login"); those words alone are not."""
    for found in _UNIT.finditer(title):
        before, after = title[: found.start()], _WORDS.findall(title[found.end() :])
        count = len(_WORDS.findall(before))
        if count + len(after) and count <= _MOST_BEFORE and not _NO_UNIT.search(before):
            return all(_USER_INTERFACE.fullmatch(word) for word in after)
    return False


def _speaks_of_more(title: str) -> bool:
    """Whether a title has other words than names, products and a user interface: "Hikvision Event Interface"."""
    return not all(
        _USER_INTERFACE.fullmatch(word) or _PRODUCT.fullmatch(word)
        for word in _WORDS.findall(_spellings().sub(" ", title))
    )


def _own_models(saw: Saw, text: str) -> None:
    """Models of series that one maker uses, wherever in the text they stand; not where it is known to be no camera."""
    for match in _models().finditer(text):
        model = match[1].strip(".,;:()'\"")
        maker = naming.distinctive_maker(model) if any(character.isdigit() for character in model) else None
        series = naming.series_of(maker, model) if maker else None
        if series and series.kind in CAMERA_KINDS:
            saw.model(model, "model-series", "C1")
            saw.say("kind", series.kind, "C1", "model-series")


def _is_owner(named: Name, certificate: str) -> bool:
    """Whether a certificate names it alone as its organisation: its unit, whatever that is."""
    parts = (part.strip().partition("=") for part in certificate.split(","))
    return any(kind.upper() in ("O", "CN") and names().find(value) is named for kind, _, value in parts)


def _without_host_names(text: str) -> str:
    """A certificate's name without its host names: "nvr.example" is what somebody called a machine."""
    return ",".join(part for part in text.split(",") if not _HOST_NAME.match(part.strip()))


def names_in(text: str) -> list[tuple[Name, str]]:
    """Each name in the text with what follows it, each name once."""
    found: dict[str, tuple[Name, str]] = {}
    for match in _spellings().finditer(text):
        named = names().find(match[1])
        if named is not None and named.name not in found:
            found[named.name] = (named, text[match.end() : match.end() + 80].strip(" -_:/,|"))
    return list(found.values())[:4]


def series_beside(named: Name, rest: str) -> naming.Series | None:
    """The series of a video device that the word after a name belongs to."""
    word = rest.split(" ", 1)[0].strip("\"'();,") if rest else ""
    if not any(character.isdigit() for character in word):
        return None
    series = naming.series_of(named.name, word)
    return series if series and series.kind != "other" else None


def thing(text: str) -> str:
    """What else of a maker of cameras a text names: vms, other, or '' for nothing."""
    if _SOFTWARE.search(text):
        return "vms"
    return "other" if _THING.search(text) else ""


def _another_thing(named: Name, rest: str) -> bool:
    """Whether the word after a name is a model of a series that is no video device: "AXIS C3003-E"."""
    word = rest.split(" ", 1)[0].strip("\"'();,") if rest else ""
    series = naming.series_of(named.name, word) if any(character.isdigit() for character in word) else None
    return series is not None and series.kind == "other"


@once
def _models() -> re.Pattern[str]:
    """One expression for the models of all series that one maker alone uses."""
    series = "|".join(
        one.regex.pattern.removeprefix("(?i)")
        for rows in naming.all_series().values()
        for one in rows
        if one.distinctive
    )
    return re.compile(rf"(?i)(?<![\w-])((?:{series})[\w./+-]{{0,24}})")


@once
def _spellings() -> re.Pattern[str]:
    """One expression for all spellings looked for."""
    listed = {
        spelling.casefold()
        for named in names().by_name.values()
        for spelling in (named.name, *named.aliases)
        if len(fold(spelling)) >= 4 and not (named.word and fold(spelling) == fold(named.name))
    }
    return re.compile(rf"(?i)(?<![a-z0-9])({any_of(listed)})(?![a-z0-9])")
