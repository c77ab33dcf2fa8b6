"""Where somebody is led on to after signing in: only to a page of ours."""

from collections.abc import Mapping
from urllib.parse import quote

LONGEST = 400
HOME = "/"


class SignInAgain(Exception):
    """What was asked for needs a sign-in of the last minutes; `back` is where to come back to."""

    def __init__(self, back: str) -> None:
        super().__init__(back)
        self.back = back


def local(address: str) -> str:
    """The address where it is a path of this site, else the start page.

    Browsers take `//host` and `/\\host` for another site, and drop control characters first.
    """
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    plain = address.isascii() and address.isprintable() and "\\" not in address
    return address if ours and plain and len(address) <= LONGEST else HOME


def carried(query: Mapping[str, str]) -> str:
    """Where a sign-in page was asked to lead, from its own address."""
    return local(query.get("next", HOME))


def sign_in_again(back: str) -> str:
    """The sign-in page that leads back."""
    return f"/sign-in?again=1&next={quote(local(back), safe='/')}"
