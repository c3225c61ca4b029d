"""Signing in by OpenID Connect: asking a provider who somebody is, and believing only proof."""

from comicmaintainer.openid.model import Person, Registration
from comicmaintainer.openid.sign_in import Begun, ProviderSignIn

__all__ = ["Begun", "Person", "ProviderSignIn", "Registration"]
