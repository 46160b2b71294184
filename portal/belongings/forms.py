"""The form that ends an account."""

from flask_wtf import FlaskForm
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length


class LeaveForm(FlaskForm):  # type: ignore[misc]
    """Proof that it is the person themselves."""

    password = PasswordField(
        "Your password",
        [
            InputRequired("Write your password, so that nobody else can do this."),
            Length(max=256, message="A password has at most 256 characters."),
        ],
        render_kw={"autocomplete": "current-password"},
    )
