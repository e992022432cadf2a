"""Whom our HTTP clients trust, read once: reading the certificates takes longer than a call."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """Return what httpx would make anew for every client."""
    return httpx.create_ssl_context()
