"""`redflower verify SUBJECT …`: checks what a site has made public, from public files and its public key alone.

For anybody, anywhere: no database, no account, nothing of the site's but its address.
"""

import importlib
import sys
from collections.abc import Sequence

from redflower.plumbing.console import complain, pick

# subject → the module that checks it, and what it checks. Each module has run(arguments) -> exit code.
_SUBJECTS = {
    "log": ("verify_log", "公开记录：签名、每一片、每一条", "the public log: its signature, every tile, every entry"),
    "totals": ("verify_totals", "合计：从每一条重新相加", "the totals: added up again from every entry"),
    "draw": ("verify_draw", "抽取：从公开文件重新抽一遍", "a draw: done again from its public files"),
    "gift": ("verify_gift", "捐赠：凭证里的证明", "a gift: the proof in its receipt"),
}


def run(arguments: Sequence[str]) -> int:
    """Hands over to the subject's own module; 2 for a subject nobody knows."""
    subject, rest = (arguments[0], arguments[1:]) if arguments else ("--help", ())
    if subject in _SUBJECTS:
        return int(importlib.import_module(f"redflower.faces.commands.{_SUBJECTS[subject][0]}").run(rest))
    known = "\n".join(f"  {name:8}{pick(zh, en)}" for name, (_, zh, en) in _SUBJECTS.items())
    usage = f"redflower verify SUBJECT --from URL\n{known}\n"
    if subject in ("-h", "--help"):
        sys.stdout.write(usage)
        return 0
    complain(f"不知道怎样核对“{subject}”", f"There is no way to verify “{subject}”")
    sys.stderr.write(usage)
    return 2
