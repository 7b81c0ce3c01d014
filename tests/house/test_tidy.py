"""House rules that a machine can see; STYLE.md says why each of them is one."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.sources import ROOT, SOURCES, Source

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
DOMAIN_LINES_MAX = 4000

BANNED_FILES = {"utils.py", "util.py", "common.py", "misc.py", "helpers.py", "helper.py"}
BANNED_CLASSES = re.compile(r"(Manager|Service|Helper|Handler|Util|Utils)$|^Base\w*Mixin$")
DOMAINS = (
    "apikeys",
    "audit",
    "connections",
    "credentials",
    "exchange",
    "identity",
    "instruments",
    "investing",
    "journal",
    "kyc",
    "ledger",
    "market",
    "operators",
    "orders",
    "policies",
    "proofs",
    "reports",
    "signing",
    "wallets",
)
INVARIANTS = re.compile(r"Invariants?: [^.]+?;[^.]+?;[^.]+?\.", re.DOTALL)

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.fixture(scope="module", autouse=True)
def _forget() -> Iterator[None]:
    yield
    for one in SOURCES:
        one.forget()


def offences(found: Iterator[str]) -> list[str]:
    """Collect what should be an empty list."""
    return sorted(found)


def ours(*, with_tests: bool = True) -> Iterator[Source]:
    """Go through the files, those of the tests included or not."""
    return (one for one in SOURCES if with_tests or not one.is_test)


class TestFiles:
    def test_have_500_lines_at_most(self) -> None:
        lengths = ((one.place, len(one.text.splitlines())) for one in ours())
        assert offences(f"{at}: {n}" for at, n in lengths if n > FILE_LINES_MAX) == []

    def test_say_what_they_are_for(self) -> None:
        named = (one for one in ours() if one.path.name not in BANNED_FILES)
        assert len(list(named)) == len(SOURCES)

    def test_make_no_domain_of_more_than_four_thousand_lines_of_code(self) -> None:
        sizes = dict.fromkeys(DOMAINS, 0)
        for one in ours(with_tests=False):
            parts = one.path.relative_to(ROOT).parts
            if parts[:2] == ("src", "fondaco") and parts[2] in sizes:
                sizes[parts[2]] += one.code_lines
        assert {name: size for name, size in sizes.items() if size > DOMAIN_LINES_MAX} == {}


class TestFunctions:
    def test_have_70_lines_at_most(self) -> None:
        assert offences(self._long()) == []

    def test_import_nothing(self) -> None:
        assert offences(self._imports()) == []

    def _long(self) -> Iterator[str]:
        for one in ours():
            for node in one.nodes:
                if isinstance(node, FUNCTIONS):
                    length = (node.end_lineno or node.lineno) - node.lineno + 1
                    if length > FUNCTION_LINES_MAX:
                        yield f"{one.place}:{node.lineno} {node.name}: {length} lines"

    def _imports(self) -> Iterator[str]:
        for one in ours():
            inside = {
                number
                for node in one.nodes
                if isinstance(node, FUNCTIONS)
                for number in range(node.lineno, (node.end_lineno or node.lineno) + 1)
            }
            for node in one.nodes:
                if isinstance(node, ast.Import | ast.ImportFrom) and node.lineno in inside:
                    yield f"{one.place}:{node.lineno}"


class TestClasses:
    def test_are_named_for_what_they_are(self) -> None:
        assert offences(self._badly_named()) == []

    def test_that_are_models_do_not_override_save(self) -> None:
        assert offences(self._saves()) == []

    def _badly_named(self) -> Iterator[str]:
        for one in ours():
            for node in one.nodes:
                if isinstance(node, ast.ClassDef) and BANNED_CLASSES.search(node.name):
                    yield f"{one.place}:{node.lineno} {node.name}"

    def _saves(self) -> Iterator[str]:
        for one in ours(with_tests=False):
            for node in one.nodes:
                if isinstance(node, ast.ClassDef) and "models" in one.place:
                    for method in node.body:
                        if isinstance(method, FUNCTIONS) and method.name in {"save", "delete"}:
                            yield f"{one.place}:{method.lineno} {node.name}.{method.name}"


class TestDomains:
    @pytest.mark.parametrize("name", DOMAINS)
    def test_begin_with_a_docstring_of_three_invariants(self, name: str) -> None:
        tree = ast.parse((ROOT / "src/fondaco" / name / "__init__.py").read_text(encoding="utf-8"))
        docstring = ast.get_docstring(tree) or ""
        assert INVARIANTS.search(docstring), f"three clauses after 'Invariants:' in {docstring!r}"
        assert re.search(r"\bNot for\b", docstring), "what it is not for"
        assert len(tree.body) == 1, "a docstring and nothing else"

    # What is acted upon may come first, as in ledger.post(transfers, by=…); all else is named.
    @pytest.mark.parametrize("name", DOMAINS)
    def test_write_by_actions_that_take_keywords_alone(self, name: str) -> None:
        assert offences(self._positional(name)) == []

    @pytest.mark.parametrize("name", DOMAINS)
    def test_read_the_clock_through_the_kit(self, name: str) -> None:
        pattern = re.compile(r"datetime\.now\(|timezone\.now\(|time\.time\(|date\.today\(")
        found = (
            f"{one.place}: {match[0]}"
            for one in ours(with_tests=False)
            if f"src/fondaco/{name}/" in one.place
            for match in pattern.finditer(one.text)
        )
        assert offences(found) == []

    @pytest.mark.parametrize("name", DOMAINS)
    def test_use_no_signals(self, name: str) -> None:
        found = (
            one.place
            for one in ours(with_tests=False)
            if f"src/fondaco/{name}/" in one.place and "django.db.models.signals" in one.text
        )
        assert offences(found) == []

    def _positional(self, name: str) -> Iterator[str]:
        for one in ours(with_tests=False):
            inside = one.place.removeprefix(f"src/fondaco/{name}/")
            if inside == one.place or not re.match(r"(actions|queries)(/|\.py)", inside):
                continue
            for node in one.tree.body:
                if isinstance(node, FUNCTIONS) and not node.name.startswith("_"):
                    names = [each.arg for each in (*node.args.posonlyargs, *node.args.args)]
                    if (
                        len(names) > 1 and names[0] != "cursor"
                    ):  # sets of rows, written for the poster
                        yield f"{one.place}:{node.lineno} {node.name}"


class TestExemptions:
    """A switched-off rule names itself and its reason on the same line."""

    def test_name_their_rule_and_reason(self) -> None:
        good = re.compile(
            r"# (noqa: [A-Z]+\d+(, ?[A-Z]+\d+)*|type: ignore\[[\w, -]+\]) +(-|#|–) ?\w.*"
        )
        bad = re.compile(r"#\s*(noqa|type:\s*ignore).*")
        found = (
            f"{one.place}:{number} {match[0]}"
            for one in ours()
            for number, line in enumerate(one.text.splitlines(), 1)
            if (match := bad.search(line)) and not good.search(line) and 'r"' not in line
        )
        assert offences(found) == []
