"""Generated citizens: the same for a seed, and each trait of their model occurs."""

from talk.personas import citizens


def test_a_seed_makes_the_same_citizens_however_many_are_made() -> None:
    assert citizens(20) == citizens(40)[:20]
    assert citizens(20) != citizens(20, seed=1)


def test_every_trait_of_the_model_occurs_among_a_few_hundred() -> None:
    made = citizens(400)
    assert len({item.id for item in made}) == 400
    assert len({tuple(item.expect.get("category", ())) for item in made}) >= 20
    assert sum(any(len(line) > 20 for line in item.says) for item in made) > 100
    assert 20 < sum(len(item.says) > 1 for item in made) < 200
    assert 5 < sum("nothing_filed" in item.ends for item in made) < 50
    assert 20 < sum(len(item.at_summary) > 1 for item in made) < 120
    assert 5 < sum(bool(item.instead) for item in made) < 80


def test_what_a_citizen_says_or_knows_is_what_the_case_must_hold() -> None:
    for citizen in citizens(200):
        details = citizen.expect.get("details", {})
        assert set(details) <= {*citizen.knows}
        assert {"contact"} <= set(citizen.knows)
        seen = set(citizen.expect.get("not_asked", ())) - {"description"}
        spoken = "\n".join(citizen.says)
        assert all(citizen.knows[key] in spoken for key in seen)
