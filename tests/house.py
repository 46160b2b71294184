"""The house rules (CONTRIBUTING.md, "The house"): each reads a folder and names every breach by file and line."""

import ast
import gzip
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

Rule = Callable[[Path], list[str]]
FOLDERS = ("portal", "quizzes", "tests", "bench", "migrations")
PRODUCT = ("portal", "quizzes", "wsgi")

FEATURES = (  # right may import left, never back
    "accounts",
    "quizzes",
    "journal",
    "study",
    "plan",
    "progress",
    "decks",
    "cohorts",
    "projects",
    "feedback",
    "assignments",
    "mentoring",
    "roadmap",
    "belongings",
)
SHARED = {"models", "queries", "catalogue", "words"}  # what one feature may use of another
FOR_ALL = {  # whichever side they stand on; they use no feature's tables themselves
    "portal.roadmap.content": "topics, steps and projects are named in its text files, and in no table",
}
ACROSS: dict[tuple[str, str], str] = {
    ("portal.login", "portal.accounts.models"): "one statement reads session and person: no feature can do that for it",
    ("portal.looking", "portal.accounts.actions"): "who looked at what is one list, written in one way",
    (
        "portal.roadmap.views",
        "portal.journal.notes",
    ): "a topic's page holds its notes, forms and all, also without JavaScript",
    ("portal.plan.breaks", "portal.quizzes.moving"): "a break moves cards, and only their own feature writes their log",
    ("portal.mentoring.facts", "portal.quizzes.history"): "rows of the log become the engine's events in one place",
    ("portal.mentoring.verifying", "portal.quizzes.history"): "rows of the log become the engine's events in one place",
    ("portal.progress.queries", "portal.quizzes.digests"): "a day that is not digested yet is read by what digests it",
    ("portal.quizzes.choosing", "portal.study.queries"): "a new card takes as long there as in the forecast it links",
    ("portal.mentoring.refresher", "portal.quizzes.counting"): "one thread does all that is done beside the requests",
    ("portal.mentoring.portrait", "portal.journal.threads"): "one condition decides which entries are open to whom",
    (
        "portal.cohorts.actions",
        "portal.accounts.actions",
    ): "a guess at a code is counted where failed sign-ins are, in one table with one limit",
    ("portal.projects.views", "portal.journal.threads"): "one condition decides which entries are open to whom",
    ("portal.feedback.waiting", "portal.journal.threads"): "one condition decides which entries are open to whom",
    ("portal.feedback.queries", "portal.mentoring.models"): "a prepared message is part of the same conversation",
    (
        "portal.assignments.queries",
        "portal.mentoring.models",
    ): "whether anybody answered is one entry of an index",
    ("portal.assignments.actions", "portal.quizzes.calling"): "a task calls cards, and only their feature writes calls",
    ("portal.decks.serving", "portal.quizzes.calling"): "only the cards' own feature writes calls",
    ("portal.decks.serving", "portal.quizzes.loading"): "what becomes of a card is told to its learners in one way",
    ("portal.cohorts.actions", "portal.decks.serving"): "whoever comes or goes takes the cohort's cards along, or not",
    ("portal.cohorts.views", "portal.decks.serving"): "decks carry the name of their cohort",
    ("portal.belongings.views", "portal.accounts.proving"): "one way to prove who somebody is, one to end a session",
    ("portal.belongings.bringing", "portal.quizzes.calling"): "only the cards' own feature writes calls",
    ("portal.belongings.bringing", "portal.quizzes.making"): "own cards are made in one way",
    ("portal.belongings.bringing", "portal.quizzes.verifying"): "states are made from a log in one way",
    ("portal.belongings.views", "portal.accounts.actions"): "a wrong password counts the same wherever it is typed",
    ("portal.roadmap.views", "portal.quizzes.trying"): "the front page holds the try-it card itself, not a link to it",
}
COMMITS: dict[str, str] = {  # beside views
    "portal.authoring": "a command commits, as a view does",
    "portal.cli": "a command commits, as a view does",
    "portal.db": "it is what commits",
    "portal.lines": "it is what commits",
    "portal.mentoring.refresher": "a command that starts by itself",
    "portal.looking": "that a mentor looked is kept before anything is read, whatever becomes of the page",
}
ENTRANCES = {"portal", "portal.authoring", "portal.cli"}  # they put the features together, so they may know all of them
DEMONSTRATION = "portal.demo."  # invented people use every feature, by its own actions
ENGINE_LIBRARIES = {"quizzes", "markdown_it", "pygments"}
CLOCKS_AND_CHANCE = {"random", "secrets", "time", "uuid"}
THE_CLOCK = "portal.login"
LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_TEST, LONGEST_TEMPLATE = 400, 35, 60, 100
FORBIDDEN = re.compile(r"(manager|handler|helper|util|utility|utilitie|misc|process|data|info)s?", re.IGNORECASE)
NAMED_BY_LIBRARIES = {
    "load_dialect_impl",
    "process_bind_param",
    "process_result_value",  # SQLAlchemy's TypeDecorator
    "process_formdata",  # WTForms
}
HTMX = "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130"  # dist/htmx.min.js of htmx.org 4.0.1
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


