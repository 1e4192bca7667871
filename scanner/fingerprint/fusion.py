"""Claims into one identity: brand and maker apart, graded, with reasons, and with what is contradicted.

Signs that survive a new badge (``maker`` claims) outrank the names a device gives itself (``brand`` claims). A name
that is a maker's own stands for that maker as long as nothing better speaks; a name under which several makers sell
never does (docs/sources.md I9.1).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from scanner.fingerprint import firmware, naming
from scanner.fingerprint.makers import names
from scanner.fingerprint.wording import Story, family, open_maker, signs
from scanner.model import CAMERA_KINDS, Claim, Firmware, Grade, Identity, Kind

_RANK: dict[Grade, int] = {"C1": 1, "C2": 2, "C3": 3}
_WEIGHT: dict[Grade, int] = {"C1": 1, "C2": 3, "C3": 9}
_SERIES_WEIGHT = 4
"""A model series says more of the kind than any one reply: recorders announce themselves as video transmitters."""
_OWN_SERIES_WEIGHT = 9
"""One that a single maker uses says it for certain: a face terminal streams as a camera does."""
_OF_SOFTWARE = ("tls-issuer", "sip-server", "ssh-banner", "http-server-header", "ssdp-server")
"""Where programs, libraries and certificate authorities name themselves: beside a maker of cameras that is told
elsewhere they do not make the unit another thing."""

_ONVIF_NAME_SPACES = ("onvif-services.hikvision", "onvif-capabilities.hikvision", "onvif-deviceinfo.hikvision")
_SOURCES = (
    "isapi-deviceinfo", "onvif-deviceinfo", "dhdiscover", "sadp", "tplink-discovery", "vendor-finder", "http-body",
    "onvif-scopes", "ssdp", "dhcp-vendor-class", "mdns-txt", "snmp-sysdescr", "ftp-banner", "sip-server",
    "telnet-banner",
)  # fmt: skip
"""Where models, versions and serials are said best, best first; what is not listed comes last."""


def fuse(claims: Iterable[Claim]) -> Identity:
    """One identity out of all claims about one device."""
    listed = tuple(dict.fromkeys(claims))
    by_field: dict[str, list[Claim]] = defaultdict(list)
    for claim in _without_lookalikes(listed):
        by_field[claim.field].append(claim)
    contested: dict[str, tuple[str, ...]] = {}
    story = Story()
    maker, grade = _maker(by_field["maker"], by_field["brand"], contested, story)
    model = _best(
        by_field["model"],
        naming.plain,
        "model",
        contested,
        lambda value: maker is not None and naming.series_of(maker, value) is not None,
    )
    brand = _brand(by_field["brand"], maker, model, contested, story)
    if maker is None and brand is not None:
        story.notes.append(open_maker(brand))
    kind = _kind(by_field["kind"], [*by_field["maker"], *by_field["brand"]], maker, brand, model, contested, story)
    serial = _best(by_field["serial"], str.casefold, "serial", contested)
    mac = _best(by_field["mac"], str.casefold, "mac", {})
    return Identity(
        brand=brand,
        maker=maker,
        model=model,
        firmware=_firmware(by_field["firmware"], by_field["build_date"], maker, contested),
        serial=serial,
        mac=mac,
        kind=kind,
        grade=grade,
        reasons=story.told(contested),
        claims=listed,
        contested=contested,
    )


def _without_lookalikes(claims: Sequence[Claim]) -> Sequence[Claim]:
    """Tiandy's interface has pages and name spaces of ISAPI (docs/sources.md A7.7): beside a sign of Tiandy they say
    nothing of Hikvision. Nor do Hikvision's ONVIF name spaces beside a version that Hikvision does not write: others
    took over its replies (docs/sources.md V4, IPG-8150PSS)."""
    copied: tuple[str, ...] = ()
    if any(claim.value == "Tiandy" and claim.field in ("maker", "brand") for claim in claims):
        copied += ("isapi", "http-body.isapi", "http-body.hikvision")
    versions = [claim.value for claim in claims if claim.field == "firmware"]
    if versions and not any(firmware.written_by_hikvision(version) for version in versions):
        copied += _ONVIF_NAME_SPACES
    if not copied:
        return claims
    return [claim for claim in claims if not (claim.value == "Hikvision" and claim.pattern.startswith(copied))]


# -- maker and brand --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Case:
    """What speaks for one maker: signs that survive a new badge, and its own name."""

    signs: list[Claim]
    named: list[Claim]

    @property
    def rank(self) -> int:
        return max((_RANK[claim.grade] for claim in self.signs), default=0)

    @property
    def name_rank(self) -> int:
        return max((_RANK[claim.grade] for claim in self.named), default=0)

    @property
    def strength(self) -> tuple[int, int, int]:
        everything = [*self.signs, *self.named]
        best = max((_RANK[claim.grade] for claim in everything), default=0)
        return best, len({family(claim) for claim in everything}), len(everything)

    def grade(self) -> Grade:
        everything = [*self.signs, *self.named]
        if any(claim.grade == "C3" for claim in everything):
            return "C3"
        told = {family(claim) for claim in everything if claim.grade == "C2"}
        if not told:
            return "C1"
        prefix = any(claim.pattern == "oui" for claim in everything)
        return "C3" if len(told) + prefix > 1 else "C2"


def _cases(signs_seen: Sequence[Claim], brands: Sequence[Claim]) -> dict[str, _Case]:
    cases: dict[str, _Case] = {}
    for claim in signs_seen:
        cases.setdefault(claim.value, _Case([], [])).signs.append(claim)
    for claim in brands:
        known = names().get(claim.value)
        if known and not known.brand_only:
            cases.setdefault(known.name, _Case([], [])).named.append(claim)
    return cases


def _maker(
    signs_seen: Sequence[Claim], brands: Sequence[Claim], contested: dict[str, tuple[str, ...]], story: Story
) -> tuple[str | None, Grade | None]:
    cases = _cases(signs_seen, brands)
    if not cases:
        return None, None
    strong = [name for name, case in cases.items() if case.rank >= 2]
    own_names = [name for name, case in cases.items() if case.name_rank >= 2]
    pool = strong or _builders(own_names, cases) or own_names or list(cases)
    chosen = max(pool, key=lambda name: cases[name].strength)
    rivals = _rivals(chosen, cases, strong, own_names)
    if any(cases[name].strength == cases[chosen].strength for name in pool if name != chosen):
        contested["maker"] = tuple(sorted(pool))
        return None, None
    grade = cases[chosen].grade()
    if rivals:
        contested["maker"] = (chosen, *rivals)
        if not any(claim.grade == "C3" for claim in cases[chosen].signs):
            grade = "C2" if grade == "C3" else grade
    story.maker = f"maker {chosen} by {signs([*cases[chosen].signs, *cases[chosen].named])}: {grade}"
    return chosen, grade


def _builders(own_names: list[str], cases: dict[str, _Case]) -> list[str]:
    """Who is known to build for one of these names, and left a sign of it: its name is the badge then."""
    return [
        builder
        for name in own_names
        for builder in names().possible_makers(name)
        if builder in cases and cases[builder].signs
    ]


def _rivals(chosen: str, cases: dict[str, _Case], strong: list[str], own_names: list[str]) -> list[str]:
    """Other makers that something speaks for and that no known rebrand explains."""
    found = [name for name in strong if name != chosen]
    for name in own_names:
        if name != chosen and name not in found and chosen not in names().possible_makers(name):
            found.append(name)
    if not strong:
        for name, case in cases.items():
            known = names().get(name)
            builds = known is not None and known.builds_for_others
            if name != chosen and name not in found and builds and any(claim.pattern == "oui" for claim in case.signs):
                found.append(name)
    return found


def _brand(
    claims: Sequence[Claim],
    maker: str | None,
    model: str | None,
    contested: dict[str, tuple[str, ...]],
    story: Story,
) -> str | None:
    by_value: dict[str, list[Claim]] = defaultdict(list)
    for claim in claims:
        by_value[claim.value].append(claim)
    if not by_value:
        return _own_brand(maker, model, story)

    def strength(value: str) -> tuple[int, bool, int]:
        best = max(_RANK[claim.grade] for claim in by_value[value])
        # a rebranded unit still says its maker's name somewhere: another name of the same grade is the badge
        return best, value != maker, len({family(claim) for claim in by_value[value]})

    chosen = max(sorted(by_value), key=strength)
    rivals = [value for value in by_value if value not in (chosen, maker) and strength(value)[0] >= 2]
    if rivals:
        contested["brand"] = (chosen, *rivals)
    story.brand = f"brand {chosen} by {signs(by_value[chosen])}"
    if maker is not None and chosen != maker:
        story.notes.append(f"rebrand: the name on it is {chosen}, the maker is {maker}")
    return chosen


def _own_brand(maker: str | None, model: str | None, story: Story) -> str | None:
    """The maker's name as brand where no other name was seen and the maker is not known to build for others."""
    known = names().get(maker) if maker else None
    if known is None:
        return None
    if not known.builds_for_others:
        return known.name
    series = naming.series_of(known.name, model) if model else None
    if series and (series.distinctive or (model or "").startswith(("DH-", "DHI-"))):
        story.brand = f"brand {known.name} by a model of its own series, and no other name was seen"
        return known.name
    story.notes.append(f"brand open: {known.name} builds for other names, and none was seen")
    return None


