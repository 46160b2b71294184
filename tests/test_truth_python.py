"""Says that python cards hold when their programs say so, and that no program outlives or sees more than it may."""

import time
from pathlib import Path

import pytest
from proving import PYTHON_VALUE, ProveIt, complaint_of

from quizzes.truth import Proof
from quizzes.truth.python import run_program
from quizzes.truth.running import RunError


def test_a_right_python_card_is_proved(prove_it: ProveIt) -> None:
    assert prove_it(*PYTHON_VALUE) == Proof("trial-card", "python", "2", (), True)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("- [x] 2", "- [x] 2.5"), 'option "2.5" is marked right but the program gives "2"'),
        (("2.5 + 0.5", "4.5"), 'the wrong fence half-goes-up gives "4" but its option says "3"'),
        (("raise TypeError", "raise KeyError"), 'gives "KeyError" but its option says "TypeError"'),
        (("print(round(2.5))", "print(id(object()), __import__('os').getpid())"), "something else on each run"),
        (("print(round(2.5))", "print(rnd(2.5))"), "(which ends with NameError: name 'rnd' is not defined)"),
        (("print(round(2.5))", "import sys; sys.exit(2)"), "(which ends with SystemExit: 2)"),
        (("print(round(2.5))", "import os; os._exit(3)"), "left without finishing (exit status 3)"),
        (("print(round(2.5))", "while True: print('x' * 999)"), "writes more than 256 kB"),
        (("print(round(2.5))", "x = bytearray(2 ** 31)"), "ends with MemoryError"),
        (("print(round(2.5))", "print(round(2.5"), "ends with SyntaxError"),
        (("print(round(2.5))", "input()"), "ends with EOFError"),
    ],
)
def test_a_python_card_that_does_not_hold_is_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    assert says in complaint_of(prove_it(*PYTHON_VALUE, swap=swap))


def test_a_card_that_never_ends_is_named(prove_it: ProveIt) -> None:
    proof = prove_it(*PYTHON_VALUE, swap=("print(round(2.5))", "while True: pass"), limit_seconds=0.5)
    assert complaint_of(proof) == ("trial.md:18: card trial-card: the program was still running after 0.5 s")


def test_a_program_sees_an_empty_folder_and_no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hush")
    run = run_program("import os\nprint(os.listdir('.'), sorted(os.environ), __name__)")
    assert run.stdout == "[] ['HOME', 'LANG', 'PATH', 'TZ'] __main__"


def test_what_a_program_leaves_running_is_ended(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    program = f"""
import os, time
if os.fork() == 0:
    time.sleep(1.5)
    open({str(mark)!r}, "w").close()
    os._exit(0)
"""
    assert run_program(program).answer == ""
    time.sleep(2)
    assert not mark.exists()


def test_an_endless_program_is_ended_in_time() -> None:
    start = time.monotonic()
    with pytest.raises(RunError, match=r"still running after 0\.3 s"):
        run_program("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nwhile True: pass", 0.3)
    assert time.monotonic() - start < 5


def test_programs_may_import_what_the_cards_are_about() -> None:
    program = "import flask, werkzeug, bcrypt, jinja2, markupsafe\nprint(markupsafe.escape('<b>'))"
    assert run_program(program).stdout == "&lt;b&gt;"


def test_type_hints_of_a_program_resolve_in_its_own_names() -> None:
    program = """
from typing import get_type_hints
class Box: pass
class Ship:
    load: "Box"
print(get_type_hints(Ship)["load"].__name__, "os" in globals())
"""
    assert run_program(program).stdout == "Box False"


PYTHON_EACH = (
    "ask: multi\ncheck: python each",
    """
    Which keep only safe names?

    - [x] `[a-z]+`
    - [ ] `[a-z]*` :: It lets the empty name through. {star-needs-one}

    ```python hidden
    import re
    print("no" if re.fullmatch(OPTION, "") else "yes")
    ```
    """,
)


@pytest.mark.parametrize(
    ("swap", "says"),
    [
        (("[x] `[a-z]+`", "[x] `[a-z]?`"), '"[a-z]?" is marked right but does not print "yes"'),
        (("[ ] `[a-z]*`", "[ ] `x+`"), '"x+" is marked wrong but does print "yes"'),
        (('"yes")', '"maybe")'), 'prints yes or no for each option; "[a-z]+" gives "maybe"'),
        (("import re\n", ""), "gives NameError: name 're' is not defined"),
    ],
)
def test_options_that_run_otherwise_are_named(prove_it: ProveIt, swap: tuple[str, str], says: str) -> None:
    assert prove_it(*PYTHON_EACH).computed == "[a-z]+"
    assert says in complaint_of(prove_it(*PYTHON_EACH, swap=swap))


def test_a_gap_in_a_program_is_filled_with_each_answer(prove_it: ProveIt) -> None:
    body = """
    Fill the gap so that `f(4)` is 16.

    ```python
    def f(n):
        return n ==**== 2
    ```

    - [ ] `*` :: That is 8. {power-is-times}

    ```python hidden
    print("yes" if f(4) == 16 else "no")
    ```
    """
    assert prove_it("ask: cloze\ncheck: python each", body).computed == "**"
    assert "marked right but" in complaint_of(prove_it("ask: cloze\ncheck: python each", body, ("**", "+")))