@dataclass(frozen=True)
class Module:
    """A Python file: `name` is what imports call it, `place` its path below the project."""

    name: str
    place: str
    text: str
    tree: ast.Module

    @property
    def role(self) -> str:
        """The last part of its name: views, models, ..."""
        return self.name.rpartition(".")[2]

    @property
    def feature(self) -> str | None:
        """The feature it belongs to, if any."""
        parts = self.name.split(".")
        return parts[1] if parts[0] == "portal" and len(parts) > 1 and parts[1] in FEATURES else None


@cache
def modules(root: Path) -> list[Module]:
    """Every Python module of the project."""
    paths = [*root.glob("*.py"), *(path for folder in FOLDERS for path in sorted((root / folder).rglob("*.py")))]
    return [_module(root, path) for path in paths]


def _module(root: Path, path: Path) -> Module:
    parts = path.relative_to(root).with_suffix("").parts
    text = path.read_text()
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path.relative_to(root).as_posix(), text, ast.parse(text))


def product(root: Path) -> list[Module]:
    """The modules that people use, without tests, benchmarks and migrations."""
    return [module for module in modules(root) if module.place.startswith(PRODUCT)]


def imports(module: Module) -> Iterator[tuple[int, str, str]]:
    """(line, module, name) of each import: `from a.b import c` is ("a.b", "c"), `import a.b` is ("a.b", "")."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield from ((node.lineno, node.module or "", alias.name) for alias in node.names)


def attributes(module: Module) -> Iterator[tuple[int, str, str]]:
    """(line, what it is taken from, attribute) of each `a.b`; for `x.y.b` the last part, `y`, counts."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            yield node.lineno, name, node.attr


def engine_imports(root: Path) -> list[str]:
    """The engine uses Python, itself and two libraries that render text. Reference apps are cards, not engine."""
    return [
        f"{module.place}:{line}: the engine imports {source}"
        for module in modules(root)
        if module.name.split(".")[0] == "quizzes" and not module.place.startswith("quizzes/decks/apps/")
        for line, source, _ in imports(module)
        if source.split(".")[0] not in ENGINE_LIBRARIES | sys.stdlib_module_names
    ]


def engine_clock(root: Path) -> list[str]:
    """Time and seeds are arguments of the engine. What proves cards (quizzes/truth) may wait for a program to end."""
    pure = [m for m in modules(root) if m.place.startswith("quizzes/") and not m.place.startswith("quizzes/truth/")]
    chance = [
        f"{module.place}:{line}: the engine imports {source}"
        for module in pure
        for line, source, _ in imports(module)
        if source.split(".")[0] in CLOCKS_AND_CHANCE
    ]
    return chance + [breach for module in pure for breach in _clock_readings(module)]


def _clock_readings(module: Module) -> list[str]:
    return [
        f"{module.place}:{line}: reads the clock ({owner}.{name})"
        for line, owner, name in attributes(module)
        if (owner, name) in {("time", "time"), ("time", "time_ns")}
        or (owner in {"datetime", "date"} and name in {"now", "utcnow", "today"})
    ]


def one_clock(root: Path) -> list[str]:
    """The application reads the clock in one place; models, queries and actions do not even know that place."""
    portal = [module for module in product(root) if module.name.split(".")[0] == "portal"]
    readings = [breach for module in portal if module.name != THE_CLOCK for breach in _clock_readings(module)]
    return readings + [
        f"{module.place}:{line}: asks for now(); the moment is an argument here"
        for module in portal
        if _is_below_views(module)
        for line, source, name in imports(module)
        if (source, name) == (THE_CLOCK, "now")
    ]


def _is_below_views(module: Module) -> bool:
    return module.role in SHARED | {"actions"} or module.name in FOR_ALL


