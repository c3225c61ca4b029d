"""The worker process: its signals, its life beside the supervisor, and the order of its end."""

from __future__ import annotations
