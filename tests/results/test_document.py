"""The release as everybody reads it: its shape, and its numbers against hand and reference."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.results import serial
from app.results.report import named
from tests.results.company import CHOICE, ITEM, Company, classed, groups_of, mixed, survey_of
from tests.surveys.samples import calm, lunch, three_sides

REFERENCE = Path(__file__).parents[1] / "reference"
PROTECTED = {"disclosed": False, "reason": "protected"}
MEASURES = {
    *("n", "unclassified", "promoters", "passives", "detractors"),
    *("promoters_pct", "passives_pct", "detractors_pct", "score", "score_exact"),
    *("score_low", "score_high", "interval", "band", "range_low", "range_high", "index"),
    *("process_low", "process_high"),
}
GROUP = MEASURES | {
    *("department", "name", "level", "disclosed", "reason", "side", "invited", "answered"),
    *("response_pct", "score_by_headcount", "themes", "items", "agreement"),
}
RELEASE = {
    *("round", "policy", "method", "groups", "gaps", "comparisons", "reliability", "icc"),
    *("drivers", "diagnosis", "comments", "theme_changes", "views", "breakdowns"),
}
ALL_DIFFERENT = [bytes([n % 5, (n + 2) % 5, (3 * n) % 5, n % 3]) for n in range(12)]


def one_group(ballots, invited=None) -> dict:
    company = Company(survey_of())
    company.add("Sales", invited or len(ballots), ballots)
    return dict(groups_of(company.release())["Sales"])


def of_classes(promoters: int, passives: int, detractors: int, invited: int) -> dict:
    """A group with those classes whose statements differ enough to be printed."""
    return one_group(classed(promoters, passives, detractors), invited)


class TestShape:
    def test_every_part_has_the_keys_of_the_contract(self):
        company = Company(survey_of())
        company.add("Sales", 14, ALL_DIFFERENT)
        company.add("Legal", 3, ALL_DIFFERENT[:3])
        company.add("Ops", 9, ALL_DIFFERENT[:7])
        company.add("Plant", 12, ALL_DIFFERENT)
        release = company.release()
        assert set(release) == RELEASE
        assert set(release["round"]) == {
            *("id", "name", "survey", "survey_version", "survey_hash", "opened_on", "closed_on")
        }
        assert set(release["policy"]) == {"mode", "min_group", "min_comments", "hash"}
        assert set(release["method"]) == {"rule", "version", "hash", "card"}
        shown = [group for group in release["groups"] if group["disclosed"]]
        assert [group["department"] for group in shown] == ["", "/*", "Sales", "Plant"]
        for group in shown:
            assert set(group) == GROUP
            for theme in group["themes"]:
                assert set(theme) == {"key", *PROTECTED} | (
                    MEASURES if theme["disclosed"] else set()
                )
        items = {one["key"]: one for one in shown[0]["items"]}
        common = {"key", "type", "about", "disclosed", "reason", "n", "counts", "na", "blank"}
        assert set(items["a1"]) == common | MEASURES | {"favourable_pct"}
        assert set(items["where"]) == common

    def test_a_hidden_part_says_nothing_but_that(self):
        company = Company(survey_of())
        company.add("Sales", 14, [bytes([4, *ballot[1:]]) for ballot in ALL_DIFFERENT])
        company.add("Legal", 3, ALL_DIFFERENT[:3])
        company.add("Plant", 9, ALL_DIFFERENT[:8])
        company.add("Ops", 9, ALL_DIFFERENT[:7])
        groups = groups_of(company.release())
        assert groups["Legal"] == {"department": "Legal", **PROTECTED}
        assert groups["Sales"]["items"][0] == {"key": "a1", **PROTECTED}
        assert groups["Sales"]["themes"][0] == {"key": "two", **PROTECTED}
        assert groups["Sales"]["index"] is None
        assert groups["Sales"]["score"] is not None

    @pytest.mark.parametrize(("classes", "shown"), [((4, 1, 0), False), ((3, 2, 0), True)])
    def test_all_but_one_in_a_class_looks_like_all(self, classes, shown):
        company = Company(survey_of())
        for path, some in (("Sales", classes), ("Ops", (2, 2, 3)), ("Plant", (4, 3, 3))):
            company.add(path, sum(some), classed(*some))
        group = groups_of(company.release())["Sales"]
        assert (group["promoters"] is not None) is shown
        assert group["band"] == (None if shown else "promoters")

    def test_of_a_band_its_number_is_told_and_nothing_besides(self):
        told = []
        for classes in ((4, 1, 0), (5, 0, 0)):
            company = Company(survey_of())
            for path, some in (("Sales", classes), ("Ops", (2, 2, 3)), ("Plant", (4, 3, 3))):
                company.add(path, sum(some), classed(*some))
            told.append(groups_of(company.release())["Sales"])
        assert told[0] == told[1], "four of five and five of five look alike"
        said = {name for name, value in told[0].items() if value not in (None, [])}
        assert said == {
            *("department", "name", "level", "disclosed", "invited", "answered", "n", "band"),
            "response_pct",
        }

    @pytest.mark.parametrize(("alike", "shown"), [(8, False), (7, True)])
    def test_a_statement_is_withheld_where_all_answer_alike(self, alike, shown):
        company = Company(survey_of())
        for path, most in (("Sales", alike), ("Ops", 2), ("Plant", 2)):
            codes = [(4 if n < most else 1, n % 5, n % 4, n % 3) for n in range(8)]
            company.add(path, 8, [bytes(one) for one in codes])
        group = groups_of(company.release())["Sales"]
        assert [one["disclosed"] for one in group["items"]][:2] == [shown, True]

    def test_the_classes_of_a_theme_would_tell_of_the_statement_withheld_from_it(self):
        survey = survey_of(extra=ITEM.format(key="a3", theme="two"))
        company = Company(survey)
        for path, step in (("Sales", 0), ("Ops", 1), ("Plant", 2)):
            codes = [((4 + step * n) % 5, 2 * n % 5, n % 5, (n + 2) % 5) for n in range(9)]
            company.add(path, 9, [bytes(one) for one in codes])
        group = groups_of(company.release())["Sales"]
        theme = group["themes"][0]
        assert not group["items"][0]["disclosed"]
        assert theme == {"key": "two", **PROTECTED}
        assert group["themes"][1]["index"] is not None

    @pytest.mark.parametrize("withheld", [True, False])
    def test_no_figure_of_all_statements_is_given_where_one_is_withheld(self, withheld):
        company = Company(survey_of())
        for path in ("Sales", "Ops", "Plant"):
            codes = [(4 if withheld else n % 5, n * 3 % 5, n // 5 % 5, n % 3) for n in range(25)]
            company.add(path, 25, [bytes(one) for one in codes])
        release = company.release()
        assert release["groups"][0]["items"][0]["disclosed"] is not withheld
        assert (release["reliability"] is None) is withheld
        assert (release["icc"] is None) is withheld
        assert all((group["agreement"] is None) is withheld for group in release["groups"])

    def test_the_name_and_level_of_a_hidden_group_follow_from_its_path(self):
        hidden = {"department": "Sales/Inside", **PROTECTED}
        assert named(hidden) == {"name": "Inside", "level": 2, **hidden}
        assert named({"department": "", **PROTECTED})["name"] == "All"
        shown = {"department": "Sales/*", "name": "Other departments", "level": 2}
        assert named(shown) == shown

    def test_where_the_whole_is_too_small_nothing_is_said_of_any_part(self):
        company = Company(survey_of())
        company.add("Sales/Inside", 9, ALL_DIFFERENT[:4])
        release = company.release()
        assert [set(group) for group in release["groups"]] == [{"department", *PROTECTED}] * 3

    def test_it_is_stored_and_hashed_as_one_text_without_nan(self):
        text = serial.serialised({"name": "Jualan – Café", "score": None})
        assert text == '{"name":"Jualan – Café","score":null}'
        with pytest.raises(ValueError, match="JSON"):
            serial.serialised({"score": float("nan")})

    def test_dates_are_those_of_the_installation_s_time_zone(self):
        company = Company(survey_of())
        company.add("Sales", 14, ALL_DIFFERENT)
        # Eight in the evening in UTC is the next morning in Kuala Lumpur.
        assert company.release()["round"]["closed_on"] == "2026-03-02"

    def test_a_survey_that_classes_nobody_prints_its_groups_all_the_same(self):
        choice = 'type = "choice"\ntext.en = "Where?"\noptions = [{ key = "x", text.en = "X" }, '
        head = 'key = "where"\nversion = 1\nlanguages = ["en"]\ntitle.en = "Where"\nminutes = 1\n'
        text = head + '[[items]]\nkey = "where"\n' + choice + '{ key = "y", text.en = "Y" }]\n'
        survey = document_survey(text)
        company = Company(survey)
        company.add("Sales", 9, [bytes([n % 2]) for n in range(8)])
        company.add("Plant", 9, [bytes([n % 2]) for n in range(9)])
        group = groups_of(company.release())["Sales"]
        assert (group["n"], group["score"], group["score_low"], group["index"]) == (0, *[None] * 3)
        assert group["items"][0]["counts"] == [4, 4]


def document_survey(text: str):
    from app.surveys.loading import read_template

    return read_template(text.encode(), "where.toml")


class TestHeadcount:
    def test_each_part_weighs_as_many_as_were_asked_in_it(self):
        company = Company(survey_of())
        company.add("Sales", 10, mixed((4, 1, 1)))
        company.add("Plant", 30, mixed((2, 2, 6)))
        whole = company.release()["groups"][0]
        assert whole["score"] == round(100 * (6 - 7) / 16)
        assert whole["score_by_headcount"] == pytest.approx((10 * 50 + 30 * -40) / 40)

    def test_it_is_not_given_where_a_part_is_not_printed(self):
        company = Company(survey_of())
        company.add("Sales", 10, mixed((4, 2, 3)))
        company.add("Legal", 3, mixed((1, 1, 1)))
        assert [one["disclosed"] for one in company.release()["groups"]] == [True, False, False]
        assert company.release()["groups"][0]["score_by_headcount"] is None


class TestMethodCard:
    def test_it_says_how_every_answer_is_read(self):
        card = calm_release()["method"]["card"]
        assert card["composite"]["items"] == ["a1", "a2", "b1"]
        assert (card["composite"]["detractor_below"], card["composite"]["promoter_above"]) == (
            37.5,
            62.5,
        )
        mapping = card["items"][0]
        assert (mapping["points"], mapping["neutral"]) == (5, True)
        assert (mapping["max_detractor"], mapping["min_promoter"]) == (1, 3)
        assert {"selaras", "numpy", "scipy"} == set(card["software"])

    def test_a_scale_without_a_middle_says_so(self):
        assert [one["neutral"] for one in calm_release(4)["method"]["card"]["items"]] == [False] * 3

    def test_its_hash_changes_with_the_rules_and_not_with_the_wording(self):
        plain = calm_release()["method"]["hash"]
        assert calm_release()["method"]["hash"] == plain
        assert calm_release(7)["method"]["hash"] != plain
        reworded = survey_of(extra=CHOICE.replace("Where?", "Where then?"))
        company = Company(reworded)
        company.add("Sales", 14, ALL_DIFFERENT)
        assert company.release()["method"]["hash"] == plain

    def test_it_names_what_cannot_be_worked_out_again(self):
        numbers = [one["number"] for one in calm_release()["method"]["card"]["not_published"]]
        assert {"index", "icc", "reliability", "drivers", "gaps of a theme"} == set(numbers)


def calm_release(points: int = 5) -> dict:
    company = Company(survey_of(points))
    ballots = [bytes([n % points, (n + 2) % points, (3 * n) % points, n % 3]) for n in range(14)]
    company.add("Sales", 14, ballots)
    return company.release()


class TestNumbers:
    def test_the_worked_example_of_ten_of_twelve(self):
        group = of_classes(5, 3, 2, 12)
        assert (group["score"], group["score_exact"]) == (30, 30.0)
        assert (group["score_low"], group["score_high"]) == (8.3333, 41.6667)
        assert (group["range_low"], group["range_high"]) == (8.3333, 41.6667)
        assert (group["interval"], group["response_pct"], group["answered"]) == ("exact", 83, 10)

    def test_intervals_are_those_of_the_reference(self):
        cases = json.loads((REFERENCE / "finite_population.json").read_text())["cases"]
        tried = 0
        for case in cases:
            detractors, passives, promoters = case["dpp"]
            if (
                max(case["dpp"]) > sum(case["dpp"]) - 2
                or case.get("exact_hypergeometric95") is None
            ):
                continue
            group = of_classes(promoters, passives, detractors, case["N"])
            low, high = case["exact_hypergeometric95"]
            assert group["score_low"] == pytest.approx(low, abs=6e-5)
            assert group["score_high"] == pytest.approx(high, abs=6e-5)
            assert group["range_low"] == pytest.approx(case["no_assumption_bounds"][0], abs=6e-5)
            tried += 1
        assert tried >= 3

    def test_printed_shares_are_those_of_the_reference(self):
        cases = json.loads((REFERENCE / "rounding.json").read_text())["cases"]
        tried = 0
        for case in cases:
            counts = case["promoters_passives_detractors"]
            if not 5 <= sum(counts) <= 60 or max(counts) > sum(counts) - 2:
                continue
            group = of_classes(*counts, sum(counts))
            shares = [group[f"{name}_pct"] for name in ("promoters", "passives", "detractors")]
            assert shares == (case["score_consistent"] or case["largest_remainder"])
            assert group["score"] == case["score_printed"]
            tried += 1
        assert tried >= 2

    @pytest.mark.parametrize(
        ("classes", "score", "exact"),
        [((4, 1, 3), 13, 12.5), ((3, 1, 4), -13, -12.5), ((3, 2, 3), 0, 0.0)],
    )
    def test_halves_are_rounded_away_from_zero(self, classes, score, exact):
        group = of_classes(*classes, sum(classes))
        assert (group["score"], group["score_exact"]) == (score, exact)
        assert "-0.0" not in json.dumps(group)

    def test_large_groups_get_the_formula_and_its_name(self):
        assert of_classes(40, 30, 20, 150)["interval"] == "predictive"

    def test_means_counts_and_shares_of_a_statement_by_hand(self):
        ballots = [bytes([code, 2, 2, 0]) for code in (0, 1, 2, 3, 4, 4, 4, 254, 255, 255)]
        ballots += [bytes([2, 0, 4, 1]), bytes([2, 4, 0, 1]), bytes([2, 4, 4, 2])]
        item = one_group(ballots, 15)["items"][0]
        assert item["counts"] == [1, 1, 4, 1, 3]
        assert (item["n"], item["na"], item["blank"], item["unclassified"]) == (10, 1, 2, 3)
        assert (item["promoters"], item["passives"], item["detractors"]) == (4, 4, 2)
        assert (item["score"], item["favourable_pct"]) == (20, 40)
        # (0 + 1 + 4 * 2 + 3 + 3 * 4) / 10 of 4 points.
        assert item["index"] == 60.0
        assert item["range_low"] == pytest.approx(100 * (2 - 5) / 15, abs=1e-4)

    @calm
    @given(st.lists(st.tuples(*[st.integers(0, 4)] * 3), min_size=5, max_size=30))
    def test_a_printed_group_is_never_without_its_own_counts(self, answers):
        group = one_group([bytes([*codes, n % 3]) for n, codes in enumerate(answers)])
        if group["disclosed"]:
            assert group["n"] == group["promoters"] + group["passives"] + group["detractors"]
            assert group["n"] + group["unclassified"] == group["answered"] == len(answers)
            assert group["range_low"] <= group["score_exact"] <= group["range_high"]
            assert (
                sum(group[f"{name}s_pct"] for name in ("promoter", "passive", "detractor")) == 100
            )


class TestSides:
    """Statements about the other side count over those they were put to."""

    def company(self, survey, size) -> Company:
        company = Company(survey, sides={"Kitchen": "kitchen", "Garden": "garden"})
        for path in ("Kitchen", "Garden", "Office"):
            blank = path == "Office"
            company.add(path, 10, [self.ballot(n, size, blank=blank) for n in range(9)])
        return company

    def ballot(self, n, size, *, blank):
        other = 255 if blank else n % 5
        return bytes([n % 5, other] + [n % 2] * (size - 2))

    def items(self, company):
        groups = groups_of(company.release())
        return {
            path: {one["key"]: one for one in group["items"]}
            for path, group in groups.items()
            if group["disclosed"]
        }

    def test_over_their_own_people(self):
        survey = lunch()
        items = self.items(self.company(survey, size_of(survey)))
        assert items["Kitchen"]["they_listen"]["n"] == 9
        assert items["Kitchen"]["they_listen"]["blank"] == 0
        assert items["Kitchen"]["they_listen"]["range_low"] is not None
        assert items[""]["they_listen"]["n"] == 18
        assert items[""]["we_listen"]["blank"] == 0

    def test_whom_it_was_put_to_is_not_said_where_others_are_in_the_group(self):
        survey = lunch()
        whole = self.items(self.company(survey, size_of(survey)))[""]["they_listen"]
        assert (whole["blank"], whole["unclassified"], whole["range_low"]) == (None, None, None)
        assert whole["interval"] == "adjusted_wald"

    def test_the_department_that_was_not_asked_has_no_result_and_hides_nothing(self):
        survey = lunch()
        items = self.items(self.company(survey, size_of(survey)))
        assert not items["Office"]["they_listen"]["disclosed"]
        assert items["Garden"]["they_listen"]["disclosed"]

    def test_of_three_sides_nobody_rates_his_own(self):
        survey = three_sides()
        company = self.company(survey, size_of(survey))
        company.sides["Office"] = "office"
        for path in company.ballots:
            company.ballots[path] = [
                bytes(
                    [n % 5]
                    + [
                        255 if side == path.lower() else n % 5
                        for side in ("kitchen", "garden", "office")
                    ]
                    + [n % 2] * (size_of(survey) - 4)
                )
                for n in range(9)
            ]
        items = self.items(company)
        assert not items["Kitchen"]["they_listen--kitchen"]["disclosed"]
        assert items["Kitchen"]["they_listen--garden"]["blank"] == 0


def size_of(survey) -> int:
    from app.surveys.coding import Layout

    return Layout.of(survey).size


class TestComments:
    def company(self, written: dict[str, int]) -> Company:
        company = Company(survey_of())
        for path, count in written.items():
            texts = [f"{path} {n}" for n in range(count)]
            company.add(path, 20, ALL_DIFFERENT, texts)
        return company

    def shown(self, company: Company) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for one in company.release()["comments"]:
            found.setdefault(one["department"], []).append(one["text"].rpartition(" ")[0])
        return {path: sorted(set(texts)) for path, texts in found.items()}

    def test_enough_comments_stay_with_their_department(self):
        company = self.company({"Sales": 12, "Plant": 10})
        assert self.shown(company) == {"Sales": ["Sales"], "Plant": ["Plant"]}

    def test_too_few_go_to_the_nearest_group_that_has_enough(self):
        company = self.company({"Sales/Inside": 6, "Sales/Field": 5, "Plant": 10})
        assert self.shown(company) == {"Sales": ["Sales/Field", "Sales/Inside"], "Plant": ["Plant"]}

    def test_a_few_left_over_take_a_neighbour_s_with_them(self):
        company = self.company({"Sales": 12, "Plant": 11, "Legal": 3})
        assert self.shown(company) == {"Sales": ["Sales"], "": ["Legal", "Plant"]}

    def test_fewer_than_enough_of_all_are_not_shown(self):
        assert self.shown(self.company({"Sales": 5, "Plant": 4})) == {}

    def test_a_hidden_group_s_comments_are_shown_with_the_group_above(self):
        company = self.company({"Sales": 12, "Plant": 12, "Ops": 30})
        company.ballots["Plant"] = company.ballots["Plant"][:3]
        assert self.shown(company) == {"Sales": ["Sales"], "": ["Ops", "Plant"]}

    @calm
    @given(
        st.dictionaries(
            st.sampled_from(["A", "A/a", "A/b", "A/c", "B", "B/a", "B/b", "C"]), st.integers(0, 14)
        )
    )
    def test_whatever_is_shown_together_is_of_enough_people(self, written):
        company = self.company(written)
        release = company.release()
        sizes: dict[str, int] = {}
        for one in release["comments"]:
            sizes[one["department"]] = sizes.get(one["department"], 0) + 1
        groups = groups_of(release)
        assert all(size >= 10 for size in sizes.values())
        assert all(groups[path]["disclosed"] for path in sizes)
        if sum(written.values()) >= 10:
            assert sum(sizes.values()) == sum(written.values())

    def test_their_order_is_drawn_by_lot(self):
        company = self.company({"Sales": 30, "Plant": 30})
        orders = {tuple(one["text"] for one in company.release()["comments"]) for _ in range(3)}
        assert len(orders) == 3
