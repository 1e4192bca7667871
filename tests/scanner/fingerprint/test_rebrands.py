"""Units under another name: the maker is told by what a brand cannot change, and by nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from lab_doors import lab_door, swept

from scanner.fingerprint import identify
from scanner.fingerprint.first_contact import observe
from scanner.fingerprint.makers import names
from scanner.lab import Fleet
from scanner.lab.files import load_personalities
from scanner.model import Identity, Observation

REBRANDS = (
    "hikvision-under-another-name", "dahua-under-another-name", "uniview-under-another-name", "tvt-under-another-name",
)  # fmt: skip
OTHER_MAKERS_SHAPE = "tplink-hikvision-shaped"


@pytest.fixture(scope="module")
def identities() -> Iterator[dict[str, Identity]]:
    """The units, swept, contacted without a login, and identified."""
    every = load_personalities()
    with Fleet([every[name] for name in (*REBRANDS, OTHER_MAKERS_SHAPE)], base="127.38.60.0") as fleet:
        door = lab_door()
        found: dict[str, Identity] = {}
        for address, sighting in asyncio.run(swept(door, fleet.truth)).items():
            with door.link(address) as link:
                contact = observe(link, sighting.endpoints, sighting.observations)
            found[fleet.truth[address].personality] = identify((*sighting.observations, *contact.observations))
        assert fleet.harm == []
        yield found


@pytest.mark.parametrize("name", REBRANDS)
def test_the_maker_under_another_name_is_told(identities: dict[str, Identity], name: str) -> None:
    truth, found = load_personalities()[name], identities[name]

    assert found.maker == truth.maker, found.reasons
    assert found.grade in ("C2", "C3")
    assert found.brand in (truth.brand, None)
    assert found.is_camera is True
    assert "maker" not in found.contested


@pytest.mark.parametrize("name", REBRANDS)
def test_nothing_on_it_says_its_makers_name(identities: dict[str, Identity], name: str) -> None:
    """The unit is a fair test: no brand claim, and no MAC prefix, names the maker."""
    truth, found = load_personalities()[name], identities[name]

    assert not [claim for claim in found.claims if claim.field == "brand" and claim.value == truth.maker]
    assert not [claim for claim in found.claims if claim.pattern == "oui"]
    assert names().find(truth.brand) is None


def test_the_sentence_names_what_told(identities: dict[str, Identity]) -> None:
    told = identities["dahua-under-another-name"].reasons[0]

    assert told.startswith("brand Kestrel Vision by ")
    assert "; maker Dahua by " in told
    assert "DHDiscover answer" in told
    assert "firmware shape" in told
    assert ": C3" in told


def test_a_shape_of_another_maker_is_no_sign_beside_the_own_name(identities: dict[str, Identity]) -> None:
    found = identities[OTHER_MAKERS_SHAPE]

    assert (found.brand, found.maker) == ("TP-Link", "TP-Link"), found.reasons
    assert not [claim for claim in found.claims if claim.value == "Hikvision"]
    assert found.firmware is not None
    assert found.firmware.version == "V5.7.1"


@pytest.mark.parametrize(
    ("serial", "maker"),
    [
        ("TV-IP320PI20161206AAWR000000000", "Hikvision"),
        ("DS-7804HQH-K10420190822CCCHD00000000WCVU", "Hikvision"),
        ("ENP1A14-IR/25X20190430AAWRD00000000W", "Hikvision"),
        ("DS-7608NXI-I2/8P/S0020000101XXXX000000000XXXB", "Hikvision"),
        ("210235C3R0320B001510", None),
        ("3C06520PAN00001", None),
        ("TV-IP320PI20161399AAWR000000000", None),  # no such day
        ("FC9900000000ABC12345678", None),
    ],
)
def test_the_shape_of_a_serial_number_survives_a_badge(serial: str, maker: str | None) -> None:
    found = identify([Observation("onvif-deviceinfo", f"<Model>X-1</Model><SerialNumber>{serial}</SerialNumber>")])

    assert found.maker == maker
    assert found.grade == ("C2" if maker else None)


def test_a_badge_with_hikvisions_serial_number_is_hikvisions() -> None:
    """TRENDnet sells units of several makers: its own name must not answer for them."""
    found = identify(
        [
            Observation(
                "onvif-deviceinfo",
                "<Manufacturer>TRENDnet</Manufacturer><Model>TV-IP320PI</Model>"
                "<FirmwareVersion>V5.3.4 build 160830</FirmwareVersion>"
                "<SerialNumber>TV-IP320PI20161206AAWR000000000</SerialNumber>",
            )
        ]
    )

    assert (found.maker, found.brand, found.grade) == ("Hikvision", "TRENDnet", "C2")


NAME_SPACES = 'xmlns:tnshik="http://www.hikvision.com/2011/event/topics"'


@pytest.mark.parametrize(
    ("version", "maker"), [("V5.5.3 build 180822", "Hikvision"), ("1.3.0-20210203CN-PT", None), ("", "Hikvision")]
)
def test_name_spaces_that_others_took_over_need_a_version_of_the_maker(version: str, maker: str | None) -> None:
    seen = [Observation("onvif-services", f"<GetServicesResponse {NAME_SPACES}/>")]
    if version:
        seen.append(
            Observation("onvif-deviceinfo", f"<Model>IPG-1</Model><FirmwareVersion>{version}</FirmwareVersion>")
        )

    assert identify(seen).maker == maker
