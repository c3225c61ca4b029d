"""The audit list: who did what, when, and from where."""

from comicmaintainer.audit.actions import Action
from comicmaintainer.audit.actor import Actor, ActorKind, acting, current_actor

__all__ = ["Action", "Actor", "ActorKind", "acting", "current_actor"]
