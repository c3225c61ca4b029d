"""Users, sessions, API keys and the first setup: who may use the service."""

from comicmaintainer.accounts.accounts import Accounts
from comicmaintainer.accounts.model import ApiKey, Principal, User, Via

__all__ = ["Accounts", "ApiKey", "Principal", "User", "Via"]
