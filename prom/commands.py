"""The flask commands."""


def register(app):
    """Register them."""
