"""Sign up, sign in, sign out, the profile page, and whom a learner has as mentors."""

from urllib.parse import urlsplit

from flask import (
    Blueprint,
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    session,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_login import login_user
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as BaseResponse

from portal.accounts import actions, passwords, proving, queries
from portal.accounts.forms import MentorForm, PasswordForm, ProfileForm, SignInForm, SignUpForm
from portal.db import commit, start_writing
from portal.htmx import asked, see_other
from portal.login import learner_required, load_me, me, me_or_none, now

bp = Blueprint("accounts", __name__)
THEMES = ("system", "light", "dark")
STILL = "You let them go. They still mentor you through a cohort you belong to."
NO_MATCH = "This address and this password do not belong together. Check both and try again."


@bp.before_app_request
def note_seen() -> None:
    """Once an hour, a form that is sent keeps its session alive (a GET never writes)."""
    if asked().method != "POST" or (who := me_or_none()) is None:
        return
    if now() - who.seen_at > actions.SEEN_EVERY:
        start_writing()
        actions.note_seen(who.session_id, now())
        commit()


@bp.route("/sign-up", methods=["GET", "POST"])
def sign_up() -> ResponseReturnValue:
    """A new account, signed in at once."""
    form = SignUpForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_up.html", form=form), 422 if form.is_submitted() else 200
    subjects = [f"address:{request.remote_addr}"]
    if proving.is_over_limit(subjects):
        return _refuse("accounts/sign_up.html", form, proving.TOO_MANY, 429)
    hashed = passwords.hash_password(form.password.data or "", *proving.pepper_and_cost())
    try:
        user = actions.add_user(form.email.data or "", form.name.data or "", hashed, form.zone.data, now())
    except actions.EmailTaken as problem:
        actions.note_failure(subjects, now())
        commit()
        return _refuse("accounts/sign_up.html", form, f"{problem} Sign in instead.", 422)
    return _enter(user.id, _own_page(request.args.get("next")) or url_for("quizzes.today"))


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    """Back again. Unknown and known addresses get the same words in the same time."""
    form = SignInForm()
    if not form.validate_on_submit():
        return render_template("accounts/sign_in.html", form=form), 422 if form.is_submitted() else 200
    subjects = [f"account:{(form.email.data or '').strip().lower()}"[:64], f"address:{request.remote_addr}"]
    if proving.is_over_limit(subjects):
        return _refuse("accounts/sign_in.html", form, proving.TOO_MANY, 429)
    user_id = proving.proved_user(form.email.data or "", form.password.data or "")
    if user_id is None:
        actions.note_failure(subjects, now())
        commit()
        return _refuse("accounts/sign_in.html", form, NO_MATCH, 422)
    return _enter(user_id, _own_page(request.args.get("next")) or url_for("roadmap.home"))


def _refuse(template: str, form: SignInForm | SignUpForm, reason: str, status: int) -> ResponseReturnValue:
    form.form_errors.append(reason)
    return render_template(template, form=form), status


def _enter(user_id: int, location: str) -> ResponseReturnValue:
    """Open a session under a new id, whatever the browser held before."""
    token = actions.start_session(user_id, _device(), now())
    commit()
    session.clear()
    session.permanent = True
    login_user(load_me(token))
    return see_other(location)


def _device() -> str:
    """A few words for the list of sessions, such as "Firefox on Linux"."""
    agent = request.headers.get("User-Agent", "")
    browser = next((name for name in ("Firefox", "Edg", "Chrome", "Safari") if name in agent), "A browser")
    system = next((name for name in ("Android", "iPhone", "iPad", "Windows", "Mac", "Linux") if name in agent), None)
    browser = "Edge" if browser == "Edg" else browser
    return f"{browser} on {system}" if system else browser


def _own_page(location: str | None) -> str | None:
    """`next=`, when it names a page of ours."""
    if not location or not location.startswith("/") or location.startswith(("//", "/\\")):
        return None
    parts = urlsplit(location)
    if parts.scheme or parts.netloc:
        return None
    try:
        current_app.create_url_adapter(request).match(parts.path, "GET")  # type: ignore[union-attr]
    except HTTPException:
        return None
    return location


@bp.post("/sign-out")
def sign_out() -> ResponseReturnValue:
    """End this session, and tell the browser to forget what it kept."""
    if (who := me_or_none()) is not None:
        actions.end_session(who.id, who.session_id)
        commit()
    return proving.leave()


@bp.route("/me", methods=["GET", "POST"])
@learner_required
def profile() -> ResponseReturnValue:
    """Name, time zone, hour the day starts, new cards a day, and the list of sessions."""
    form = ProfileForm(obj=me())
    if form.validate_on_submit():
        wanted = ("name", "zone", "rollover_hour", "new_per_day", "has_full_scale")
        actions.save_profile(me().id, **{name: form[name].data for name in wanted})
        commit()
        flash("Saved.")
        return see_other(url_for(".profile"))
    return _show_profile(form, PasswordForm(), 422 if form.is_submitted() else 200)


def _show_profile(form: ProfileForm, password_form: PasswordForm, status: int) -> ResponseReturnValue:
    sessions = queries.sessions_of(me().id)
    page = render_template("accounts/profile.html", form=form, password_form=password_form, sessions=sessions)
    return page, status


@bp.post("/me/password")
@learner_required
def password() -> ResponseReturnValue:
    """A new password ends every session; this browser gets a new one."""
    who, form = me(), PasswordForm()
    if not form.validate_for(who.name, who.email):
        return _show_profile(ProfileForm(formdata=None, obj=who), form, 422)
    if proving.proved_user(who.email, form.old.data or "") != who.id:
        form.old.errors = ["This is not your password of now."]
        return _show_profile(ProfileForm(formdata=None, obj=who), form, 422)
    hashed = passwords.hash_password(form.password.data or "", *proving.pepper_and_cost())
    actions.change_password(who.id, hashed)
    answer = _enter(who.id, url_for(".profile"))
    flash("Your password is changed. Every other device is signed out.")  # after _enter, which empties the cookie
    return answer


@bp.post("/me/sessions/<int(max=2147483647):session_id>/end")
@learner_required
def end_session(session_id: int) -> ResponseReturnValue:
    """Sign one of my browsers out."""
    if not actions.end_session(me().id, session_id):
        abort(404)
    commit()
    flash("That device is signed out.")
    return see_other(url_for(".profile"))


@bp.route("/me/mentors", methods=["GET", "POST"])
@learner_required
def mentors() -> ResponseReturnValue:
    """Whom I have as mentors. Unknown addresses and those of learners get the same words, and a limit."""
    who, form = me(), MentorForm()
    if not form.validate_on_submit():
        return _show_mentors(form, 422 if form.is_submitted() else 200)
    subjects = [f"mentors:{who.id}"]
    if queries.is_over_limit(subjects, now()):
        form.email.errors = [proving.TOO_MANY]
        return _show_mentors(form, 429)
    try:
        name = actions.begin_mentorship(who.id, form.email.data or "", now())
    except actions.NotAMentor as problem:
        actions.note_failure(subjects, now())
        commit()
        form.email.errors = [f"{problem} Ask them for the one they signed up with."]
        return _show_mentors(form, 422)
    commit()
    flash(f"{name} is your mentor now. They see nothing of your journal until you share an entry.")
    return see_other(url_for(".mentors"))


def _show_mentors(form: MentorForm, status: int) -> ResponseReturnValue:
    mine, former = queries.my_mentors(me().id), queries.former_mentors_of(me().id)
    return render_template("accounts/mentors.html", form=form, mentors=mine, former=former), status


@bp.post("/me/mentors/<int(max=2147483647):mentor_id>/end")
@learner_required
def end_mentorship(mentor_id: int) -> ResponseReturnValue:
    """Let a mentor go. From their next request on they see nothing of mine."""
    if not actions.end_mentorship(me().id, mentor_id, now()):
        abort(404)
    is_open = queries.is_mentor_of(mentor_id, me().id)
    commit()
    flash(STILL if is_open else "They are not your mentor any more, and nothing of your journal is open to them.")
    return see_other(url_for(".mentors"))


@bp.post("/theme")
def theme() -> ResponseReturnValue:
    """System, light or dark, kept in a cookie of this browser."""
    chosen = request.form.get("theme", "")
    if chosen not in THEMES:
        abort(422, "A theme is system, light or dark.")
    response = redirect(_own_page(request.form.get("next")) or url_for("roadmap.home"), 303)
    _keep_theme(response, chosen)
    return response


def _keep_theme(response: BaseResponse, chosen: str) -> None:
    secure = current_app.config["SESSION_COOKIE_SECURE"]
    if chosen == "system":
        response.delete_cookie("theme", secure=secure, samesite="Lax")
    else:
        response.set_cookie("theme", chosen, max_age=31_536_000, secure=secure, httponly=True, samesite="Lax")
