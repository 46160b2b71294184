"""Addresses of the pages that a mentor goes to from the morning: the one place that knows them."""

LEARNER = "/cohorts/{cohort}/learners/{learner}"
COHORTS = "/cohorts"


def learner(cohort_id: int, learner_id: int, evidence: str = "") -> str:
    """The page of a learner; `evidence` (quizzes.needs.Reason) is where on it to look."""
    anchor = f"#{evidence.replace(':', '-', 1)}" if evidence else ""
    return LEARNER.format(cohort=cohort_id, learner=learner_id) + anchor


def heat(cohort_id: int) -> str:
    """What is remembered, learner by topic."""
    return f"{COHORTS}/{cohort_id}/heat"


def roster(cohort_id: int) -> str:
    """Who belongs to the cohort, and how to join it."""
    return f"{COHORTS}/{cohort_id}/roster"
