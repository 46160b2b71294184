"""When the rules of a cohort begin to speak: read, changed and reset; in the blueprint of the morning."""

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.accounts.models import Cohort
from portal.db import commit
from portal.htmx import see_other
from portal.login import mentor_required
from portal.mentoring import actions, views
from portal.mentoring.forms import RulesForm
from portal.mentoring.refreshing import limits_of
from portal.mentoring.views import cohort_or_404
from quizzes.thresholds import EVERY, Thresholds

bp = views.bp  # one blueprint, drawn by several modules
_CHANGED = "Kept. Everybody is looked at again by these rules within a minute or two."
_SAME = "These are the rules you had. Nothing changed."


@bp.get(f"{views.COHORT}/rules")
@mentor_required
def rules(cohort_id: int) -> ResponseReturnValue:
    """The thresholds of a cohort, each with what it means."""
    cohort = cohort_or_404(cohort_id)
    return _show(cohort, RulesForm(limits_of(cohort.rules)))


def _show(cohort: Cohort, form: RulesForm, status: int = 200) -> tuple[str, int]:
    is_own = any(form.values[one.name] != str(one.default) for one in EVERY)
    return render_template("mentoring/rules.html", cohort=cohort, form=form, every=EVERY, is_own=is_own), status


@bp.post(f"{views.COHORT}/rules")
@mentor_required
def save_rules(cohort_id: int) -> ResponseReturnValue:
    """Keep other thresholds."""
    cohort = cohort_or_404(cohort_id)
    form = RulesForm(Thresholds(), request.form)
    thresholds = form.thresholds()
    return _show(cohort, form, 422) if thresholds is None else _keep(cohort, thresholds)


@bp.post(f"{views.COHORT}/rules/reset")
@mentor_required
def reset_rules(cohort_id: int) -> ResponseReturnValue:
    """Go back to the usual thresholds."""
    return _keep(cohort_or_404(cohort_id), Thresholds())


def _keep(cohort: Cohort, thresholds: Thresholds) -> ResponseReturnValue:
    location = url_for("mentoring.rules", cohort_id=cohort.id)
    flash(_CHANGED if actions.change_rules(cohort, thresholds) else _SAME, "good")
    commit()
    return see_other(location)
