"""What learners say about a study session."""

from flask_wtf import FlaskForm
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from portal.study.models import MOST_MINUTES, StudySession

_MINUTES = f"Write a number of minutes from 0 to {MOST_MINUTES}."


class SessionForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """How long a session really was. Its topic is a plain select: the template draws it by steps."""

    minutes = IntegerField(
        "Minutes studied",
        [InputRequired(_MINUTES), NumberRange(0, MOST_MINUTES, _MINUTES)],
        render_kw={"inputmode": "numeric", "min": 0, "max": MOST_MINUTES},
    )

    def validate_for(self, session: StudySession, seconds: int) -> bool:
        """Whether this can be kept; a session that still runs cannot have lasted longer than it has run."""
        is_valid: bool = self.validate_on_submit()
        if self.minutes.process_errors and self.minutes.errors:
            self.minutes.errors = [_MINUTES]
        longest = -(-seconds // 60)
        if is_valid and session.ended_at is None and (self.minutes.data or 0) > longest:
            self.minutes.errors = [f"It started {longest} minutes ago. Write at most that."]
            return False
        return is_valid
