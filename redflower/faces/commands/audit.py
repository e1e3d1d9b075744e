"""`redflower audit`: recomputes every invariant from raw rows and prints each with its difference."""

import argparse
import sys
import time
from collections.abc import Sequence
from itertools import islice

from django.conf import settings
from django.utils import translation

from redflower.domains.donations.audit import INVARIANTS as DONATIONS
from redflower.domains.dreams.audit import INVARIANTS as DREAMS
from redflower.domains.festivals.audit import INVARIANTS as FESTIVALS
from redflower.domains.flowers.audit import INVARIANTS as FLOWERS
from redflower.domains.insights.audit import INVARIANTS as INSIGHTS
from redflower.domains.ledger.audit import INVARIANTS as LEDGER
from redflower.domains.payments.audit import INVARIANTS as PAYMENTS
from redflower.domains.proofs.audit import INVARIANTS as PROOFS
from redflower.domains.scenes.audit import INVARIANTS as SCENES
from redflower.faces.shared.instance import sandbox_client
from redflower.flows.reconcile import compare_refunds_with_provider, compare_with_provider
from redflower.plumbing.auditing import Invariant
from redflower.plumbing.db import snapshot

INVARIANTS = [*LEDGER, *PAYMENTS, *SCENES, *DONATIONS, *FESTIVALS, *FLOWERS, *DREAMS, *PROOFS, *INSIGHTS]

_NAMED_AT_MOST = 20  # of one invariant; the count goes on


def run(arguments: Sequence[str]) -> int:
    """Prints every invariant and returns 1 when any differs. Safe while the site is busy: it reads one snapshot."""
    parser = argparse.ArgumentParser(prog="redflower audit", description=__doc__)
    parser.add_argument("--language", choices=("zh", "en"), default="zh", help="of what it prints")
    args = parser.parse_args(arguments)
    translation.activate(settings.LANGUAGE_CODE if args.language == "zh" else "en")
    with snapshot():
        total = sum(_print(invariant) for invariant in INVARIANTS)
    total += _print_provider()
    _say(translation.gettext("差异合计 {total}").format(total=total))
    return 1 if total else 0


def _print(invariant: Invariant) -> int:
    started = time.monotonic()
    found = invariant.count_differences()
    mark = "✓" if found == 0 else "✗"
    sentence = translation.gettext(invariant.sentence)
    _say(f"{mark} {found:>6}  {sentence}  [{invariant.code}, {time.monotonic() - started:.2f}s]")
    if found and invariant.name_differences is not None:
        for name in islice(invariant.name_differences(), _NAMED_AT_MOST):
            _say(f"           {name}")
    return found


def _print_provider() -> int:
    """The provider's own books against ours; what it has paid but not yet told us is said, and is no difference."""
    report = compare_with_provider(sandbox_client())
    found = report.not_at_provider + report.amounts_differ
    sentence = translation.gettext("我们入账的每一笔，支付方也记为已支付，金额相同")
    _say(f"{'✓' if found == 0 else '✗'} {found:>6}  {sentence}  [provider.agrees, {report.compared}]")
    waiting = translation.gettext("支付方已收款、通知还在路上：{count} 笔").format(count=report.not_told_yet)
    _say(f"·         {waiting}")
    return found + _print_refunds()


def _print_refunds() -> int:
    report = compare_refunds_with_provider(sandbox_client())
    found = report.not_at_provider + max(-report.not_told_yet, 0)
    sentence = translation.gettext("我们退回的每一笔，支付方也记为已退款，金额相同")
    _say(f"{'✓' if found == 0 else '✗'} {found:>6}  {sentence}  [provider.refunds_agree, {report.compared}]")
    if report.not_told_yet > 0:
        _say(
            f"·         {translation.gettext('支付方已退款、通知还在路上：{count} 笔').format(count=report.not_told_yet)}"
        )
    return found


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
