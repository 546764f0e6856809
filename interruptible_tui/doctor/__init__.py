"""`doctor`: whether everything is in place, and what to do where it is not.

Nothing is migrated or changed; damage that is found is noted for the next start. Each check stands for itself: what
one of them finds in its way does not keep the others from being made.
"""

import json
from collections.abc import Sequence

from msgspec.structs import asdict

from interruptible_tui.arguments import Format
from interruptible_tui.doctor import database, files, server, terminal
from interruptible_tui.doctor.check import Check, check
from interruptible_tui.settings import Settings

__all__ = ["Check", "examine", "rendered"]


async def examine(settings: Settings) -> list[Check]:
    """All checks, which takes up to 5 s where the server does not answer."""
    directory = settings.data_dir
    answer = await server.ask(settings)
    return [
        check("sqlite", database.library),
        check("directory", lambda: files.place(directory)),
        check("permissions", lambda: files.permissions(directory)),
        check("file system", lambda: files.file_system(directory)),
        check("lock", lambda: database.locks(directory)),
        check("integrity", lambda: database.integrity(directory)),
        check("backup", lambda: database.backup(directory)),
        check("endpoint", lambda: server.endpoint(settings, answer)),
        check("key", lambda: server.key(settings, answer)),
        check("terminal", terminal.abilities),
    ]


def rendered(checks: Sequence[Check], format_: Format) -> str:
    if format_ is Format.JSON:
        values = {"ok": all(each.ok for each in checks), "checks": [asdict(each) for each in checks]}
        return json.dumps(values, indent=2) + "\n"
    width = max(len(each.name) for each in checks)
    return "".join(f"{'ok' if each.ok else '!!'}  {each.name:<{width}}  {each.detail}\n" for each in checks)
