"""Says that registry cards hold when the table of status codes says so."""

import pytest
from proving import REGISTRY, ProveIt, complaint_of

from quizzes.truth import Proof


def test_a_right_registry_card_is_proved(prove_it: ProveIt) -> None:
    assert prove_it(*REGISTRY) == Proof("trial-card", "registry", "Not Found", (), True)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("404 phrase", "410 phrase"), 'marked right but the registry gives "Gone"'),
        (("404 phrase", "404 reference"), 'the registry gives "RFC 9110 sec. 15.5.5"'),
        (("404 phrase", "404 class"), 'the registry gives "4xx"'),
        (("404 phrase", "404 header"), 'the registry gives "none"'),
        (("404 phrase", "401 header"), 'the registry gives "WWW-Authenticate"'),
        (("404 phrase", "499 phrase"), "the registry has no status 499"),
        (("404 phrase", "404 colour"), "registry wants"),
        (("status 404 phrase", "code Not Found"), 'the registry gives "404"'),
        (("status 404 phrase", "code Page Lost"), 'the registry has no phrase "Page Lost"'),
        (("status 404 phrase", "each class 4xx"), "names no status code"),
        (("status 404 phrase", "code"), "registry wants"),
    ],
)
def test_a_registry_card_that_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    assert says in prove_it(*REGISTRY, swap=swap).complaints[0]


@pytest.mark.parametrize(
    ("condition", "right", "wrong"),
    [
        ("class 4xx", "404 Not Found", "302 Found"),
        ("requires-header Allow", "405", "404"),
        ("exists", "425", "418"),
        ("exists", "511", "599"),
        ("rfc 9110", "421", "429"),
    ],
)
def test_every_code_is_held_against_the_condition(prove_it: ProveIt, condition: str, right: str, wrong: str) -> None:
    head = f"ask: multi\ncheck: registry each {condition}"
    body = f"Which?\n\n- [x] {right}\n- [ ] {wrong} :: No. {{other}}"
    assert prove_it(head, body).computed == right
    flipped = prove_it(head, body, (f"[x] {right}", f"[x] {wrong}"))
    assert "is marked right but does not satisfy" in complaint_of(flipped)


def test_a_condition_nobody_knows_is_refused(prove_it: ProveIt) -> None:
    body = "Which?\n\n- [x] 404\n- [ ] 302 :: No. {other}"
    assert "registry each wants" in complaint_of(prove_it("ask: multi\ncheck: registry each green", body))
