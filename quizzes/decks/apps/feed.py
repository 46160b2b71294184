"""A small feed of posts, made with Flask 3.1: cards about the design of an API send it requests."""

import json
from copy import deepcopy
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

PAGE, MOST = 3, 5
MERGE_PATCH, JSON_PATCH = "application/merge-patch+json", "application/json-patch+json"
PROBLEMS = "https://feed.example/problems"

app = Flask(__name__)
posts: dict[int, dict[str, Any]] = {
    number: {"title": f"Post {number}", "author": "bob" if number % 3 else "ann", "state": "live"}
    for number in range(1, 10)
}
posts[3]["state"] = "draft"
people: dict[str, Any] = {"ann": {"name": "Ann", "phone": "555", "tags": ["new", "vip"]}}
likes: list[str] = []


def shown(thing: object, status: int = 200, mimetype: str = "application/json") -> Response:
    """Answer with JSON, in the order of the keys."""
    return Response(json.dumps(thing), status, mimetype=mimetype)


@app.errorhandler(HTTPException)
def refuse(error: HTTPException) -> Response:
    """Answer every other refusal in the same shape: about:blank says no more than the status."""
    body = {"type": "about:blank", "title": error.name, "status": error.code}
    return shown(body, error.code or 500, "application/problem+json")


def number_of(name: str, default: int) -> int:
    """Return a whole number of the query, not below 0, or refuse it with 400."""
    text = request.args.get(name, str(default))
    return int(text) if text.isascii() and text.isdecimal() else abort(400)


@app.get("/posts")
def list_posts() -> Response:
    """Show the numbers of a page of posts, newest first, by offset or by the post it goes on before."""
    wanted = {key: request.args[key] for key in ("author", "state") if key in request.args}
    found = [n for n in sorted(posts, reverse=True) if wanted.items() <= posts[n].items()]
    limit = min(number_of("limit", PAGE), MOST)
    if "before" in request.args:
        found = [n for n in found if n < number_of("before", 0)]
    start = number_of("offset", 0)
    page, rest = found[start : start + limit], found[start + limit :]
    answer = shown(page)
    if page and rest:
        answer.headers["Link"] = f'</posts?limit={limit}&before={page[-1]}>; rel="next"'
    answer.set_etag("-".join(map(str, page)))
    answer.make_conditional(request)
    return answer


@app.post("/posts")
def add_post() -> Response:
    """Add a post under the next number."""
    number = max(posts) + 1
    posts[number] = {"author": "ann", "state": "live", **request.get_json()}
    answer = shown({"id": number}, 201)
    answer.headers["Location"] = f"/posts/{number}"
    return answer


@app.get("/posts/<int:number>")
def show_post(number: int) -> Response:
    """Show one post, or say as problem details that there is none."""
    if number not in posts:
        body = {"type": f"{PROBLEMS}/unknown-post", "title": "There is no such post", "status": 404}
        return shown(body, 404, "application/problem+json")
    return shown(posts[number])


@app.patch("/posts/<int:number>")
def change_post(number: int) -> Response:
    """Change the parts of a post that were sent."""
    posts[number] = merged(posts.get(number) or abort(404), request.get_json())
    return shown(posts[number])


@app.delete("/posts/<int:number>")
def remove_post(number: int) -> Response:
    """Remove a post: 204, and 404 once it is gone."""
    if posts.pop(number, None) is None:
        abort(404)
    return Response(status=204)


@app.get("/articles/<slug>")
def show_article(slug: str) -> Response:
    """Show the post whose title now makes this slug."""
    found = [post for post in posts.values() if post["title"].lower().replace(" ", "-") == slug]
    return shown(found[0]) if found else abort(404)


@app.get("/posts/7/likes")
def count_likes() -> Response:
    """Show how many likes post 7 has."""
    return shown(len(likes))


@app.post("/posts/7/likes")
def add_like() -> Response:
    """Add one more like, whoever it is from."""
    likes.append("somebody")
    return shown(len(likes), 201)


@app.put("/posts/7/likes/<name>")
def like(name: str) -> Response:
    """Make it so that this person likes post 7."""
    if name in likes:
        return Response(status=204)
    likes.append(name)
    return Response(status=201)


@app.get("/search")
def search() -> Response:
    """Show what is searched for, as it arrived."""
    return shown(request.args.get("q"))


@app.get("/tags/<name>")
def show_tag(name: str) -> Response:
    """Show the name of a tag."""
    return shown(name)


def merged(old: Any, patch: Any) -> Any:
    """Return what RFC 7396 makes of a value and a merge patch."""
    if not isinstance(patch, dict):
        return patch
    new = dict(old) if isinstance(old, dict) else {}
    for key, value in patch.items():
        if value is None:
            new.pop(key, None)
        else:
            new[key] = merged(new.get(key), value)
    return new


def patched(old: dict[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what RFC 6902 makes of an object: add, remove, replace and test, one or two names deep."""
    new = deepcopy(old)
    for step in steps:
        *way, last = step["path"].strip("/").split("/")
        place = new[way[0]] if way else new
        if isinstance(place, list):
            _change_list(place, last, step)
        else:
            _change_object(place, last, step)
    return new


def _change_list(place: list[Any], last: str, step: dict[str, Any]) -> None:
    index = len(place) if last == "-" else int(last)
    match step["op"]:
        case "add":
            place.insert(index, step["value"])
        case "remove":
            del place[index]


def _change_object(place: dict[str, Any], last: str, step: dict[str, Any]) -> None:
    if step["op"] != "add" and last not in place:
        abort(409)
    match step["op"]:
        case "add" | "replace":
            place[last] = step["value"]
        case "remove":
            del place[last]
        case "test" if place[last] != step["value"]:
            abort(409)


@app.get("/people/<name>")
def show_person(name: str) -> Response:
    """Show one person."""
    return shown(people.get(name) or abort(404))


@app.patch("/people/<name>")
def change_person(name: str) -> Response:
    """Change a person by JSON Merge Patch or by JSON Patch, as Content-Type says; 415 for anything else."""
    change = {MERGE_PATCH: merged, JSON_PATCH: patched}.get(request.mimetype) or abort(415)
    people[name] = change(people.get(name) or abort(404), json.loads(request.get_data()))
    return shown(people[name])
