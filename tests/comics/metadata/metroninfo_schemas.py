"""The published schemas of MetronInfo, from the folder that COMICMAINTAINER_SCHEMAS names.

Without the released schema of 1.1, its draft is used, with the elements that the release added.
"""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest
import xmlschema

VERSIONS = ("1.0", "1.1")
ADDED_ELEMENTS = """
    <xs:element name="AlternativeNumber" type="xs:string" minOccurs="0" />
    <xs:element name="CommunityRating" type="communityRatingType" minOccurs="0" />
  </xs:all>
</xs:complexType>
<xs:complexType name="communityRatingType">
  <xs:all>
    <xs:element name="AverageRating">
      <xs:simpleType>
        <xs:restriction base="xs:decimal">
          <xs:minInclusive value="0" />
          <xs:maxInclusive value="5.0" />
        </xs:restriction>
      </xs:simpleType>
    </xs:element>
    <xs:element name="RatingCount" type="xs:positiveInteger" minOccurs="0" />
  </xs:all>"""


def has_schemas() -> bool:
    """Whether the folder with the schemas is known."""
    return bool(os.environ.get("COMICMAINTAINER_SCHEMAS"))


@functools.cache
def schema(version: str) -> xmlschema.XMLSchema11:
    """Return the schema of a version; skips the test without the folder."""
    folder = os.environ.get("COMICMAINTAINER_SCHEMAS")
    if not folder:
        pytest.skip("COMICMAINTAINER_SCHEMAS names no folder with the published schemas")
    path = Path(folder) / f"MetronInfo-{version}.xsd"
    if path.exists():
        return xmlschema.XMLSchema11(path)
    draft = (Path(folder) / f"MetronInfo-{version}-draft.xsd").read_text("utf-8")
    return xmlschema.XMLSchema11(draft.replace("</xs:all>", ADDED_ELEMENTS, 1))
