"""What learners choose to show."""

from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length
from wtforms.widgets import CheckboxInput, ListWidget


class SkillsForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """The name on the public page, and the claims that stand on it."""

    shown_name = StringField(
        "Name on the page",
        [DataRequired("Write the name people should read."), Length(max=80, message="Use at most 80 characters.")],
        filters=[lambda text: text.strip() if text else text],
        render_kw={"autocomplete": "name"},
    )
    claims = SelectMultipleField("What you show", widget=ListWidget(prefix_label=False), option_widget=CheckboxInput())
