"""Where text leaves the program, read from its source: which ways out there may be, and who may use them.

A rule looks at one node of a module's syntax and names what is wrong with it. What is meant is in the rule's own words;
`module` is the path below the package, such as "tui/app.py".
"""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "interruptible_tui"

WRITERS = {"output.py", "tui/driver.py", "tui/terminal_writer.py", "doctor/terminal.py"}
"""Modules whose work it is to write to a terminal."""
TOOLS = {"tools/demo.py", "tools/template.py", "tools/worker.py"}
"""Modules that run in the process of a tool, whose output is text from outside like any other."""
PIPES = {"store/bells.py"}
"""Modules that write to what is no terminal."""
DRAWERS = {
    "tui/colours.py": "changes the style of what is drawn",
    "tui/found.py": "marks what is drawn",
    "tui/lines.py": "its pieces are cleaned by whoever makes them",
    "tui/placing.py": "tells where what is drawn stands",
    "tui/selection.py": "cuts what is drawn",
    "tui/tables.py": "its spans are cleaned in markdown.py",
    "tui/painting.py": "paints what parts.py and calls.py draw",
    "tui/wrapping.py": "its spans are cleaned in markdown.py",
}
"""Modules that draw and clean nothing, and why none of what they draw is from outside."""
CLEAN = {"clean", "clean_line", "dumps", "pretty", "shortened", "shown"}
"""What makes text harmless: functions of ours, and JSON, which is ASCII."""
PRINTED = {"listing", "found", "rendered", "version", "format_help"}
"""Functions whose text may be printed: they clean it themselves, or it is the program's own."""
TITLES = {"title"}
"""Functions whose text may be a border's title: it has no markup and nothing from outside."""
COPIERS = {"tui/editor.py", "tui/reading.py", "tui/request_view.py"}
"""Modules with keys that copy."""

Rule = Callable[[ast.AST, str, ast.Module], str]


def wrongs(source: str, module: str) -> Iterator[str]:
    """What is wrong with the text of `module`, line by line."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        for rule in RULES:
            if wrong := rule(node, module, tree):
                yield f"{module}:{getattr(node, 'lineno', 0)}: {wrong}"


def modules() -> Iterator[tuple[str, str]]:
    """Path and text of each module of the package."""
    for path in sorted(PACKAGE.rglob("*.py")):
        yield path.relative_to(PACKAGE).as_posix(), path.read_text()


# -- markup -----------------------------------------------------------------------------------------------------------

_MARKUP = {"Static", "Label", "OptionList", "SelectionList", "Console", "notify"}
_MARKUP_ALWAYS = {"Button", "Checkbox", "RadioButton", "Collapsible", "Markdown", "Rule", "Link", "Toast", "Digits"}


def takes_markup_for_text(node: ast.AST, module: str, tree: ast.Module) -> str:
    """Widgets that read markup are made with `markup=False`."""
    name = _called(node)
    if name in _MARKUP and not _says(node, "markup", value=False):
        return f"{name} reads markup: pass markup=False"
    if name in _MARKUP_ALWAYS and name in _imported(tree, "textual.widgets"):
        return f"{name} reads markup, or follows links"
    return ""


def parses_markup(node: ast.AST, module: str, tree: ast.Module) -> str:
    if _called(node) in {"from_markup", "from_ansi", "render_str", "render_markup", "to_content"}:
        return "markup and escape sequences are not read from text: make a Content or a Text of it"
    if isinstance(node, ast.ImportFrom) and node.module in {"rich.markup", "textual.markup", "rich.ansi"}:
        return f"{node.module} is for markup; escaping does not make text harmless"
    return ""


def is_a_widget_of_markup(node: ast.AST, module: str, tree: ast.Module) -> str:
    """Unless it is made with `markup=False`, whoever makes it."""
    bases = [_last(base) for base in node.bases] if isinstance(node, ast.ClassDef) else []
    if any(_called(each) == "__init__" and _says(each, "markup", value=False) for each in ast.walk(node) if bases):
        return ""
    return next(
        (f"a kind of {base} reads markup" for base in bases if base in _MARKUP | _MARKUP_ALWAYS - {"Markdown"}), ""
    )


def gives_foreign_text_a_title(node: ast.AST, module: str, tree: ast.Module) -> str:
    """Titles and tooltips read markup, whatever they are given."""
    names = {"border_title", "border_subtitle", "tooltip", "sub_title", "title"}
    for target in _targets(node):
        if target.attr in names and not _is_own(node.value):  # type: ignore[attr-defined]  # an assignment has one
            return f"{target.attr} reads markup"
    return ""


# -- links and the clipboard ------------------------------------------------------------------------------------------


def makes_a_link(node: ast.AST, module: str, tree: ast.Module) -> str:
    keywords = {word.arg for word in node.keywords} if isinstance(node, ast.Call) else set[str | None]()
    if _called(node) in {"Style", "from_meta", "link", "on"} and keywords & {"link", "meta", "click"}:
        return "a style that is a link, or acts"
    if _called(node) in {"open_url", "update_link"} or _says(node, "hyperlinks", value=True):
        return "links are shown, not followed"
    if isinstance(node, ast.Import | ast.ImportFrom) and "webbrowser" in ast.dump(node):
        return "links are shown, not followed"
    return ""


def copies(node: ast.AST, module: str, tree: ast.Module) -> str:
    wrong = _called(node) == "copy_to_clipboard" and module not in COPIERS
    return "only a key of the user's copies: see COPIERS" if wrong else ""


# -- ways out ---------------------------------------------------------------------------------------------------------


def goes_around_output(node: ast.AST, module: str, tree: ast.Module) -> str:
    """Standard streams and terminals are written by the modules whose work that is."""
    if module in WRITERS | TOOLS | PIPES:
        return ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"print", "pprint"}:
        return "print goes around output.write"
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"write", "writelines"}
    ):
        owner = ast.unparse(node.func.value)
        if owner == "os" or owner.endswith(("stdout", "stderr", "driver", "stdout__", "stderr__")):
            return f"{owner}.write goes around output.write"
    if isinstance(node, ast.ImportFrom) and node.module == "rich" and any(each.name == "print" for each in node.names):
        return "rich.print reads markup"
    return ""


def prints_foreign_text(node: ast.AST, module: str, tree: ast.Module) -> str:
    """What is given to output.write and write_error is the program's own text, or cleaned in the same breath."""
    name = _called(node)
    if name not in {"write", "write_error"} or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return ""
    ours = name in _imported(tree, "interruptible_tui.output")
    harmless = all(_is_harmless(each, node, tree) for each in node.args)
    return f"{name} prints text that is not seen to be cleaned" if ours and not harmless else ""


