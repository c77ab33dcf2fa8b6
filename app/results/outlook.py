"""What a planned round is likely to print: the chance of enough answers, and who is held back."""

from dataclasses import replace

from app.campaigns import preview
from app.campaigns.audience import Audience
from app.campaigns.preview import Prospect
from app.results import planning
from app.results.planning import ROOT, Shape


def prospects(audience: Audience, min_group: int) -> tuple[Prospect, ...]:
    """Every group with its chance of a result of its own, the whole round first.

    A group that the release keeps back whatever is answered, because a neighbour too small could
    be worked out from it, has none.
    """
    invited = audience.invited()
    shape = Shape.of(
        [(node.id, node.parent_id, invited.get(node.id, 0)) for node in audience.nodes]
    )
    shown = planning.headcounts(shape, audience.reachable(), min_group)
    ids = {node.path_text: node.id for node in audience.nodes} | {"": ROOT}
    return tuple(
        one
        if ids[one.department] in shown
        else replace(one, chance=0.0, held_back=one.invited >= min_group)
        for one in preview.prospects(audience, min_group)
    )
