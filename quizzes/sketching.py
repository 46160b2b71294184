"""A new card to begin with: a text that can be read at once, for each way of asking and each engine."""

from datetime import date

from quizzes.cards import Ask

_HEAD = """## {id}
ask: {ask}
check: {check}
topic: {topic}
bloom: apply
level: 2
source: Title of the primary source <https://www.rfc-editor.org/>
since: {since}
"""
_WRONG = "{} :: Why it is wrong, said to whoever picked it. {{{}}}"
_SQL = ("sql", "SELECT '{}'")
_RUNS = {"sql": _SQL, "write-sql": _SQL, "regex": ("python", 're.sub(".+", "{}", "some text")')}
_CHECKS = {"sql": "sql library value", "bigo": "bigo time", "registry": "registry status 404 phrase"}


def sketch(id_: str, ask: Ask, engine: str, topic: str, since: date) -> str:
    """The text of a card that an author writes over."""
    engine = "source" if ask is Ask.SELF else engine
    check = _CHECKS.get(engine, engine if engine == "source" else f"{engine} value")
    head = _HEAD.format(id=id_, ask=ask, check=check, topic=topic, since=since)
    if engine == "source":
        head += f"reviewed: {since}\n"
    return "\n".join([head, *_body(ask, engine), "### Why", "One rule, then the smallest example.", ""])


def _body(ask: Ask, engine: str) -> list[str]:
    if ask is Ask.SELF:
        return ["What is asked?", "", "### Answer", "The answer to compare with.", ""]
    prompt = "Which word stands ==here==?" if ask is Ask.CLOZE else "What is asked?"
    return [prompt, "", *_shown(ask, engine), *_answers(ask), "", *_stand_in(ask, engine)]


def _shown(ask: Ask, engine: str) -> list[str]:
    key = {Ask.NUMBER: "9", Ask.CLOZE: "here", Ask.ORDER: "first\\nsecond\\nthird"}.get(ask, "the key")
    return [*_fence(engine, " hidden" if ask in {Ask.ORDER, Ask.CLOZE} else "", key)]


def _answers(ask: Ask) -> list[str]:
    wrong, other = {Ask.NUMBER: ("8", "7"), Ask.ORDER: ("2 1 3", "3 2 1")}.get(ask, ("wrong", "also wrong"))
    key = {Ask.CLOZE: [], Ask.ORDER: ["1. first", "2. second", "3. third", ""], Ask.NUMBER: ["- [x] 9"]}
    beliefs = [(wrong, "name-of-the-belief"), (other, "name-of-another-belief")]
    return [*key.get(ask, ["- [x] the key"]), *(f"- [ ] {_WRONG.format(text, name)}" for text, name in beliefs)]


def _stand_in(ask: Ask, engine: str) -> list[str]:
    wrong = {Ask.NUMBER: "8", Ask.ORDER: "second\\nfirst\\nthird"}.get(ask, "wrong")
    return _fence(engine, " wrong=name-of-the-belief", wrong)


def _fence(engine: str, role: str, printed: str) -> list[str]:
    if engine in {"source", "registry"}:
        return []
    language, code = _RUNS.get(engine, ("python", 'print("{}")'))
    return [f"```{language}{role}", code.format(printed), "```", ""]
