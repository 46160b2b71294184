"""Says that cards about MongoDB hold on a stand-in, and that the manual must say so too."""

import sys

import pytest
from proving import ProveIt, complaint_of

CARD = (
    "ask: choice\ncheck: mongo value\nsource: MongoDB manual, Null <https://www.mongodb.com/docs/manual/tutorial/query-for-null-fields/>",
    """
    What does it print?

    ```python
    db.shirts.insert_many([{"colour": None}, {"size": "M"}])
    print(db.shirts.count_documents({"colour": None}))
    ```

    - [x] 2
    - [ ] 1 :: A missing field matches as well. {null-is-not-missing}
    - [ ] 0 :: None is a value that can be asked for. {null-never-matches}

    ```python wrong=null-is-not-missing
    db.shirts.insert_many([{"colour": None}, {"size": "M"}])
    print(db.shirts.count_documents({"colour": None, "size": None}))
    ```
    """,
)
MANUAL = "https://www.mongodb.com/docs/manual/tutorial/query-for-null-fields/"


def test_a_program_is_proved_on_a_fresh_database(prove_it: ProveIt) -> None:
    proof = prove_it(*CARD)
    assert (proof.engine, proof.computed, proof.complaints, proof.is_run) == ("mongo", "2", (), True)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("mongo value", "mongo guess", '"check: mongo guess" is not "mongo value" or "mongo each"'),
        (MANUAL, "https://example.org/null", "mongomock only stands in for MongoDB: name a source below"),
        ("mongo value", "mongo each", "prints yes or no for each option"),
    ],
)
def test_what_cannot_be_proved_is_explained(prove_it: ProveIt, old: str, new: str, says: str) -> None:
    head, body = CARD
    body = body.partition("    ```python wrong")[0]
    assert says in prove_it(head.replace(old, new), body).complaints[0]


def test_what_the_stand_in_cannot_do_is_no_answer(prove_it: ProveIt) -> None:
    swap = ('print(db.shirts.count_documents({"colour": None}))', "db.client.start_session()")
    assert "mongomock cannot do this" in complaint_of(prove_it(*CARD, swap=swap))


def test_options_can_be_queries(prove_it: ProveIt) -> None:
    body = """
    Which filter finds the shirt without a colour?

    ```python hidden
    db.shirts.insert_many([{"_id": 1, "colour": None}, {"_id": 2}])
    print("yes" if [shirt["_id"] for shirt in db.shirts.find(eval(OPTION))] == [2] else "no")
    ```

    - [x] `{"colour": {"$exists": False}}`
    - [ ] `{"colour": None}` :: It finds both. {null-is-missing}
    - [ ] `{}` :: It finds both. {nothing-asks-for-nothing}
    """
    proof = prove_it(CARD[0].replace("mongo value", "mongo each"), body)
    assert (proof.computed, proof.complaints) == ('{"colour": {"$exists": False}}', ())


def test_without_the_stand_in_authors_are_told_what_to_install(
    prove_it: ProveIt, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "mongomock", None)
    assert "mongomock is not installed" in complaint_of(prove_it(*CARD))
