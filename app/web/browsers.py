"""Which browser signed in, as roughly as a person tells their own ones apart."""

from fastapi import Request

# The first that fits: each names the ones below it as well.
BROWSERS = (
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(request: Request) -> str:
    """Such as "Firefox, Windows"; empty where nothing is known."""
    said = request.headers.get("user-agent", "")
    found = (
        next((name for mark, name in some if mark in said), "") for some in (BROWSERS, SYSTEMS)
    )
    return ", ".join(filter(None, found))