def knows_no_http(root: Path) -> list[str]:
    """Models, queries and actions know no request, no template, no form and no htmx."""
    of_login = {"me", "me_or_none", "learner_required", "mentor_required"}
    return [
        f"{module.place}:{line}: {module.role} imports {source} {name}".rstrip()
        for module in product(root)
        if _is_below_views(module)
        for line, source, name in imports(module)
        if source.split(".")[0] in {"flask", "flask_login", "flask_wtf", "wtforms", "werkzeug", "jinja2"}
        or source in {"portal.htmx", "portal.errors"}
        or name in {"htmx", "errors"}
        or (source == THE_CLOCK and name in of_login)
        or {"forms", "views"} & {source.rpartition(".")[2], name}
    ]


def layers(root: Path) -> list[str]:
    """views -> actions -> queries -> models -> portal.db, and never back."""
    above = {"models": {"queries", "actions"}, "queries": {"actions"}}
    return [
        f"{module.place}:{line}: {module.role} imports {source} {name}".rstrip()
        for module in product(root)
        for line, source, name in imports(module)
        if above.get(module.role, set()) & {source.rpartition(".")[2], name}
        or (module.role == "models" and source.startswith("portal") and source != "portal.db")
    ]


def across_features(root: Path) -> list[str]:
    """A feature uses what is shared of the features left of it; what all features share uses none of them."""
    return [
        f"{module.place}:{line}: imports {target}"
        for module, line, target in _crossings(root)
        if (module.name, target) not in ACROSS
    ]


def _crossings(root: Path) -> Iterator[tuple[Module, int, str]]:
    """(module, line, what it imports) of each import that needs an exception."""
    for module in product(root):
        for line, source, name in imports(module):
            parts = [*source.split("."), *([name] if source.count(".") == 1 and name else [])]
            used = parts[1] if parts[0] == "portal" and len(parts) > 1 and parts[1] in FEATURES else None
            if used is None or used == module.feature or _knows_all(module.name):
                continue
            target = ".".join(parts[:3])
            is_shared = len(parts) > 2 and parts[2] in SHARED
            is_for_all = target in FOR_ALL and module.feature is not None
            if not is_for_all and not (is_shared and _is_left(used, module)):
                yield module, line, target


def _is_left(feature: str, module: Module) -> bool:
    own = None if module.name in FOR_ALL else module.feature
    return own is not None and FEATURES.index(feature) < FEATURES.index(own)


def _knows_all(name: str) -> bool:
    return name in ENTRANCES or name.startswith(DEMONSTRATION)


def needless_exceptions(root: Path) -> list[str]:
    """An exception that nobody needs any more is taken off its list."""
    crossing = {(module.name, target) for module, _, target in _crossings(root)}
    named = {node.name for m in modules(root) for node in ast.walk(m.tree) if isinstance(node, ast.FunctionDef)}
    committing = {module.name for module in modules(root) if _commit_lines(module)}
    return [
        *(f"{name} needs no exception for {target}" for name, target in ACROSS if (name, target) not in crossing),
        *(f"{name} does not commit" for name in COMMITS if name not in committing),
        *(f"no function is called {name}" for name in sorted(NAMED_BY_LIBRARIES - named)),
    ]


def commits(root: Path) -> list[str]:
    """Only a view or a command commits, once its work is done; and what stands in COMMITS, with its reason."""
    return [
        f"{module.place}:{line}: commits"
        for module in product(root)
        if not _has_blueprint(module) and module.name not in COMMITS
        for line in _commit_lines(module)
    ]


def _commit_lines(module: Module) -> list[int]:
    found = (*attributes(module), *imports(module))
    return [line for line, _, name in found if name in {"commit", "commit_and_read_on"}]


def _has_blueprint(module: Module) -> bool:
    return any(isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "bp" for node in module.tree.body)


def queries_only_read(root: Path) -> list[str]:
    """No INSERT, UPDATE or DELETE in queries.py, neither by SQLAlchemy nor in words."""
    writes, kept = {"insert", "update", "delete"}, {"add", "add_all", "delete", "merge", "flush", "bulk_save_objects"}
    found = []
    for module in product(root):
        if module.role != "queries":
            continue
        found += [
            (module, line, name) for line, source, name in imports(module) if name in writes and source[:3] == "sql"
        ]
        found += [(module, line, name) for line, owner, name in attributes(module) if owner == "db" and name in writes]
        found += [
            (module, line, name) for line, owner, name in attributes(module) if owner == "session" and name in kept
        ]
        for node in ast.walk(module.tree):
            if isinstance(node, ast.Constant) and re.match(r"\s*(INSERT|UPDATE|DELETE)\b", str(node.value)):
                found.append((module, node.lineno, str(node.value)[:12]))
    return [f"{module.place}:{line}: a query changes something ({name})" for module, line, name in found]


