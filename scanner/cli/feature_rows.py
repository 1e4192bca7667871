"""The part of the register of AI functions that a user of ``camaudit features`` chose, with its counts.

What recorders say of their channels is counted apart, because the same picture would count twice. A camera that could
not be read is unknown in every function, never off.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from scanner.errors import ConfigError
from scanner.facts import FEATURES, NOT_AI
from scanner.model import Column, Device, Feature, Inventory

SIDES = ("camera", "recorder")


@dataclass(frozen=True, slots=True)
class Choice:
    """What the user wants to see. ``column`` and ``answer`` choose rows only when ``filters`` is true."""

    features: tuple[str, ...] = ()
    site: str | None = None
    site_type: str | None = None
    maker: str | None = None
    column: Column = "enabled"
    answer: str = "yes"
    filters: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the register: what one device says of one function on one channel."""

    device: Device
    item: Feature
    side: str  # camera, or recorder: a statement of a recorder about one of its channels
    camera: str  # Device.id of the camera on this channel of a recorder, '' where it was not seen or is itself


@dataclass(frozen=True, slots=True)
class Tally:
    """Devices and channels by their answer in the chosen column; a camera that could not be read is unknown."""

    devices: Mapping[str, int]
    channels: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Function:
    """One AI function among the chosen devices: a sentence and counts for each side that has it."""

    feature: str
    sentences: Mapping[str, str]
    tallies: Mapping[str, Tally]


@dataclass(frozen=True, slots=True)
class Extract:
    """What was chosen. ``unread`` are cameras and recorders of which no function could be read, ``through`` cameras
    that were seen through a recorder only; ``notes`` say what the choice leaves out for want of knowledge."""

    choice: Choice
    inventory: Inventory
    site_types: Mapping[str, str]
    functions: tuple[Function, ...]
    entries: tuple[Entry, ...]
    unread: tuple[Device, ...]
    through: tuple[Device, ...]
    notes: tuple[str, ...]


def known_site(inventory: Inventory, wanted: str | None) -> str | None:
    """The site as the audit writes it; raises ConfigError with the sites there are."""
    there = {site.name for site in inventory.audit.sites} | {device.site for device in inventory.devices}
    return _known("site", wanted, there)


def known_maker(inventory: Inventory, wanted: str | None) -> str | None:
    """The maker as the audit writes it; raises ConfigError with the makers there are."""
    return _known("maker", wanted, {device.identity.maker or "" for device in inventory.devices})


def _known(what: str, wanted: str | None, there: set[str]) -> str | None:
    """The name as the audit writes it; raises ConfigError when the audit has none like it."""
    if wanted is None:
        return None
    from reports.view.words import clean, listed

    names = sorted(there - {""})
    found = next((name for name in names if name.casefold() == wanted.strip().casefold()), None)
    if found is None:
        told = (
            f"one of {listed((clean(name, 60) for name in names), most=40)}"
            if names
            else "none: this audit has no such name"
        )
        raise ConfigError(f"--{what}: expected {told}, found {wanted!r}")
    return found


def extract_of(inventory: Inventory, choice: Choice) -> Extract:
    """The part of the register that was chosen, most intrusive function first."""
    from reports.view.register import is_blind

    types = {site.name: site.type for site in inventory.audit.sites}
    cameras = [device for device in inventory.devices if device.identity.is_camera]
    chosen = [device for device in cameras if _fits(device, choice, types)]
    blind = [device for device in chosen if is_blind(device)]
    unread = [device for device in blind if device.seen_through is None]
    entries = [entry for device in chosen for entry in _entries(device, choice)]
    by_feature: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        by_feature[entry.item.feature].append(entry)
    names = set(by_feature) | set(choice.features)
    ranked = sorted(names, key=lambda name: (-FEATURES[name].rank, FEATURES[name].title))
    return Extract(
        choice=choice,
        inventory=inventory,
        site_types=types,
        functions=tuple(_function(name, by_feature[name], unread, choice.column) for name in ranked),
        entries=tuple(entry for name in ranked for entry in by_feature[name] if _wanted(entry.item, choice)),
        unread=tuple(unread),
        through=tuple(device for device in blind if device.seen_through is not None),
        notes=tuple(_left_out(inventory, cameras, choice, types)),
    )


def _fits(device: Device, choice: Choice, types: Mapping[str, str]) -> bool:
    return (
        choice.site in (None, device.site)
        and choice.site_type in (None, types.get(device.site, ""))
        and choice.maker in (None, device.identity.maker)
    )


def _wanted(item: Feature, choice: Choice) -> bool:
    return not choice.filters or getattr(item, choice.column) == choice.answer


def _entries(device: Device, choice: Choice) -> Iterator[Entry]:
    """Rows of one device; motion and tamper detection are no AI and come only where they are named."""
    side = side_of(device)
    for item in device.features:
        if item.feature in choice.features or (not choice.features and item.feature not in NOT_AI):
            yield Entry(device, item, side, device.camera_on(item.channel))


def side_of(device: Device) -> str:
    """Whose word it is: that of a camera about itself, or of a recorder about its channels."""
    return device.said_by


def _left_out(
    inventory: Inventory, cameras: Sequence[Device], choice: Choice, types: Mapping[str, str]
) -> Iterator[str]:
    from reports.view.words import counted

    unclear = sum(device.identity.is_camera is None for device in inventory.devices)
    if unclear:
        yield f"{counted(unclear, 'device')} of unclear kind: not in this register, and any may be a camera."
    untyped = sum(not types.get(device.site) for device in cameras)
    if choice.site_type and untyped:
        yield f"{counted(untyped, 'camera')} at sites whose type nobody stated: left out by --site-type."
    nameless = sum(not device.identity.maker for device in cameras)
    if choice.maker and nameless:
        yield f"{counted(nameless, 'camera')} of unknown maker: left out by --maker."


def _function(name: str, entries: Sequence[Entry], unread: Sequence[Device], column: Column) -> Function:
    from reports.view.register import function_line

    sentences, tallies = {}, {}
    for side in SIDES:
        mine = [entry for entry in entries if entry.side == side]
        silent = [device for device in unread if side_of(device) == side]
        if mine or (silent and side == "camera"):
            sentences[side] = function_line(name, [(entry.device, entry.item) for entry in mine]).sentence
            tallies[side] = _tally(mine, silent, column)
    return Function(name, sentences, tallies)


def _tally(entries: Sequence[Entry], silent: Sequence[Device], column: Column) -> Tally:
    """A device is "yes" where one channel is, else unknown where one is: silence beside a "no" is no "no"."""
    channels: dict[tuple[str, str], set[str]] = defaultdict(set)
    devices: dict[str, set[str]] = {device.id: {"unknown"} for device in silent}
    for entry in entries:
        answer = getattr(entry.item, column)
        channels[entry.device.id, entry.item.channel].add(answer)
        devices.setdefault(entry.device.id, set()).add(answer)
    return Tally(
        Counter(_strongest(said, ("yes", "unknown", "no")) for said in devices.values()),
        Counter(_strongest(said, ("yes", "no", "unknown")) for said in channels.values()),
    )


def _strongest(said: set[str], order: tuple[str, ...]) -> str:
    return next(answer for answer in order if answer in said)
