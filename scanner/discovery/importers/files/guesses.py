"""What another tool concluded about a device: kept as circumstantial (C1), never as if the device had said it.

A guess is kept at all because a review by a person is better than nothing; it names a known brand or it is dropped.
"""

from __future__ import annotations

from typing import Literal

from scanner.fingerprint.makers import names
from scanner.model import Claim


def guessed(tool: str, product: str, kind: str, evidence: str) -> tuple[Claim, ...]:
    """C1 claims from a product text such as "Hikvision IP camera httpd", where it begins with a known name."""
    found, _ = names().split(" ".join(product[:120].split()))
    seen_in = f"{tool}-guess"
    claims = []
    if found is not None:
        field: Literal["brand", "maker"] = "brand" if found.brand_only else "maker"  # it says nothing of the badge
        claims.append(Claim(field, found.name, "C1", "guess", seen_in, evidence))
    if kind:
        claims.append(Claim("kind", kind, "C1", "guess", seen_in, evidence))
    return tuple(claims)