def empty_modules(root: Path) -> list[str]:
    """A file that says nothing is not made."""
    return [
        f"{module.place}: is empty"
        for module in modules(root)
        if not module.place.endswith("__init__.py")
        and len(module.tree.body) <= (ast.get_docstring(module.tree) is not None)
    ]


def docstrings(root: Path) -> list[str]:
    """Each module says in a sentence what it is for; in the product, so does each public function and class."""
    found = []
    for module in modules(root):
        if not module.tree.body or module.place.startswith("migrations/versions/"):
            continue
        first = (ast.get_docstring(module.tree) or "").partition("\n")[0]
        if not first.endswith((".", "?")):
            found.append(f"{module.place}:1: the module's docstring does not begin with a sentence")
        if not module.role.startswith("test_") and not module.place.startswith("migrations/"):
            found += [f"{module.place}:{line}: {name} has no docstring" for line, name in _undocumented(module.tree)]
    return found


def _undocumented(tree: ast.Module | ast.ClassDef) -> Iterator[tuple[int, str]]:
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        if node.name not in NAMED_BY_LIBRARIES and not ast.get_docstring(node):
            yield node.lineno, node.name
        if isinstance(node, ast.ClassDef) and "Protocol" not in map(ast.unparse, node.bases):
            yield from _undocumented(node)


def forbidden_names(root: Path) -> list[str]:
    """Names say what a thing is; manager, handler and the like say nothing."""
    found = [f"{module.place}: its own name" for module in modules(root) if _says_nothing(module.name)]
    for module in modules(root):
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef) and _says_nothing(node.name):
                found.append(f"{module.place}:{node.lineno}: {node.name}")
    return found


def _says_nothing(name: str) -> bool:
    if name.startswith("test_"):  # a sentence, not a name
        return False
    words = re.split(r"[._]|(?<=[a-z])(?=[A-Z])", name)
    return name not in NAMED_BY_LIBRARIES and any(FORBIDDEN.fullmatch(word) for word in words)


def long_functions(root: Path) -> list[str]:
    """A function fits on a screen. Functions inside it are counted by themselves."""
    found = []
    for module in modules(root):
        longest = LONGEST_FUNCTION if module.place.startswith(PRODUCT) else LONGEST_TEST
        for node in ast.walk(module.tree):
            if not isinstance(node, ast.FunctionDef) or module.place.startswith("migrations/versions/"):
                continue
            if (lines := _own_lines(node)) > longest:
                found.append(f"{module.place}:{node.lineno}: {node.name} has {lines} lines, {longest} are allowed")
    return found


def _own_lines(function: ast.FunctionDef) -> int:
    inner = [node for node in function.body if isinstance(node, ast.FunctionDef)]
    return _lines(function) - sum(_lines(node) for node in inner)


def _lines(node: ast.FunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1


def long_modules(root: Path) -> list[str]:
    """A product module can be read in one go."""
    sizes = [(module.place, module.text.count("\n")) for module in product(root)]
    return [f"{place}: {lines} lines, {LONGEST_MODULE} are allowed" for place, lines in sizes if lines > LONGEST_MODULE]


def coroutines(root: Path) -> list[str]:
    """No function of the portal is a coroutine: its application does not look for any (portal/__init__.py)."""
    return [
        f"{module.place}:{node.lineno}: {node.name} is a coroutine"
        for module in product(root)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.AsyncFunctionDef)
    ]


def eager_relationships(root: Path) -> list[str]:
    """A relationship that is not loaded on purpose raises: an N+1 is an error, not a slow page."""
    return [
        f'{module.place}:{node.lineno}: a relationship without lazy="raise"'
        for module in product(root)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and ast.unparse(node.func).rpartition(".")[2] == "relationship"
        and not any(word.arg == "lazy" and ast.unparse(word.value) == "'raise'" for word in node.keywords)
    ]


def tests_in_folders(root: Path) -> list[str]:
    """tests/quizzes/__init__.py would hide the engine, so tests/ is flat."""
    return [path.relative_to(root).as_posix() for path in (root / "tests").glob("*/**/*.py")]


