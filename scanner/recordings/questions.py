"""A question in a form that is equal for equal questions: the SOAP operation or JSON method, and all it asks for.

The header of an envelope, which holds the login, is not looked at. Pure.
"""

from __future__ import annotations

import json

from lxml import etree

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)


def question_of(body: bytes) -> tuple[str, str]:
    """(operation, asks) of the body of a request; ('', text) for a body of neither kind."""
    if not body:
        return "", ""
    if body.lstrip()[:1] == b"<":
        try:
            return _soap(etree.fromstring(body, _PARSER))
        except etree.XMLSyntaxError:
            return "", body.decode("utf-8", "replace")
    try:
        value = json.loads(body)
    except ValueError:
        return "", body.decode("utf-8", "replace")
    method = value.get("method") if isinstance(value, dict) else None
    return (method if isinstance(method, str) else ""), json.dumps(value, sort_keys=True, separators=(",", ":"))


def _soap(root: etree._Element) -> tuple[str, str]:
    body = root.find("{*}Body")
    if body is None or not len(body):
        return "", etree.tostring(root, encoding="unicode")
    name = etree.QName(body[0])
    return name.localname, f"{name.namespace or ''} {' '.join(_leaves(body[0], ''))}".strip()


def _leaves(element: etree._Element, above: str) -> list[str]:
    """``VideoSourceToken=1`` for each leaf, in order."""
    found = []
    for child in element.iterchildren(etree.Element):
        path = f"{above}{etree.QName(child).localname}"
        found += _leaves(child, f"{path}/") if len(child) else [f"{path}={(child.text or '').strip()}"]
    return found
