"""What the README shows works as it stands there."""

import re
from pathlib import Path

from tests.commands.program import DEMO, ended, model
from tests.server import Call, Reply, serving

README = Path(__file__).parents[2] / "README.md"


def kitchen(home: Path) -> Path:
    """The file of tools that the README shows."""
    (code,) = re.findall(r"```python\n(# kitchen\.py\n.*?)```", README.read_text(), re.DOTALL)
    file = home / "kitchen.py"
    file.write_text(code)
    return file


def test_the_tools_of_the_readme_load_beside_the_demo(tmp_path: Path) -> None:
    kitchen(tmp_path)
    printed = ended(tmp_path, "run", *DEMO, "--tools", "./kitchen.py", "Hello")
    assert printed.returncode == 0, printed.stderr


def test_the_tools_of_the_readme_do_what_it_says(tmp_path: Path) -> None:
    """They are shown to the model as they are described, and called; but for the time that cooking takes."""
    file = kitchen(tmp_path)
    file.write_text(file.read_text().replace("sleep(5)", "sleep(0)"))
    with serving([Reply(calls=[Call("cook", {"dish": "soup"})]), Reply("Enjoy.")]) as server:
        printed = ended(tmp_path, "run", *model(server), "--tools", file, "Soup, please.")
        assert (printed.returncode, printed.stdout) == (0, "Enjoy.\n")
        (tool,) = server.requests[0].body["tools"]
        assert tool["function"]["name"] == "cook"
        assert tool["function"]["description"] == "Cook one dish. It takes a while."
        assert tool["function"]["parameters"]["required"] == ["dish"]
        assert server.requests[1].body["messages"][-1]["content"] == "soup is ready"


def test_the_commands_of_the_readme_are_commands(tmp_path: Path) -> None:
    """Each line in a shell block that starts the program without a screen is accepted, offline."""
    blocks = re.findall(r"```sh\n(.*?)```", README.read_text(), re.DOTALL)
    lines = [line.partition("#")[0].split() for block in blocks for line in block.splitlines()]
    listings = [
        words[1:] for words in lines if words[:1] == ["interruptible-chat"] and words[1:2] in (["history"], ["doctor"])
    ]
    assert listings
    for words in listings:
        assert ended(tmp_path, *words).returncode == 0
