"""What people type about themselves."""

from zoneinfo import available_timezones

from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than the stubs
    BooleanField,
    IntegerField,
    PasswordField,
    SelectChoice,
    SelectField,
    StringField,
    ValidationError,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Regexp

from portal.accounts.passwords import complaint

NO_ADDRESS = "Write an e-mail address, such as ada@example.org."
ADDRESS = Regexp(r"^[^@\s]+@[^@\s]+\.[^@\s.]+$", message=NO_ADDRESS)
ZONES = sorted(
    zone for zone in available_timezones() if "/" in zone and not zone.startswith(("Etc/", "posix/", "right/"))
)
ZONE_CHOICES = [SelectChoice(zone, zone.replace("_", " ")) for zone in ("UTC", *ZONES)]


def _stripped(text: str | None) -> str | None:
    """Without the space that a phone's keyboard puts behind a word it completes."""
    return text.strip() if text else text


def _email_field() -> StringField:
    keys = {"type": "email", "autocomplete": "username", "inputmode": "email", "autocapitalize": "none"}
    checks = [
        DataRequired("Write your e-mail address."),
        Length(max=254, message="This address is too long."),
        ADDRESS,
    ]
    return StringField("E-mail", checks, filters=[_stripped], render_kw=keys)


def _name_field() -> StringField:
    checks = [
        DataRequired("Write the name you want to be called by."),
        Length(max=80, message="Use at most 80 characters."),
    ]
    return StringField("Name", checks, render_kw={"autocomplete": "name"})


def _zone_field() -> SelectField:
    return SelectField("Time zone", choices=ZONE_CHOICES, default="UTC", validate_choice=True)


class SignUpForm(FlaskForm):  # type: ignore[misc]  # flask-wtf has no types
    """A new account."""

    name = _name_field()
    email = _email_field()
    password = PasswordField(
        "Password", [InputRequired("Choose a password.")], render_kw={"autocomplete": "new-password"}
    )
    zone = _zone_field()

    def validate_password(self, field: PasswordField) -> None:
        """The rules of passwords.py, told in its words."""
        name, email = self.name.data or "", self.email.data or ""
        if (reason := complaint(field.data or "", name, email, email.partition("@")[0])) is not None:
            raise ValidationError(reason)


class SignInForm(FlaskForm):  # type: ignore[misc]
    """Coming back."""

    email = _email_field()
    password = PasswordField(
        "Password",
        [
            InputRequired("Write your password."),
            Length(max=256, message="A password has at most 256 characters."),
        ],
        render_kw={"autocomplete": "current-password"},
    )


class ProfileForm(FlaskForm):  # type: ignore[misc]
    """What a learner decides about their day."""

    name = _name_field()
    zone = _zone_field()
    rollover_hour = IntegerField(
        "The day starts at (hour)",
        [InputRequired("Write an hour from 0 to 23."), NumberRange(0, 23, "Write an hour from 0 to 23.")],
        render_kw={"inputmode": "numeric", "min": 0, "max": 23},
    )
    new_per_day = IntegerField(
        "New cards a day",
        [
            InputRequired("Write a number from 0 to 200."),
            NumberRange(0, 200, "Write a number from 0 to 200."),
        ],
        render_kw={"inputmode": "numeric", "min": 0, "max": 200},
    )
    has_full_scale = BooleanField("Grade with all six grades, 0 to 5")


class MentorForm(FlaskForm):  # type: ignore[misc]
    """Naming a mentor."""

    email = _email_field()

    def __init__(self) -> None:
        super().__init__()
        self.email.label.text = "Your mentor’s e-mail address"
        self.email.render_kw = {**self.email.render_kw, "autocomplete": "off"}


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password for someone who knows the old one."""

    old = PasswordField(
        "Password now",
        [
            InputRequired("Write your password of now."),
            Length(max=256, message="A password has at most 256 characters."),
        ],
        render_kw={"autocomplete": "current-password"},
    )
    password = PasswordField(
        "New password", [InputRequired("Choose a password.")], render_kw={"autocomplete": "new-password"}
    )

    def validate_for(self, *known: str) -> bool:
        """Whether both fields are acceptable for a person with these names; complaints stand at the field."""
        if not self.validate_on_submit():
            return False
        if (reason := complaint(self.password.data or "", *known)) is not None:
            self.password.errors = [reason]
        return reason is None
