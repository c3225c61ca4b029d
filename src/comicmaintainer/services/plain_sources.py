"""Sources and what they list as plain values, for the API and --json. No secret is among them."""

from __future__ import annotations

from typing import Any

from comicmaintainer.matching.plain_values import facts_to_json
from comicmaintainer.services.series_issues import ListedSeries
from comicmaintainer.sources.model import ResourceState, SourceState
from comicmaintainer.texts.current import shown


def state_of(state: SourceState) -> dict[str, Any]:
    """Return how a source stands; times are UTC epoch seconds."""
    info = state.info
    return {
        "name": info.name,
        "title": info.title,
        "site": info.site,
        "credit": info.credit,
        "sent": info.sent,
        "fields": sorted(info.fields),
        "limits": [str(limit) for limit in info.limits],
        "enabled": state.enabled,
        "enabled_by_environment": state.enabled_by_environment,
        "address": state.address,
        "usual_address": info.address,
        "address_from_environment": state.address_from_environment,
        "secrets": [
            {
                "name": each.secret.name,
                "title": shown(each.secret.title),
                "is_set": each.is_set,
                "from_environment": each.from_environment,
            }
            for each in state.secrets
        ],
        "missing": state.missing,
        "requests": state.requests,
        "resources": [_resource_of(each) for each in state.resources],
        "resting_until": state.resting_until,
        "rest_reason": state.rest_reason,
        "stop_reason": state.stop_reason,
    }


def listed_series_of(listed: ListedSeries) -> dict[str, Any]:
    """Return a series of a source with the issues that no file is."""
    return {
        "series": facts_to_json(listed.series),
        "issues": listed.issues,
        "missing": [facts_to_json(issue) for issue in listed.missing],
    }


def _resource_of(resource: ResourceState) -> dict[str, Any]:
    return {
        "resource": resource.resource,
        "limit": str(resource.limit),
        "spent": resource.spent,
        "left": resource.left,
        "next_at": resource.next_at,
        "waiting": resource.waiting,
    }
