"""The sign-in provider that the environment names."""

from __future__ import annotations

from comicmaintainer.openid.model import Registration
from comicmaintainer.settings import Auth, Settings


def registration_of(settings: Settings) -> Registration | None:
    """Return this service's registration at the sign-in provider; None if nobody signs in by it."""
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    if settings.auth is Auth.DISABLED:
        return None
    pairs = (pair.rpartition("=") for pair in settings.oidc_roles)
    return Registration(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_client_secret,
        settings.oidc_scopes,
        settings.oidc_name_claim,
        settings.oidc_role_claim,
        {value: role for value, _, role in pairs},
    )
