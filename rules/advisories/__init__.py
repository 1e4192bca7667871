"""Flaws that makers published, and end dates of support, as dated data; and what follows for one device.

``model`` the words · ``reader`` from YAML, strictly · ``models`` model patterns · ``assess`` one advisory and one
device · ``book`` all of them for one day, as the facts ``flaws.*`` and ``firmware.support_ends`` that rules ask.
"""
