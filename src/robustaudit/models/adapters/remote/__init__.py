"""Models behind HTTP; what sends requests is imported when one is loaded."""

from robustaudit.models.adapters.remote.http import http
from robustaudit.models.adapters.remote.openai import openai

__all__ = ["http", "openai"]