# -- kind ---------------------------------------------------------------------------------------------


def _kind(
    claims: Sequence[Claim],
    named: Sequence[Claim],
    maker: str | None,
    brand: str | None,
    model: str | None,
    contested: dict[str, tuple[str, ...]],
    story: Story,
) -> Kind:
    usual = _usual_name(named, maker, brand)
    told_in = {claim.seen_in for claim in named if claim.value == usual}
    scores: dict[str, int] = defaultdict(int)
    seen: dict[tuple[str, str], int] = {}
    for claim in claims:
        if usual and claim.value not in CAMERA_KINDS and claim.seen_in in _OF_SOFTWARE and claim.seen_in not in told_in:
            continue
        place = (family(claim), claim.value)
        seen[place] = max(seen.get(place, 0), _WEIGHT[claim.grade])
    for (_, value), weight in seen.items():
        scores[value] += weight
    told = signs(claims)
    series = naming.series_of(maker, model) if maker and model else None
    if series:
        scores[series.kind] += _OWN_SERIES_WEIGHT if series.distinctive else _SERIES_WEIGHT
        told = " and ".join(part for part in (told, f"model series of {maker}") if part)
    if not scores and usual:
        story.kind = f"kind camera, because {usual} stands on cameras and recorders and nothing says otherwise"
        return "camera"
    if not scores:
        return "unknown"
    groups: dict[str, int] = defaultdict(int)
    for value, score in scores.items():
        groups["camera" if value in CAMERA_KINDS else value] += score
    video, best_other = groups.pop("camera", 0), max(groups.values(), default=0)
    other = max(sorted(groups), key=lambda value: groups[value], default="unknown")
    if video and video == best_other and other in ("other", "vms"):
        contested["kind"] = tuple(sorted(scores))
        return "unknown"
    if best_other > video:
        kind = other
    else:
        kind = max(
            sorted(value for value in scores if value in CAMERA_KINDS),
            key=lambda value: (scores[value], value != "camera"),
        )
    if video >= 3 and best_other >= 3:
        contested["kind"] = tuple(sorted(scores))
    story.kind = f"kind {kind} by {told}"
    return kind  # type: ignore[return-value]  # values are Kinds: patterns are checked, Claim.value is text


