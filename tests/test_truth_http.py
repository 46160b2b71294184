"""Says that cards about HTTP hold when their requests, sent to a reference app, are answered as they claim."""

from pathlib import Path

import pytest
from proving import ProveIt, complaint_of

STATUS = "ask: choice\ncheck: http counter status"
BODY = """
Which status comes back?

```http setup
PUT /count HTTP/1.1
Content-Type: text/plain

41
```

```http
POST /count HTTP/1.1
```

```http
HTTP/1.1 204 No Content
Count: 42
```

```http
GET /count?all HTTP/1.1
Range: bytes=0-9
```

- [x] 200 OK
- [ ] 201 :: Nothing is made. {reading-makes}
- [ ] `404 Not Found` :: It is there. {count-is-lost}

```http wrong=count-is-lost
GET /lost HTTP/1.1
```
"""
COUNTER = """
counts = {"all": 0}
def app(environ, start_response):
    method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
    while path == "/slow":
        pass
    if method == "PUT":
        counts["all"] = int(environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH", 0))) or 0)
    counts["all"] += method == "POST"
    status = {"GET": "200 OK", "POST": "204 NO CONTENT", "PUT": "201 CREATED"}.get(method, "405 METHOD NOT ALLOWED")
    start_response("404 NOT FOUND" if path == "/lost" else status, [("Count", str(counts["all"]))])
    return [str(counts.get(environ["QUERY_STRING"], 0)).encode()] if method == "GET" and path == "/count" else [b""]
"""


@pytest.fixture(autouse=True)
def counter(folder: Path) -> None:
    """A folder of decks with one reference app."""
    (folder / "apps").mkdir()
    (folder / "apps" / "counter.py").write_text(COUNTER, encoding="utf-8")


def test_a_status_is_proved_after_what_was_sent_before(prove_it: ProveIt) -> None:
    proof = prove_it(STATUS, BODY)
    assert (proof.computed, proof.complaints, proof.is_run) == ("200", (), True)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("[x] 200 OK", "[x] 200 Fine"), 'trial.md:39: card trial-card: option "200 Fine" is marked right but the app'),
        (("Count: 42", "Count: 43"), 'trial.md:30: card trial-card: the app gives "204"'),
        (("counter status", "counter body"), 'the app gives "42"'),
        (("counter status", "counter statuses"), 'the app gives "204 200"'),
        (("counter status", "counter header Count"), 'the app gives "42"'),
        (("counter status", "counter colour"), "http wants"),
        (("http counter", "http timer"), 'there is no app "timer"; known are counter'),
        (("Range: bytes=0-9", "Range bytes=0-9"), 'trial.md:36: card trial-card: "Range bytes=0-9" is no header'),
        (("GET /count?", "get /count?"), 'trial.md:35: card trial-card: "get /count?all HTTP/1.1" is neither'),
        (("204 No Content", "204 Nothing"), 'the registry knows no status "204 Nothing"'),
        (("Content-Type: text/plain", "Content-Length: 7"), "Content-Length is wrong: the body has 2 bytes"),
        (("GET /lost", "GET /count?all"), "the wrong fence count-is-lost gives the right answer"),
    ],
)
def test_what_does_not_hold_is_named_with_its_line(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    swapped = (STATUS.replace(*swap), BODY, ("", "")) if swap[0] in STATUS else (STATUS, BODY, swap)
    assert says in prove_it(*swapped).complaints[0]


OPTIONS = "Which?\n\n{}\n\n- [x] `PUT /count`\n- [ ] `GET /count?all` :: No. {{a}}\n- [ ] `PATCH /count` :: No. {{b}}"
GAP = "```http\n==POST== /count HTTP/1.1\n```\n\n```http\nHTTP/1.1 204 No Content\n```"


def test_options_are_requests_headers_or_what_stands_in_the_gap(prove_it: ProveIt) -> None:
    requests = prove_it("ask: choice\ncheck: http counter each 201", OPTIONS.format(""))
    assert (requests.computed, requests.complaints) == ("PUT /count", ())
    refused = prove_it("ask: choice\ncheck: http counter each 200", OPTIONS.format(""))
    assert '"GET /count?all" is marked wrong but does give 200' in refused.complaints[1]
    gap = prove_it("ask: cloze\ncheck: http counter each answer", f"Which?\n\n{GAP}\n\n- [ ] GET :: No. {{a}}")
    assert (gap.computed, gap.complaints) == ("POST", ())
    header = OPTIONS.format("```http\nPOST /count HTTP/1.1\n```")
    assert '"PUT /count" is no header' in complaint_of(prove_it("ask: choice\ncheck: http counter each 204", header))


def test_an_app_that_never_answers_is_ended(prove_it: ProveIt) -> None:
    proof = prove_it(STATUS, BODY, ("GET /count?all", "GET /slow"), limit_seconds=1.0)
    assert "still running after 1 s" in complaint_of(proof)
