"""A run as one HTML page that needs nothing beside."""

from robustaudit.reports.page.document import html

__all__ = ["html"]
