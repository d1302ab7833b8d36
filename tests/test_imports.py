"""Who may import whom: the rooms of the design, kept by reading the imports."""

import ast
import io
import tokenize
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PURE = frozenset(
    (
        *("base64", "binascii", "bisect", "collections", "dataclasses", "datetime", "difflib", "email.utils", "enum"),
        *("functools", "hashlib", "heapq", "html.parser", "ipaddress", "itertools", "json", "math", "operator", "re"),
        *("statistics", "string", "textwrap", "types", "typing", "unicodedata", "urllib.parse"),
    )
)
"""The part of the standard library in which there is no socket, file, clock, environment or chance (a date is a value;
`now` is refused below)."""
FIELD = frozenset({"ahocorasick", "cryptography", "dkim", "idna", "msgspec", "publicsuffixlist"})
"""Libraries of the field, pure themselves."""
DATA_READER = frozenset({"pkgutil", "tomllib"})
"""Only for the one module that reads the data files of the wheel."""
DATA_MODULE = "checks/data.py"


def modules(room: str) -> list[str]:
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / room).rglob("*.py"))


@cache
def tree(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text(encoding="utf-8"))


def imported(module: str) -> Iterator[tuple[str, int]]:
    """Every name that a module imports, and from which line. `from a import b` gives a and a.b: b may be a module."""
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{module}:{node.lineno}: imports are absolute"
            yield str(node.module), node.lineno
            yield from ((f"{node.module}.{alias.name}", node.lineno) for alias in node.names)


def within(name: str, packages: frozenset[str] | tuple[str, ...]) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


def offenders(module: str, packages: tuple[str, ...]) -> list[str]:
    return [f"{module}:{line} imports {name}" for name, line in imported(module) if within(name, packages)]


@pytest.mark.parametrize("module", modules("checks"))
def test_the_core_imports_the_core_and_what_is_pure(module):
    allowed = {"checks"} | PURE | FIELD | (DATA_READER if module == DATA_MODULE else frozenset())
    # `from urllib import parse` gives urllib and urllib.parse: a parent alone proves nothing, the child does.
    names = [(name, line) for name, line in imported(module) if not any(name == x.rpartition(".")[0] for x in allowed)]
    assert not [f"{module}:{line} imports {name}" for name, line in names if not within(name, frozenset(allowed))]


@pytest.mark.parametrize("module", modules("checks"))
def test_the_core_opens_nothing_and_asks_no_clock(module):
    calls = [node.func for node in ast.walk(tree(module)) if isinstance(node, ast.Call)]
    named = {func.id for func in calls if isinstance(func, ast.Name)}
    reached = {func.attr for func in calls if isinstance(func, ast.Attribute)}
    assert not named & {"open", "print", "input", "eval", "exec", "__import__"}
    assert not reached & {"now", "utcnow", "today", "read_bytes", "write_text", "write_bytes"}


def is_check(module: str) -> bool:
    """True for a module that defines CHECK."""
    return any(
        isinstance(node, ast.Assign) and any(isinstance(x, ast.Name) and x.id == "CHECK" for x in node.targets)
        for node in tree(module).body
    )


@pytest.mark.parametrize("module", [x for x in modules("checks") if x != "checks/registry.py"])
def test_no_check_is_used_by_another_module_of_the_core(module):
    checks = tuple(x.removesuffix(".py").replace("/", ".") for x in modules("checks") if is_check(x))
    assert not offenders(module, checks)


@pytest.mark.parametrize("module", modules("healthcheck"))
def test_each_library_stays_in_its_room(module):
    room = module.removeprefix("healthcheck/")
    if not room.startswith("cli/"):
        assert not offenders(module, ("typer", "click"))
    if not room.startswith(("net/", "world/")):
        assert not offenders(module, ("dns",))
    if room != "net/http.py":
        assert not offenders(module, ("httpx",))


@pytest.mark.parametrize("module", modules("healthcheck/render"))
def test_renderers_know_neither_the_network_nor_the_engine(module):
    assert not offenders(module, ("healthcheck.net", "healthcheck.engine", "healthcheck.cli", "healthcheck.world"))


@pytest.mark.parametrize("module", modules("healthcheck/net"))
def test_the_network_knows_neither_renderers_nor_the_engine(module):
    assert not offenders(module, ("healthcheck.render", "healthcheck.engine", "healthcheck.cli", "healthcheck.world"))


def comment_lines(module: str) -> set[int]:
    text = (ROOT / module).read_text(encoding="utf-8")
    return {
        token.start[0]
        for token in tokenize.generate_tokens(io.StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }


@pytest.mark.parametrize("module", modules("checks") + modules("healthcheck"))
def test_an_import_inside_a_function_has_its_reason_beside_it(module):
    commented = comment_lines(module)
    bare = []
    for function in ast.walk(tree(module)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                # One reason may stand for several imports of a function: on the line, or above it.
                above = range(function.lineno, node.end_lineno + 1)
                if not commented & set(above):
                    bare.append(f"{module}:{node.lineno} in {function.name}()")
    assert not bare
