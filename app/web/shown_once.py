"""What one page shows once, a receipt or a form at the kiosk: hidden in that page's address, for minutes."""

import base64
import binascii
from datetime import timedelta

from app.kit.clock import now
from app.kit.seal import Keyring, SealBroken, new_key, seal, unseal

LASTS = timedelta(minutes=10)
# The field of an address that opens a form at the kiosk, once.
BEGIN = "begin"


def passes(keyring: Keyring) -> "ShownOnce":
    """Of one key in every process: a pass made by one opens the form of another."""
    return ShownOnce(keyring.derive("kiosk-pass"))


class ShownOnce:
    """Hides a text so that only this process can show it, for a while and at one link.

    Without a key given it is never stored: whoever finds such an address later, in a proxy's log or
    a browser's history, cannot open it, not even with the server's key and the database.
    """

    def __init__(self, key: bytes = b"") -> None:
        self._key = key or new_key()
        self._spent: dict[str, int] = {}

    def hide(self, text: str, link: str) -> str:
        until = int((now() + LASTS).timestamp())
        sealed = seal(self._key, f"{until} {text}".encode(), link)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def show(self, hidden: str, link: str, *, last: bool = False) -> str:
        """The text again, or nothing: too late, another link, another process, or made up.

        With `last` never again: whoever goes back to this address is somebody else.
        """
        try:
            raw = base64.urlsafe_b64decode(hidden + "=" * (-len(hidden) % 4))
            until, _, text = unseal(self._key, raw, link).decode().partition(" ")
        except (SealBroken, binascii.Error, ValueError):
            return ""
        moment = now().timestamp()
        self._spent = {one: end for one, end in self._spent.items() if moment < end}
        if hidden in self._spent or moment >= int(until):
            return ""
        if last:
            self._spent[hidden] = int(until)
        return text