def draws_without_cleaning(node: ast.AST, module: str, tree: ast.Module) -> str:
    """Whoever draws text cleans some, or is listed with what makes it harmless."""
    if not module.startswith("tui/") or module in DRAWERS or not isinstance(node, ast.Module):
        return ""
    drawn = {_called(each) for each in ast.walk(tree)} & {"Text", "Content", "Segment", "styled", "assemble"}
    cleans = {name.id for name in ast.walk(tree) if isinstance(name, ast.Name)} & CLEAN
    return "it draws and cleans nothing: see DRAWERS" if drawn and not cleans else ""


RULES: tuple[Rule, ...] = (
    takes_markup_for_text,
    parses_markup,
    is_a_widget_of_markup,
    gives_foreign_text_a_title,
    makes_a_link,
    copies,
    goes_around_output,
    prints_foreign_text,
    draws_without_cleaning,
)


# -- reading syntax ---------------------------------------------------------------------------------------------------


def _last(node: ast.AST) -> str:
    """The last name of `a.b.c`."""
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _called(node: ast.AST) -> str:
    return _last(node.func) if isinstance(node, ast.Call) else ""


def _says(node: ast.AST, name: str, *, value: bool) -> bool:
    """Whether a call has that keyword with that constant."""
    words = node.keywords if isinstance(node, ast.Call) else []
    return any(
        word.arg == name and isinstance(word.value, ast.Constant) and word.value.value is value for word in words
    )


def _imported(tree: ast.Module, module: str) -> set[str]:
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == module]
    return {each.name for node in froms for each in node.names}


def _targets(node: ast.AST) -> list[ast.Attribute]:
    """Attributes that are assigned to."""
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
    return [target for target in targets if isinstance(target, ast.Attribute)]


def _is_own(value: ast.AST) -> bool:
    """Whether a title is the program's own words without markup."""
    own = isinstance(value, ast.Constant) and "[" not in str(value.value)
    return own or _called(value) in TITLES


def _is_harmless(value: ast.AST, call: ast.AST, tree: ast.Module) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.Await(inner) | ast.FormattedValue(value=inner):
            return _is_harmless(inner, call, tree)
        case ast.JoinedStr(parts):
            return all(_is_harmless(part, call, tree) for part in parts)
        case ast.BinOp(left=left, right=right) | ast.IfExp(body=left, orelse=right):
            return _is_harmless(left, call, tree) and _is_harmless(right, call, tree)
        case ast.Call():
            return _called(value) in CLEAN | PRINTED
        case ast.Attribute(attr=name):
            return name == "pid"
        case ast.Name(id=name):
            return name.isupper() or _is_assigned_harmless(name, tree)
        case _:
            return False


def _is_assigned_harmless(name: str, tree: ast.Module) -> bool:
    given = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and any(isinstance(each, ast.Name) and each.id == name for each in node.targets)
    ]
    return bool(given) and all(_is_harmless(each, each, tree) for each in given)
