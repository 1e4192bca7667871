"""What could and could not be seen, counted by site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from scanner.estate import Estate
from scanner.model import Device, SiteCoverage, Target
from scanner.pipeline.landed import Landed


def coverage_of(
    devices: Sequence[Device],
    landed: Landed,
    estate: Estate,
    vantage: Sequence[str],
    targets: Iterable[Target] = (),
) -> tuple[SiteCoverage, ...]:
    """One row a site, in the order of their names. ``targets`` are all that should have been asked, given only where
    the audit did not come to its end."""
    quiet: dict[str, Counter[str]] = {}
    for sign, addresses in landed.by_sign.items():
        for address in addresses:
            quiet.setdefault(estate.site_of(address).name, Counter())[sign] += 1
    seen = {one for device in devices if device.seen_through is None for one in device.addresses}
    not_asked = Counter(
        estate.site_of(target.address).name
        for target in targets
        if target.address not in seen and target.address not in landed
    )
    sites = sorted({*quiet, *not_asked, *(device.site for device in devices)})
    return tuple(_site(name, devices, quiet.get(name, Counter()), not_asked[name], vantage) for name in sites)


def _site(
    name: str, devices: Sequence[Device], quiet: Counter[str], not_asked: int, vantage: Sequence[str]
) -> SiteCoverage:
    here = [device for device in devices if device.site == name]
    direct = sum(1 + len(device.also_at) for device in here if device.seen_through is None)
    cameras = [device for device in here if device.identity.is_camera]
    return SiteCoverage(
        site=name,
        asked=direct + quiet.total(),
        answered=direct,
        refusing=quiet["refusing"],
        unreachable=quiet["unreachable"],
        not_asked=not_asked,
        identified=sum(device.identity.maker is not None for device in cameras),
        cameras=len(cameras),
        not_cameras=sum(device.identity.is_camera is False for device in here),
        unclear=sum(device.identity.is_camera is None for device in here),
        authenticated=sum(device.login == "accepted" for device in cameras),
        not_evaluable=dict(Counter(why for device in cameras if (why := device.settings_unread))),
        vantage=tuple(vantage),
    )
