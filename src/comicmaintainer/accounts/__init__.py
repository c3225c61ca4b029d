"""Users, sessions, API keys and the first setup: who may use the service."""

from comicmaintainer.accounts.accounts import Accounts
from comicmaintainer.accounts.model import ApiKey, Identity, Principal, User, Via
from comicmaintainer.accounts.roles import Role

__all__ = ["Accounts", "ApiKey", "Identity", "Principal", "Role", "User", "Via"]
