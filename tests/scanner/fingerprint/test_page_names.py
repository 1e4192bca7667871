"""Names on a unit's own page tell it; pages that speak about cameras do not, whoever they name."""

from __future__ import annotations

import pytest

from scanner.fingerprint import identify
from scanner.model import Identity, Observation

LOGIN = '<form><input type="text" name="u"><input type="password" name="p"></form>'


def told(body: str) -> Identity:
    return identify([Observation("http-body", body)])


def page(head: str = "", body: str = "", title: str = "Login") -> str:
    return f"<!DOCTYPE html><html><head><title>{title}</title>{head}</head><body>{body}{LOGIN}</body></html>"


UNITS = [
    (page('<meta name="author" content="Milesight Technology">'), "Milesight", "camera"),
    (page(body='<img src="logo.png" alt="Foscam IP Camera">'), "Foscam", "camera"),
    (page(body='<img alt="Toshiba Network Camera"><img alt="Toshiba">'), "Toshiba", "camera"),
    (page(body="<h2>VIVOTEK FD8134</h2>"), "Vivotek", "camera"),
    (page(body="<h1>Zmodo DVR</h1>"), "Zmodo", "recorder"),
    (page(body="<p>Copyright &copy; 2012 Shany Electronic</p>"), "Shany", "camera"),
    (page('<script>var g_productModel = "DS-2CD2146G2-ISU";</script>'), "Hikvision", "camera"),
    (page(body='<img alt="Toshiba Network Camera">'), "Toshiba", "camera"),
]


@pytest.mark.parametrize(("body", "maker", "kind"), UNITS)
def test_a_page_of_a_unit_tells_it(body: str, maker: str, kind: str) -> None:
    found = told(body)

    assert (found.maker, found.kind, found.grade) == (maker, kind, "C1")


@pytest.mark.parametrize(
    "body",
    [
        page('<meta name="description" content="Hikvision cameras">', '<a href="/product/1">Add to cart</a>'),
        page('<meta name="keywords" content="Hikvision"><meta property="og:title" content="x">'),
        page("<link href='/wp-content/a.css'>", "<h1>Dahua</h1>"),
        page(body="<h2>Hikvision</h2>", title="CCTV shop"),
        page(body="<h2>Hikvision NVR installation guide</h2>"),
        page(body="<h2>Axis</h2><h2>Hikvision</h2><h2>Foscam</h2><h2>Mobotix</h2><h2>Vivotek</h2>"),
        page(body='<img alt="Toshiba">'),
        page(body='<h1>Our cameras</h1><a href="https://www.facebook.com/x">x</a><img alt="Reolink">'),
        page(body="<h1>Hikvision banned in councils</h1><p>A report on Zhejiang Dahua Technology.</p>"),
        page(body='<img alt="Hikvision">', title="Customer portal"),
        "<html><head><script>var a=1;</script></head><body><h1>Hikvision</h1></body></html>",
    ],
)
def test_a_page_about_cameras_is_none(body: str) -> None:
    found = told(body)

    assert found.is_camera is not True
    assert found.maker is None
