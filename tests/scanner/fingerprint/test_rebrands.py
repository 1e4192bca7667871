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
from scanner.model import Identity

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