def _usual_name(claims: Sequence[Claim], maker: str | None, brand: str | None) -> str | None:
    """The maker's or brand's name that stands on cameras and recorders only; where a MAC prefix alone tells it, only
    that of a company from which nothing else comes."""
    for name in (maker, brand):
        known = names().get(name) if name else None
        said = {claim.pattern for claim in claims if claim.value == name}
        if known and not known.wide and (said - {"oui"} or (said and known.video_only)):
            return name
    return None


# -- model, firmware, serial, MAC --------------------------------------------------------------------------


def _by_source(claim: Claim) -> tuple[int, int, int]:
    driver = 0 if claim.pattern.startswith("driver:") else 1
    source = _SOURCES.index(claim.seen_in) if claim.seen_in in _SOURCES else len(_SOURCES)
    return driver, -_RANK[claim.grade], source


def _order(claim: Claim) -> tuple[tuple[int, int, int], str]:
    return _by_source(claim), claim.value


def _best(
    claims: Sequence[Claim],
    same: Callable[[str], str],
    what: str,
    contested: dict[str, tuple[str, ...]],
    preferred: Callable[[str], bool] = lambda _: True,
) -> str | None:
    """The value of the best source; between equal ones a preferred one, and then in the order of the alphabet, so that
    the order of replies decides nothing. Values of C2 and better that differ after ``same`` are contested."""
    if not claims:
        return None
    ordered = sorted(claims, key=lambda claim: (_by_source(claim), not preferred(claim.value), claim.value))
    chosen = ordered[0]
    folded = same(chosen.value)
    rivals = {
        same(claim.value): claim.value
        for claim in ordered
        if _RANK[claim.grade] >= 2 and not _extends(same(claim.value), folded)
    }
    if rivals:
        contested[what] = (chosen.value, *rivals.values())
    return chosen.value


def _extends(left: str, right: str) -> bool:
    return left.startswith(right) or right.startswith(left)


def _firmware(
    claims: Sequence[Claim], dates: Sequence[Claim], maker: str | None, contested: dict[str, tuple[str, ...]]
) -> Firmware | None:
    parsed = [found for claim in sorted(claims, key=_order) if (found := firmware.parse(maker, claim.value))]
    if not parsed:
        return None
    chosen = parsed[0]
    ours = firmware.key(chosen.version)
    rivals = dict.fromkeys(
        other.version
        for other in parsed
        if (theirs := firmware.key(other.version))[: len(ours)] != ours and ours[: len(theirs)] != theirs
    )
    if rivals:
        contested["firmware"] = (chosen.version, *rivals)
    if chosen.build_date is None:
        agreeing = [other.build_date for other in parsed if other.build_date and other.version not in rivals]
        said = [built for claim in sorted(dates, key=_order) if (built := firmware.parse_date(claim.value))]
        built = next(iter([*said, *agreeing]), None)
        chosen = Firmware(version=chosen.version, raw=chosen.raw, build_date=built)
    return chosen
