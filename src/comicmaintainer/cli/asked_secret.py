"""Secrets that commands need: asked for on a terminal, or read from a pipe, never arguments."""

from __future__ import annotations

import sys

import click


def asked_secret(label: str) -> str:
    """Ask for a secret on a terminal without showing it, or read its line from a pipe."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().strip()
    value: str = click.prompt(label, hide_input=True, err=True)
    return value
