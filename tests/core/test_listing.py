from trustlab.core.listing import matches, page


def test_every_word_must_occur_in_any_case():
    assert matches(("October", "Ann", None, 3), "ann OCT")
    assert not matches(("October", "Ann"), "ann november")
    assert matches((), None)
    assert matches((), " ")


def test_a_part_of_what_matches_and_how_many_match():
    found = [f"row {n}" for n in range(10)]
    assert page(found, lambda one: (one,), limit=2, offset=4, matching=None) == (["row 4", "row 5"], 10)
    assert page(found, lambda one: (one, one.replace("row", "even")), limit=5, offset=0, matching="even 7") == (
        ["row 7"],
        1,
    )
    assert page(found, lambda one: (one,), limit=5, offset=50, matching=None) == ([], 10)
