"""The pages in the bar at the top of every staff page, and who sees which."""

# endpoint, words, roles
PAGES = (
    ("care.alerts", "Alerts", ("nurse", "investigator")),
    ("care.reports", "Reports to read", ("nurse", "investigator")),
    ("today.show", "Today", ("nurse", "investigator")),
    ("adverse_events.index", "Adverse events", ("nurse", "investigator")),
    ("study.participants", "Participants", ("coordinator", "nurse", "investigator", "admin")),
    ("study.day", "Procedures today", ("coordinator",)),
    ("study.tasks", "Tasks", ("coordinator", "nurse")),
    ("messages.log", "Messages", ("coordinator", "nurse")),
    ("texts.texts", "Texts", ("coordinator",)),
    ("rehearsal.rule", "Rehearse rules", ("nurse", "investigator", "coordinator")),
    ("exports.index", "Download", ("coordinator", "analyst", "investigator")),
    ("figures.show", "Figures", ("nurse", "investigator", "coordinator", "admin", "analyst")),
    ("staff.people", "Staff", ("admin",)),
    ("rota.rota", "On call", ("nurse", "investigator", "coordinator", "admin")),
)


def first_for(roles: tuple[str, ...]) -> str:
    """The endpoint of the first page that one of these roles may see."""
    return next(endpoint for endpoint, _, seen_by in PAGES if set(seen_by) & set(roles))
