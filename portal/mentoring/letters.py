"""Prepared messages of a mentor to a learner, one for each rule; they are edited before they are sent."""

from quizzes.needs import Reason, Rule

OPENING = "Hello {name},\n\n"
PREPARED = {
    Rule.QUIET: "I have not seen you for a while: {words}. Life happens. Ten cards are enough to come back, the rest "
    "is spread over two weeks. Is anything in the way that I can help with?",
    Rule.UNSTARTED: "Welcome. I saw that you {words}. The first card takes about a minute: open Today and answer it. "
    "Is anything unclear, or in the way?",
    Rule.BEHIND: "I looked at your plan ({words}). A smaller plan that you keep does more than a large one, and fewer "
    "hours are a fair answer to full weeks. Shall we look at it together?",
    Rule.STUCK: "I saw that you are {words}. That happens to most people there. Read the lesson once more, beginning "
    "with its example, and tell me which part stays unclear: we look at it together.",
    Rule.PILE: "I saw that {words}. You need not do them in one go: twenty a day bring a pile down, and new cards can "
    "wait meanwhile. What would help you most?",
    Rule.FELL: "I saw that {words}. A few short reviews bring most of it back. If something there never made sense, "
    "tell me which part.",
    Rule.CRAMMED: "I saw that {words}. The same minutes spread over the week keep more of it: ten cards a day are "
    "enough. Which times of the day could work for you?",
    Rule.LEECHES: "I saw that you have {words}. Such cards are mostly unclear rather than hard. Put them aside, or "
    "make one of your own from them; I gladly look at them with you.",
    Rule.FIRST_CARD: "I saw that you {words}. A good beginning. A few cards a day are all it takes.",
    Rule.CAME_BACK: "I saw that you {words}. Coming back is the hardest part, and you did it. Well done.",
    Rule.CLEARED: "I saw that you {words}. That took patience. Well done.",
    Rule.STEADY: "I saw your {words}. That is how it stays in mind. Well done.",
    Rule.RISEN: "I saw that {words}. That is your work. Well done.",
}
UNASKED = "How is it going? Is there something I can help with?"
ABOUT = {
    Rule.QUIET: "quiet",
    Rule.UNSTARTED: "not begun",
    Rule.BEHIND: "behind the plan",
    Rule.STUCK: "stuck",
    Rule.PILE: "cards pile up",
    Rule.FELL: "recall fell",
    Rule.CRAMMED: "crams",
    Rule.LEECHES: "hard cards",
    Rule.FIRST_CARD: "first card",
    Rule.CAME_BACK: "came back",
    Rule.CLEARED: "caught up",
    Rule.STEADY: "in rhythm",
    Rule.RISEN: "a topic rose",
}


def prepared(name: str, reason: Reason | None, mentor: str) -> str:
    """The message to a learner about a reason, or about nothing in particular."""
    text = UNASKED if reason is None else PREPARED[reason.rule].format(words=reason.words)
    return f"{OPENING.format(name=name)}{text}\n\n{mentor}"


def about(rule: str) -> str:
    """What a message was about, in a word or two."""
    return ABOUT[Rule(rule)] if rule else "how it is going"
