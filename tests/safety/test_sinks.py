"""No text leaves the program by a way that reads markup, acts, or goes around `clean`."""

import ast

import pytest

from tests.safety.sinks import DRAWERS, RULES, WRITERS, modules, wrongs

IMPORT = "from interruptible_tui.output import write, write_error\n"
FORBIDDEN = {
    "takes_markup_for_text": ["Static('x')", "Static(markup=True)", "self.app.notify(text)", "Console()"],
    "parses_markup": ["Text.from_markup(text)", "Content.from_markup(text)", "from rich.markup import escape"],
    "is_a_widget_of_markup": ["class Box(Static): pass", "class Box(widgets.Label): pass"],
    "gives_foreign_text_a_title": [
        "box.border_title = name",
        "self.tooltip = f'{x}'",
        "app.title += name",
        "a.title = '[b]'",
    ],
    "makes_a_link": [
        "Style(link=url)",
        "Style(meta={'@click': 'x'})",
        "Markdown(hyperlinks=True)",
        "import webbrowser",
    ],
    "copies": ["self.app.copy_to_clipboard(text)"],
    "goes_around_output": ["print(x)", "sys.stdout.write(x)", "os.write(1, x)", "self._driver.write(x)"],
    "prints_foreign_text": [
        f"{IMPORT}write(text)",
        f"{IMPORT}write_error(f'{{name}}: no')",
        f"{IMPORT}x = name\nwrite(x)",
    ],
    "draws_without_cleaning": ["Content(name)", "Segment(name, style)"],
}
"""By the rule that forbids it."""
ALLOWED = [
    "Static(markup=False)",
    "box.border_title = 'rewind to'",
    "self.border_title = title(purpose)",
    f"{IMPORT}write(json.dumps(x) + '\\n')",
    f"{IMPORT}write_error(f'{{clean_line(name)}}: no\\n')",
    "Content(clean_line(name))",
]


def test_the_package_keeps_every_rule() -> None:
    assert [wrong for module, source in modules() for wrong in wrongs(source, module)] == []


@pytest.mark.parametrize(("rule", "source"), [(rule, each) for rule, sources in FORBIDDEN.items() for each in sources])
def test_each_rule_forbids_what_it_is_for(rule: str, source: str) -> None:
    [own] = [each for each in RULES if each.__name__ == rule]
    tree = ast.parse(source)
    assert any(own(node, "tui/new.py", tree) for node in ast.walk(tree))
    assert list(wrongs(source, "tui/new.py"))


@pytest.mark.parametrize("source", ALLOWED)
def test_what_is_harmless_is_allowed(source: str) -> None:
    assert list(wrongs(source, "tui/new.py")) == []


def test_every_rule_has_been_tried() -> None:
    assert set(FORBIDDEN) == {rule.__name__ for rule in RULES}


def test_the_exceptions_are_needed() -> None:
    found = dict(modules())
    assert (WRITERS | set(DRAWERS)) - set(found) == set()
    for module in DRAWERS:
        assert list(wrongs(found[module], f"tui/other_{module[4:]}")), module
