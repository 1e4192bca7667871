"""What could and could not be seen, counted by site."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from scanner.model import Device, SiteCoverage


def coverage_of(
    devices: Sequence[Device], asked: Mapping[str, int], answered: Mapping[str, int], vantage: Sequence[str]
) -> tuple[SiteCoverage, ...]:
    """One row a site, in the order of their names. ``asked`` and ``answered`` count addresses by site name."""
    sites = sorted({*asked, *answered, *(device.site for device in devices)})
    return tuple(_site(name, devices, asked, answered, vantage) for name in sites)


def _site(
    name: str, devices: Sequence[Device], asked: Mapping[str, int], answered: Mapping[str, int], vantage: Sequence[str]
) -> SiteCoverage:
    here = [device for device in devices if device.site == name]
    cameras = [device for device in here if device.identity.is_camera]
    return SiteCoverage(
        site=name,
        asked=asked.get(name, 0),
        answered=answered.get(name, 0),
        identified=sum(device.identity.maker is not None for device in cameras),
        cameras=len(cameras),
        not_cameras=sum(device.identity.is_camera is False for device in here),
        unclear=sum(device.identity.is_camera is None for device in here),
        authenticated=sum(device.login == "accepted" for device in cameras),
        not_evaluable=dict(Counter(why for device in cameras if (why := device.settings_unread))),
        vantage=tuple(vantage),
    )
