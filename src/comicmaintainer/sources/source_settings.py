"""The settings of sources: what the environment says, then what was set on the web page.

A source is used only where it is switched on. The environment wins over the page, for the switch,
the address and each secret. A secret that is set is never read back.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from comicmaintainer.audit import Action
from comicmaintainer.audit.audit_log import record
from comicmaintainer.database import Database
from comicmaintainer.errors import InvalidInput, SourceOff
from comicmaintainer.networks import may_be_asked
from comicmaintainer.outgoing.addresses import is_same_origin
from comicmaintainer.setting_values import LONGEST_SECRET
from comicmaintainer.sources import rests, settings_store
from comicmaintainer.sources.model import Access, SecretState, SourceInfo
from comicmaintainer.sources.settings_store import StoredSettings

_SALT = b"comicmaintainer sources"


@dataclass(frozen=True, slots=True)
class GivenSettings:
    """What the environment says of one source."""

    enabled: bool = False
    address: str | None = None
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class SourceSettings:
    """The settings of all sources; `given` is what the environment says, by the source's name."""

    def __init__(
        self,
        database: Database,
        given: Mapping[str, GivenSettings],
        *,
        now: Callable[[], float],
    ) -> None:
        self._database = database
        self._given = given
        self._now = now

    def is_enabled(self, info: SourceInfo) -> bool:
        """Return whether a source is switched on."""
        return self.is_enabled_by_environment(info) or self._stored(info).enabled

    def usable(self, infos: Iterable[SourceInfo]) -> tuple[SourceInfo, ...]:
        """Return those sources that are switched on and have the secrets that they need."""
        stored = settings_store.all_stored(self._database)
        found = []
        for info in infos:
            own = stored.get(info.name, StoredSettings())
            is_on = self.is_enabled_by_environment(info) or own.enabled
            if is_on and _has_what_it_needs(info, self._merged(info, own)):
                found.append(info)
        return tuple(found)

    def is_enabled_by_environment(self, info: SourceInfo) -> bool:
        """Return whether the environment switches a source on."""
        return self._of_environment(info).enabled

    def address(self, info: SourceInfo) -> tuple[str | None, bool]:
        """Return a source's address, and whether the environment sets it."""
        given = self._of_environment(info).address
        return given or self._stored(info).address or info.address, given is not None

    def secrets(self, info: SourceInfo) -> tuple[SecretState, ...]:
        """Return which secrets of a source are set, not what they are."""
        given = self._of_environment(info).secrets
        stored = self._stored(info).secrets
        return tuple(
            SecretState(each, each.name in given or each.name in stored, each.name in given)
            for each in info.secrets
        )

    def missing(self, info: SourceInfo) -> str | None:
        """Return a sentence that says which secrets have to be set; None if all are."""
        if _has_what_it_needs(info, self._values(info)):
            return None
        titles = {secret.name: secret.title for secret in info.secrets}
        groups = [" and ".join(titles[name] for name in group) for group in info.needs]
        return f"{info.title} needs {', or '.join(groups)}."

    def access(self, info: SourceInfo) -> Access:
        """Return how a source is reached.

        Raises:
            SourceOff: it is not switched on, or a secret is missing; the message says what to do.
        """
        if not self.is_enabled(info):
            raise SourceOff(f"{info.title} is not switched on. Switch it on in the settings first.")
        missing = self.missing(info)
        if missing is not None:
            raise SourceOff(f"{missing} Set it in the settings first.")
        return self.known_access(info)

    def known_access(self, info: SourceInfo) -> Access:
        """Return what is known of how a source is reached, whether it may be used or not."""
        address, _ = self.address(info)
        return Access(address or "", self._values(info))

    def change(
        self,
        info: SourceInfo,
        *,
        enabled: bool | None = None,
        address: str | None = None,
        secrets: Mapping[str, str] | None = None,
    ) -> None:
        """Store what is not None; an empty address or secret removes the one that is stored.

        A source that was resting or stopped may be asked again. Secrets that were stored for
        another host are removed, so that nobody can send them to a host of their own.

        Raises:
            InvalidInput: the address is not allowed, there is no such secret, or the environment
                sets a secret that an address of another host would get.
        """
        checked = _checked(secrets or {}, info)
        new_address = None if address is None else _address(address, info)
        with self._database.transaction() as transaction:
            before = settings_store.stored(transaction, info.name)
            kept = before.secrets
            if address is not None:
                old, new = before.address or info.address, new_address or info.address
                if not is_same_origin(old or "", new or ""):
                    self._require_no_given_secret(info)
                    kept = {}
            after = StoredSettings(
                before.enabled if enabled is None else enabled,
                before.address if address is None else new_address,
                _merged(kept, checked),
            )
            settings_store.store(transaction, info.name, after, now=self._now())
            rests.start_again(transaction, info.name)
            names = [*(["address"] if address is not None else []), *checked]
            details = {"enabled": after.enabled, "changed": names}
            record(transaction, Action.SOURCE_CHANGED, info.name, now=self._now(), details=details)

    def _require_no_given_secret(self, info: SourceInfo) -> None:
        given = self._of_environment(info)
        if given.secrets and given.address is None:
            raise InvalidInput(
                f"The environment sets a secret of {info.title}, so it must also set the address"
                f" of another host: {info.name.upper()}_ADDRESS.",
                field="address",
            )

    def _of_environment(self, info: SourceInfo) -> GivenSettings:
        return self._given.get(info.name, GivenSettings())

    def _stored(self, info: SourceInfo) -> StoredSettings:
        return settings_store.stored(self._database, info.name)

    def _values(self, info: SourceInfo) -> Mapping[str, str]:
        return self._merged(info, self._stored(info))

    def _merged(self, info: SourceInfo, stored: StoredSettings) -> Mapping[str, str]:
        return {**stored.secrets, **self._of_environment(info).secrets}


def _has_what_it_needs(info: SourceInfo, secrets: Mapping[str, str]) -> bool:
    return not info.needs or any(set(group) <= secrets.keys() for group in info.needs)


def hash_of(access: Access) -> str:
    """Return a text that differs for other settings, and from which no secret can be found out."""
    text = "\n".join([access.address, *(f"{k}={v}" for k, v in sorted(access.secrets.items()))])
    return hashlib.scrypt(text.encode(), salt=_SALT, n=2**14, r=8, p=1, dklen=16).hex()


def _address(text: str, info: SourceInfo) -> str | None:
    if info.address is None:
        raise InvalidInput(f"{info.title} is read from a file and has no address.", field="address")
    address = text.strip().rstrip("/")
    if address and (not may_be_asked(address) or "?" in address or "#" in address):
        raise InvalidInput(
            "This address is not allowed. Use one like https://host/path; http only for localhost"
            " or a private IP address.",
            field="address",
        )
    return address or None


def _merged(before: Mapping[str, str], changed: Mapping[str, str]) -> Mapping[str, str]:
    merged = {**before, **changed}
    return {name: value for name, value in merged.items() if value}


def _checked(secrets: Mapping[str, str], info: SourceInfo) -> Mapping[str, str]:
    known = {secret.name for secret in info.secrets}
    for name, value in secrets.items():
        where = f"secrets.{name}"
        if name not in known:
            raise InvalidInput(f"{info.title} has no secret of this name.", field=where)
        if len(value) > LONGEST_SECRET or not value.isprintable():
            raise InvalidInput(
                f"This secret has characters that can't be, or more than {LONGEST_SECRET}.",
                field=where,
            )
    return {name: value.strip() for name, value in secrets.items()}
