"""The version that a MetronInfo document states: only in the addresses of its schema.

Used by `metroninfo`. Many documents state none. The elements are in no namespace, so a version in
a namespace's name has no effect, but shows what the writer had in mind.
"""

from __future__ import annotations

import re

from lxml import etree

OLDEST = "1.0"
_XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
_LOCATIONS = (f"{_XSI}noNamespaceSchemaLocation", f"{_XSI}schemaLocation")
_VERSION = re.compile(r"/v(\d\.\d)(?=/|\s|$)")
_SCHEMA_VERSION = re.compile(r"/v\d\.\d(?=/\S*\.xsd(?:\s|$))")


def stated_version(root: etree._Element) -> str:
    """Return the newest version that the document states, or 1.0 if it states none."""
    addresses = [*root.nsmap.values(), *(root.get(name) for name in _LOCATIONS)]
    stated: list[str] = [
        version for address in addresses for version in _VERSION.findall(address or "")
    ]
    return max([OLDEST, *stated])


def state_version(root: etree._Element, version: str) -> None:
    """Let the addresses of the schema, if the document has any, name this version."""
    for name in _LOCATIONS:
        address = root.get(name)
        if address is not None:
            root.set(name, _SCHEMA_VERSION.sub(f"/v{version}", address))
