"""What the environment says of each source: the switch, the address and the secrets."""

from __future__ import annotations

from collections.abc import Mapping

from comicmaintainer.settings import Settings, SourceName
from comicmaintainer.sources.source_settings import GivenSettings


def given_sources(settings: Settings) -> Mapping[str, GivenSettings]:
    """Return the settings of sources by name: those of a variable COMICVINE_KEY are `key`."""
    return {name.value: _given(settings, name) for name in SourceName}


def _given(settings: Settings, name: SourceName) -> GivenSettings:
    prefix = f"{name.value}_"
    secrets: dict[str, str] = {}
    for field, setting in Settings.declared().items():
        value = getattr(settings, field)
        if setting.secret and field.startswith(prefix) and value is not None:
            secrets[field.removeprefix(prefix)] = value
    address = getattr(settings, f"{prefix}address", None)
    return GivenSettings(name in settings.sources, address, secrets)