# ---- templates

TAG = re.compile(r"<(?P<name>[a-z][a-z0-9]*)\b(?P<rest>(?:{{.*?}}|{%.*?%}|[^<>])*)>", re.DOTALL)
FORM = re.compile(r"<form\b(?P<head>(?:{{.*?}}|{%.*?%}|[^<>])*)>(?P<body>.*?)</form>", re.DOTALL)
MACRO = re.compile(r"{%-? macro (?P<name>\w+)\(.*?%}(?P<body>.*?){%-? endmacro", re.DOTALL)
BLOCK_SET = re.compile(r"{%-? set (?P<name>\w+) -?%}(?P<body>.*?){%-? endset", re.DOTALL)


def templates(root: Path) -> list[tuple[str, str]]:
    """(place, text) of each template."""
    paths = sorted((root / "portal" / "templates").rglob("*.html"))
    return [(path.relative_to(root).as_posix(), path.read_text()) for path in paths]


def _at(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1


def template_heads(root: Path) -> list[str]:
    """A template begins with a comment (who shows it, what it takes) or with the page it extends."""
    return [f"{place}:1: no comment" for place, text in templates(root) if not re.match(r"{#-? |{% extends ", text)]


def long_templates(root: Path) -> list[str]:
    """A template can be seen whole."""
    sizes = [(place, text.count("\n")) for place, text in templates(root)]
    return [
        f"{place}: {lines} lines, {LONGEST_TEMPLATE} are allowed" for place, lines in sizes if lines > LONGEST_TEMPLATE
    ]


def inline_code(root: Path) -> list[str]:
    """Our content security policy forbids inline script and style, and what htmx would need eval for."""
    forbidden = re.compile(
        r"<style\b|<script\b(?![^>]*\bsrc=)|\s(?:style|on[a-z]+|hx-on[\w:-]*)\s*=|javascript:"
        r"|hx-vals\s*=\s*[\"']\s*js:|hx-trigger\s*=\s*[\"'][^\"']*\[",
        re.IGNORECASE,
    )
    return [
        f"{place}:{_at(text, match.start())}: {match[0].strip()}"
        for place, text in templates(root)
        for match in forbidden.finditer(text)
    ]


def forms_without_token(root: Path) -> list[str]:
    """Every form that posts carries the CSRF token, itself or in a block set in the same template."""
    found = []
    for place, text in templates(root):
        carriers = [match["name"] for match in BLOCK_SET.finditer(text) if "csrf" in match["body"]]
        posting = [match["name"] for match in MACRO.finditer(text) if re.match(r'\s*method="post"', match["body"])]
        for form in FORM.finditer(text):
            is_post = 'method="post"' in form["head"] or any(f"{{{{ {name}(" in form["head"] for name in posting)
            has_token = re.search(r"csrf(_token)?\(\)", form["body"]) or any(
                f"{{{{ {name} }}}}" in form["body"] for name in carriers
            )
            if is_post and not has_token:
                found.append(f"{place}:{_at(text, form.start())}: a form that posts without csrf()")
    return found


def htmx_without_address(root: Path) -> list[str]:
    """Beside hx-post and hx-get stands the same address as action, formaction or href: it works without JavaScript."""
    found = []
    for place, text in templates(root):
        for match in re.finditer(r'hx-(post|get|put|patch|delete)="([^"]*)"', text):
            start = max(text.rfind("<", 0, match.start()), text.rfind("%}", 0, match.start()))
            ends = [end for end in (text.find(">", match.end()), text.find("{%", match.end())) if end >= 0]
            around = text[start : min(ends, default=len(text))]
            names = {"post": ("action", "formaction"), "get": ("href", "action")}.get(match[1], ())
            if not any(re.search(rf'(?<![\w-]){name}="{re.escape(match[2])}"', around) for name in names):
                found.append(f"{place}:{_at(text, match.start())}: {match[0]} without the same address for plain HTML")
    return found


# ---- files


def vendored_htmx(root: Path) -> list[str]:
    """The vendored htmx is the one we read, and its note says so."""
    folder = root / "static" / "vendor"
    found = sha256((folder / "htmx.min.js").read_bytes()).hexdigest()
    breaches = [] if found == HTMX else [f"static/vendor/htmx.min.js: its sha256 is {found}"]
    is_noted = found in (folder / "README.md").read_text()
    return breaches if is_noted else [*breaches, "static/vendor/README.md: does not name the sha256 of htmx.min.js"]


def lock_file(root: Path) -> list[str]:
    """requirements.lock pins and hashes everything pyproject.toml asks for, and says nothing of where it came from."""
    text = (root / "requirements.lock").read_text()
    entries = re.split(r"\n(?=\S)", text.strip())
    found = [
        f"requirements.lock: {entry.splitlines()[0]} is not pinned and hashed"
        for entry in entries
        if not re.match(r"[\w.-]+==\S+ ?[^\n]*\\\n( +--hash=sha256:[0-9a-f]{64}( \\)?\n?)+$", entry)
    ]
    found += [f"requirements.lock: says {word}" for word in ("://", "--index", "--find-links") if word in text]
    locked = {re.split(r"[=\s]", entry)[0].lower().replace("_", "-") for entry in entries}
    project = tomllib.loads((root / "pyproject.toml").read_text())
    wanted = [
        *project.get("build-system", {}).get("requires", []),
        *project["project"]["dependencies"],
        *project["project"]["optional-dependencies"]["dev"],
    ]
    names = [re.split(r"[\[<>=;\s~!]", line)[0].lower().replace("_", "-") for line in wanted]
    return found + [f"requirements.lock: {name} is missing" for name in names if name not in locked]


def files(root: Path) -> list[Path]:
    """What git keeps or would keep; without git, everything that does not look made."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=root, capture_output=True, check=False)
    if listed.returncode == 0:
        return [path for name in listed.stdout.decode().split("\0") if name and (path := root / name).is_file()]
    made = {"__pycache__", "instance"}
    parents = {path: path.relative_to(root).parts[:-1] for path in root.rglob("*") if path.is_file()}
    return [path for path, names in parents.items() if not any(name in made or name[0] == "." for name in names)]


def texts(root: Path) -> Iterator[tuple[str, str]]:
    """(place, text) of every text file."""
    for path in files(root):
        try:
            yield path.relative_to(root).as_posix(), path.read_text()
        except UnicodeDecodeError:
            continue


def unfinished(root: Path) -> list[str]:
    """What is to be done stands in an issue, not in the code."""
    return [
        f"{place}:{_at(text, match.start())}: {match[0]}"
        for place, text in texts(root)
        if "vendor/" not in place
        for match in UNFINISHED.finditer(text)
    ]


def names_of_this_machine(root: Path, *names: str) -> list[str]:
    """No file tells where it was made: neither this folder nor `names`, the package index this machine uses."""
    folder = [root.resolve().as_posix()] if len(root.resolve().parts) > 2 else []
    wanted = re.compile("|".join(rf"(?<![\w.-]){re.escape(name)}(?![\w-])" for name in [*folder, *names]) or r"(?!)")
    return [
        f"{place}:{_at(text, match.start())}: names this machine's {match[0]}"
        for place, text in texts(root)
        for match in wanted.finditer(text)
    ]


def heavy_files(root: Path) -> list[str]:
    """Gzipped, the sheet stays under 12 KB and the script under 5 KB."""
    sheet = len(gzip.compress((root / "static" / "site.css").read_bytes(), 9))
    script = len(gzip.compress((root / "static" / "site.js").read_bytes(), 9))
    found = [] if sheet < 12 * 1024 else [f"static/site.css: {sheet} bytes gzipped"]
    return found if script < 5 * 1024 else [*found, f"static/site.js: {script} bytes gzipped"]


def forked_migrations(root: Path) -> list[str]:
    """Migrations are one line from the first to the last, each in a file named after its revision."""
    steps: dict[str, str | None] = {}
    found = []
    for path in sorted((root / "migrations" / "versions").glob("*.py")):
        values = _constants(path)
        steps[values["revision"] or ""] = values["down_revision"]
        if not path.name.startswith(f"{values['revision']}_"):
            found.append(f"{path.name}: is revision {values['revision']}")
    befores = list(steps.values())
    found += [f"two migrations follow {before}" for before in sorted({str(b) for b in befores if befores.count(b) > 1})]
    lost = [(step, before) for step, before in steps.items() if before not in {None, *steps}]
    found += [f"{step} follows {before}, which is not there" for step, before in lost]
    return found if None in befores else [*found, "no migration is the first"]


def _constants(path: Path) -> dict[str, str | None]:
    """The names a module sets to a string or None."""
    return {
        ast.unparse(node.targets[0]): None if node.value.value is None else str(node.value.value)
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
    }
