"""Who may use the service: users, sessions, API keys and the first setup."""

from comicmaintainer.accounts.accounts import Accounts
from comicmaintainer.accounts.model import ApiKey, Principal, User, Via

__all__ = ["Accounts", "ApiKey", "Principal", "User", "Via"]
