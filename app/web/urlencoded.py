"""Urlencoded text, read strictly: UTF-8 without a NUL, or refused."""

_BYTE_OF = {
    f"{high}{low}".encode(): bytes([int(high + low, 16)])
    for high in "0123456789abcdefABCDEF"
    for low in "0123456789abcdefABCDEF"
}


class BadForm(Exception):
    """The body is no urlencoded UTF-8 text."""


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """Names and values of an urlencoded body, in order and with duplicates; raises BadForm."""
    text = body.replace(b"+", b" ")
    pairs = []
    for piece in text.split(b"&"):
        if piece:
            name, _, value = piece.partition(b"=")
            pairs.append((decoded(name), decoded(value)))
    return pairs


def decoded(raw: bytes) -> str:
    """Percent-decoded text; raises BadForm."""
    try:
        if b"%" in raw:
            first, *rest = raw.split(b"%")
            raw = first + b"".join([_BYTE_OF[part[:2]] + part[2:] for part in rest])
        text = raw.decode()
    except (KeyError, UnicodeDecodeError):
        raise BadForm from None
    # No database of ours stores it, and no person types it.
    if "\0" in text:
        raise BadForm
    return text
