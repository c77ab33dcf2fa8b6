"""Kill -9 of the service while people answer: what was acknowledged is stored, once.

`--nightly` runs the full size and prints the table.
"""

import random
import time
from pathlib import Path

import pytest

from tests.faults import ledger, server
from tests.faults.ledger import Crowd
from tests.faults.test_sending import staffed
from tests.site import running_site


def endured(database_url: str, folder: Path, people: int, kills: int) -> dict[str, int]:
    """So many people answer while the service is killed again and again."""
    chance = random.Random(kills)
    with running_site(database_url, folder) as site:
        staffed(site, people)
        round_ = site.opened("Sales", survey=ledger.SURVEY)
        port, log = server.free_port(), folder / "service.log"
        serving = server.started(site.settings, port, log)
        server.answers(port)
        crowd = Crowd([port], list(round_.links.values())).start()
        done, every = 0, people / (kills + 1)
        while crowd.sending:
            # Spread over the whole run, each at a moment drawn by chance.
            if done < kills and len(crowd.ledger.acknowledged) >= every * (done + 1):
                time.sleep(chance.uniform(0, 0.02))
                serving.kill()
                serving.join()
                done += 1
                serving = server.started(site.settings, port, log)
            time.sleep(0.002)
        found = ledger.compared(crowd.wait(), round_)
        serving.kill()
        serving.join()
        return {"kills": done, **found}


def test_no_answer_is_lost_or_doubled(database_url: str, tmp_path: Path) -> None:
    found = endured(database_url, tmp_path, people=160, kills=4)
    assert (found["lost"], found["duplicates"], found["untold"]) == (0, 0, 0)
    assert found["acknowledged"] == 160
    assert found["kills"] == 4
    assert found["unheard"] > 0, "a kill was felt"


@pytest.mark.nightly
def test_the_full_size(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = endured(database_url, tmp_path, people=10_500, kills=150)
    with capsys.disabled():
        print(f"\nkill -9, {database_url.partition(':')[0]}: {found}")
    assert (found["lost"], found["duplicates"], found["untold"]) == (0, 0, 0)
    assert found["acknowledged"] >= 10_000
    assert found["kills"] == 150
