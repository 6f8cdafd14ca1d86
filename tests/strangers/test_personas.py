"""Generated citizens: the same for a seed, and each trait of their model occurs."""

from talk.personas import citizens


def test_a_seed_makes_the_same_citizens_however_many_are_made() -> None:
    assert citizens(20) == citizens(40)[:20]
    assert citizens(20) != citizens(20, seed=1)


def test_every_trait_of_the_model_occurs_among_a_few_hundred() -> None:
    made = citizens(400)
    assert len({one.id for one in made}) == 400
    assert len({tuple(one.expect.get("category", ())) for one in made}) >= 20
    assert sum(any(len(line) > 20 for line in one.says) for one in made) > 100
    assert 20 < sum(len(one.says) > 1 for one in made) < 200
    assert 5 < sum("nothing_filed" in one.ends for one in made) < 50
    assert 20 < sum(len(one.at_summary) > 1 for one in made) < 120
    assert 5 < sum(bool(one.instead) for one in made) < 80


def test_what_a_citizen_says_or_knows_is_what_the_case_must_hold() -> None:
    for one in citizens(200):
        details = one.expect.get("details", {})
        assert set(details) <= {*one.knows}
        assert {"contact"} <= set(one.knows)
        told = set(one.expect.get("not_asked", ())) - {"description"}
        spoken = "\n".join(one.says)
        assert all(one.knows[key] in spoken for key in told)
