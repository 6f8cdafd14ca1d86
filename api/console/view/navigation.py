"""List the pages of each role."""

from api.console.context import ROOT
from api.people.rules.actor import HOTLINE, Role
from api.people.rules.staff import Staff


def ways(staff: Staff) -> tuple[tuple[str, str], ...]:
    """List the pages of a role, as words' key and path; the first is the start page."""
    cases = ("nav_cases", f"{ROOT}/cases")
    new = ("nav_new", f"{ROOT}/new")
    calls = ("nav_calls", f"{ROOT}/calls")
    desk = ("nav_desk", f"{ROOT}/desk")
    together = ("nav_together", f"{ROOT}/together")
    supervision = ("nav_supervision", f"{ROOT}/supervision")
    deliveries = ("nav_deliveries", f"{ROOT}/deliveries")
    figures = ("nav_figures", f"{ROOT}/figures")
    audit = ("nav_audit", f"{ROOT}/audit")
    jobs = ("nav_jobs", f"{ROOT}/jobs")
    people = ("nav_staff", f"{ROOT}/staff")
    match staff.role:
        case Role.LEADER:
            return desk, cases, together, supervision, figures
        case Role.SUPERVISOR:
            return cases, supervision, together, calls, desk, figures, deliveries
        case Role.ADMIN:
            return people, figures, deliveries, audit, jobs
        case role if role in HOTLINE:
            return cases, new, together, calls, desk, deliveries
        case _:
            return cases, together, supervision, figures
