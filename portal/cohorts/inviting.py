"""Invitations and roster files, in the same blueprint: CSV in with a preview, all or nothing, and CSV out."""

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from flask import Response, abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from portal.accounts.models import Cohort
from portal.cohorts import entering, lists, queries, views, ways
from portal.cohorts.forms import FileForm
from portal.cohorts.rostering import place_or_404
from portal.cohorts.views import AT, MOST, cohort_or_404
from portal.db import commit
from portal.htmx import see_other
from portal.login import me, mentor_required, now
from portal.spreadsheets import FileError, csv_pieces, decoded

bp = views.bp  # one blueprint, drawn by several modules
UPLOAD = "cohorts.send_file"
PIECE = 64 * 1024  # bytes that go out at a time
SHOWN = 100  # lines of a file on its preview
HEAD = ["state", "email", "name", "starts_on", "since", "invited_as", "link"]


@bp.url_value_preprocessor
def allow_file(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A roster file may be longer than a form; said before anything reads the request."""
    if endpoint == UPLOAD:
        request.max_content_length = lists.MOST_BYTES + 1_000_000  # so that a file slightly too long is told so
        request.max_form_memory_size = (
            4 * PIECE
        )  # the parser holds a piece of the file against it, and what is left over


@bp.get(f"{AT}/invitations")
@mentor_required
def invitations(cohort_id: int) -> ResponseReturnValue:
    """Whom I invited, what became of it, and the way to invite many at once."""
    return _show_invitations(cohort_or_404(cohort_id), FileForm(formdata=None), [], 200)


def _show_invitations(cohort: Cohort, form: FileForm, complaints: list[str], status: int) -> ResponseReturnValue:
    found, after = ways.invitations(cohort.id, place_or_404())
    page = render_template(
        "cohorts/invitations.html",
        cohort=cohort,
        invitations=found,
        after=after,
        is_first="after" not in request.args,
        waiting=ways.count_invitations(cohort.id),
        form=form,
        complaints=complaints,
    )
    return page, status


@bp.post(f"{AT}/invitations/file")
@mentor_required
def send_file(cohort_id: int) -> ResponseReturnValue:
    """Read a roster file. Right: it waits for my yes. Wrong: its mistakes by line, and nothing is kept."""
    cohort, form = cohort_or_404(cohort_id), FileForm()
    if not form.validate():
        return _show_invitations(cohort, form, [], 422)
    sent: FileStorage = form.file.data
    with sent.stream as opened:
        raw = opened.read(lists.MOST_BYTES + 1)
    try:
        text = decoded(raw, lists.MOST_BYTES)
        lists.read_roster(text)
    except FileError as problem:
        return _show_invitations(cohort, FileForm(formdata=None), problem.complaints, 422)
    entering.keep_upload(me().id, cohort_id, text, now())
    commit()
    return see_other(url_for(".file", cohort_id=cohort_id))


@bp.get(f"{AT}/invitations/file")
@mentor_required
def file(cohort_id: int) -> ResponseReturnValue:
    """What a roster file would do."""
    cohort = cohort_or_404(cohort_id)
    upload = ways.find_upload(me().id, cohort_id)
    if upload is None:
        abort(404)
    read = lists.read_roster(upload.text)
    there, invited = ways.known_addresses(cohort_id)
    new = [line for line in read.lines if line.email not in there and line.email not in invited]
    counts = {
        "new": len(new),
        "there": sum(line.email in there for line in read.lines),
        "invited": sum(line.email in invited for line in read.lines),
    }
    words = {"cohort": cohort, "lines": new[:SHOWN], "ignored": read.ignored, **counts}
    return render_template("cohorts/file.html", **words)


@bp.post(f"{AT}/invitations/file/accept")
@mentor_required
def accept_file(cohort_id: int) -> ResponseReturnValue:
    """Invite everybody of the file who is new, or nobody."""
    cohort_or_404(cohort_id)
    upload = ways.find_upload(me().id, cohort_id)
    if upload is None:
        abort(404)
    count = entering.invite(me().id, cohort_id, lists.read_roster(upload.text).lines, now())
    entering.drop_upload(me().id, cohort_id)
    commit()
    flash(f"{count:,} {'invitation waits' if count == 1 else 'invitations wait'} for an answer.")
    return see_other(url_for(".invitations", cohort_id=cohort_id))


@bp.post(f"{AT}/invitations/file/discard")
@mentor_required
def discard_file(cohort_id: int) -> ResponseReturnValue:
    """Invite nobody of the file."""
    cohort_or_404(cohort_id)
    entering.drop_upload(me().id, cohort_id)
    commit()
    flash("The file is forgotten. Nobody was invited.")
    return see_other(url_for(".invitations", cohort_id=cohort_id))


@bp.post(f"{AT}/invitations/<int(max={MOST}):invitation_id>/revoke")
@mentor_required
def revoke_invitation(cohort_id: int, invitation_id: int) -> ResponseReturnValue:
    """Take an invitation back."""
    cohort_or_404(cohort_id)
    invitation = ways.find_invitation(cohort_id, invitation_id)
    if invitation is None:
        abort(404)
    entering.withdraw_invitation(invitation, now())
    commit()
    flash("The invitation is taken back.")
    return see_other(url_for(".invitations", cohort_id=cohort_id))


@bp.post(f"{AT}/invitations/revoke")
@mentor_required
def revoke_invitations(cohort_id: int) -> ResponseReturnValue:
    """Take every invitation back that waits."""
    cohort_or_404(cohort_id)
    count = entering.withdraw_invitations(cohort_id, now())
    commit()
    flash(f"{count:,} {'invitation is' if count == 1 else 'invitations are'} taken back.")
    return see_other(url_for(".invitations", cohort_id=cohort_id))


# ---- CSV out


@bp.get(f"{AT}/roster.csv")
@mentor_required
def roster_csv(cohort_id: int) -> ResponseReturnValue:
    """Everybody in a cohort and everybody invited, with the links to hand over."""
    cohort_or_404(cohort_id)
    written = tempfile.TemporaryFile()  # noqa: SIM115 - `_pieces` closes it when the answer has gone out
    for line in csv_pieces([row] for row in _rows(cohort_id)):
        written.write(line.encode())
    length = written.tell()
    written.seek(0)
    headers = {"Content-Disposition": f'attachment; filename="roster-{cohort_id}.csv"', "Content-Length": str(length)}
    return Response(_pieces(written), content_type="text/csv; charset=utf-8", headers=headers)


def _rows(cohort_id: int) -> Iterator[list[Any]]:
    yield HEAD
    for one in queries.all_members(cohort_id):
        yield ["member", one.email, one.name, one.starts_on, one.since.date(), one.invited_as, None]
    for invited in ways.all_waiting(cohort_id):
        link = url_for(".join", token=invited.token, _external=True)
        yield ["invited", invited.email, invited.name, invited.starts_on, None, None, link]


def _pieces(written: IO[bytes]) -> Iterator[bytes]:
    with written:
        while piece := written.read(PIECE):
            yield piece
