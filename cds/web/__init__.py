"""The web: the only place that knows Flask."""

from cds.web.app import create_app

__all__ = ["create_app"]
