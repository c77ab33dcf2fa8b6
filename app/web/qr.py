"""A square that a phone's camera reads, as a picture inside the page."""

import segno


def picture(text: str) -> str:
    """The address of the picture; black on white, in the dark too: a camera reads nothing else."""
    code = segno.make(text, error="m", micro=False)
    return code.svg_data_uri(light="#fff", svgclass=None, lineclass=None)
