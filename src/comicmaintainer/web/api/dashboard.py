"""The figures for dashboards such as Homepage, Homarr and Glance."""

from __future__ import annotations

from fastapi import APIRouter

from comicmaintainer.accounts.roles import Role
from comicmaintainer.services.dashboard import DashboardFigures, dashboard_figures
from comicmaintainer.web.dependencies import ServicesOf
from comicmaintainer.web.route_roles import needs

router = APIRouter(prefix="/api", tags=["statistics"])


@router.get("/dashboard", openapi_extra=needs(Role.LOOK))
def get_dashboard(services: ServicesOf) -> DashboardFigures:
    """Return figures of files, jobs and disks as one flat object, for dashboards."""
    return dashboard_figures(services)
