"""HR plans a round in the browser: each step's fields filled in, to the page to check it on."""

from collections.abc import Sequence

from tests.journeys.browser import FORM, Browser, Page, encoded, filled

NEXT = "Save and continue"
STEPS = 5


def planned(
    hr: Browser,
    about: str = "sales_marketing_alignment",
    status: int = 200,
    **given: str | Sequence[str],
) -> Page:
    """The check of a round of this survey; with another status the step that refuses something.

    A field's name may have __ for its hyphens.
    """
    fill = {name.replace("__", "-"): value for name, value in given.items()}
    page = hr.open(f"/rounds/new?survey={about}")
    for _ in range(STEPS):
        page = stepped(hr, page, fill)
        if page.status != 200:
            break
    assert page.status == status, f"{page.status} at {page.path}: {page.text[:3000]}"
    if status == 200:
        assert page.path.endswith("/check"), page.path
        assert not set(fill), f"no step asks for {set(fill)}"
    return page


def stepped(hr: Browser, page: Page, fill: dict[str, str | Sequence[str]]) -> Page:
    """The page after this step; what it asks for is taken out of `fill`."""
    form, pressed = page.form_with(NEXT)
    known = {name for name, _ in form.pairs} | form.options.keys()
    here = {name: fill.pop(name) for name in list(fill) if name in known}
    pairs = [*filled(form.pairs, here), (pressed["name"], pressed["value"])]
    headers = {"Origin": hr.base_url, "Content-Type": FORM}
    reply = hr.client.post(
        form.action, content=encoded(pairs), headers=headers, follow_redirects=True
    )
    return Page(reply)
