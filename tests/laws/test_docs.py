"""What the documents say is still so: worked numbers, addresses of files, and words."""

import re
from pathlib import Path

import pytest

from redflower.domains.festivals.rules.drawing import gifts_root, make_tickets
from redflower.kernel.canon import instant
from redflower.kernel.draw import released_budget
from tests.laws import worked_examples as worked
from tests.laws.house import ROOT, hold

DOCS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
MATCHING = ROOT / "docs" / "matching.md"
BLOCK = re.compile(r"<!-- worked: (\w+) -->\n(.*?)\n?<!-- /worked -->", re.DOTALL)


# --- docs/matching.md -----------------------------------------------------------------------------


def find_rotten_numbers(text: str) -> list[str]:
    """The worked tables of a page that no longer say what the code computes."""
    written = dict(BLOCK.findall(text))
    return [
        f"{MATCHING.name}: the table “{name}” should read\n\n{make().rstrip()}\n"
        for name, make in worked.TABLES.items()
        if written.get(name, "").rstrip() != make().rstrip()
    ]


def test_the_worked_numbers_are_what_the_code_computes():
    hold(
        find_rotten_numbers(MATCHING.read_text("utf-8")),
        "an explanation with last year's numbers is worse than none: people would check it, and be told they are wrong",
        "read what has changed, tell it in the text, then paste the table (python -m tests.laws.worked_examples)",
    )


def test_a_rotten_number_is_caught():
    text = MATCHING.read_text("utf-8")
    assert find_rotten_numbers(text) == []
    assert len(find_rotten_numbers(text.replace("¥2.83", "¥2.84"))) == 1


def run_the_page() -> dict[str, object]:
    """The program a stranger would copy from the page, run."""
    [program] = re.findall(r"```python\n(.*?)```", MATCHING.read_text("utf-8"), re.DOTALL)
    namespace: dict[str, object] = {}
    exec(program, namespace)  # noqa: S102 - our own page
    return namespace


def test_a_stranger_with_the_program_on_the_page_gets_our_awards():
    page = run_the_page()
    tickets, available = worked.LOTTERY_TICKETS, released_budget(worked.BUDGET, worked.SLICES, 0)
    told = [
        {
            "amount_minor": ticket.amount_minor,
            "gift": str(ticket.gift_id),
            "paid_at": instant(ticket.paid_at),
            "person": str(ticket.person_id),
            "project": str(ticket.project_id),
        }
        for ticket in tickets
    ]
    for some in (told[:1], told[:2], told[:3], told):
        ids = {ticket["gift"] for ticket in some}
        assert page["merkle_root"](some) == gifts_root(make_tickets(t for t in tickets if str(t.gift_id) in ids))  # type: ignore[operator]
    rule = worked.LOTTERY
    awards = page["replay_lottery"](  # type: ignore[operator]
        worked.SECRET,
        0,
        gifts_root(make_tickets(tickets)),
        [ticket.gift_id for ticket in tickets],
        available,
        rule.award_min_minor,
        rule.award_max_minor,
    )
    ours = worked.draw_lottery(0, tickets, available)
    assert awards == {decision.gift_id: decision.amount_minor for decision in ours}


# --- every document -------------------------------------------------------------------------------

LINK = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:|#)([^)#\s]+)[^)]*\)")
IN_CODE = re.compile(r"`((?:redflower|tests|docs|\.ci)/[\w./-]*\w)/?`")


def find_dead_addresses(path: Path, text: str) -> list[str]:
    """Links and file names in a document that lead nowhere."""
    links = [(path.parent / target).resolve() for target in LINK.findall(text)]
    named = [ROOT / target for target in IN_CODE.findall(text)]
    return [f"{path.name}: {target}" for target in [*links, *named] if not target.exists()]


def test_documents_lead_somewhere():
    hold(
        [breach for path in DOCS for breach in find_dead_addresses(path, path.read_text("utf-8"))],
        "a map with a street that is gone costs every newcomer an hour",
        "name the file as it is now, or take the sentence out",
    )


def test_dead_addresses_are_caught():
    text = (
        "[a](decisions/9999-none.md) `redflower/kernel/nothing.py` [ok](https://example.org) `redflower/kernel/draw.py`"
    )
    assert len(find_dead_addresses(MATCHING, text)) == 2


@pytest.mark.parametrize("decision", sorted(ROOT.glob("docs/decisions/*.md")), ids=lambda path: path.stem)
def test_a_decision_tells_context_choice_and_price(decision: Path):
    text = decision.read_text("utf-8")
    missing = [heading for heading in ("Context", "Choice", "Price") if f"\n## {heading}" not in text]
    hold(
        [f"{decision.name} has no section “{heading}”" for heading in missing],
        "a decision without its price is advertising",
        "three short sections: Context, Choice, Price",
    )
