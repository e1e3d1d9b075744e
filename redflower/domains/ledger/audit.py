"""The ledger's invariants."""

from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences

INVARIANTS = [
    Invariant(
        "ledger.transfer_has_two_accounts_of_its_asset",
        N_("每笔转账都有借贷两个同种资产的账户"),
        differences(
            """SELECT t.id FROM ledger_transfer t
               LEFT JOIN ledger_account d ON d.id = t.debit_id AND d.asset = t.asset
               LEFT JOIN ledger_account c ON c.id = t.credit_id AND c.asset = t.asset
               WHERE d.id IS NULL OR c.id IS NULL"""
        ),
    ),
    Invariant(
        "ledger.balance_is_the_sum_of_transfers",
        N_("每个账户的余额等于它全部转账之和"),
        differences(
            """WITH effect(phase, posted, pending) AS (VALUES ('posted', 1, 0), ('pending', 0, 1), ('post', 1, -1), ('void', 0, -1)),
               side AS (
                   SELECT t.debit_id AS id, t.amount * e.posted AS dp, 0 AS cp, t.amount * e.pending AS dq, 0 AS cq
                   FROM ledger_transfer t JOIN effect e USING (phase)
                   UNION ALL
                   SELECT t.credit_id, 0, t.amount * e.posted, 0, t.amount * e.pending
                   FROM ledger_transfer t JOIN effect e USING (phase)),
               summed AS (SELECT id, sum(dp) AS dp, sum(cp) AS cp, sum(dq) AS dq, sum(cq) AS cq FROM side GROUP BY id)
               SELECT a.id FROM ledger_account a LEFT JOIN summed s USING (id)
               WHERE (a.debits_posted, a.credits_posted, a.debits_pending, a.credits_pending)
                     IS DISTINCT FROM (coalesce(s.dp, 0), coalesce(s.cp, 0), coalesce(s.dq, 0), coalesce(s.cq, 0))"""
        ),
    ),
    Invariant(
        "ledger.sums_to_zero_per_asset",
        N_("每种资产的借方合计等于贷方合计"),
        differences(
            """SELECT asset FROM ledger_account GROUP BY asset
               HAVING sum(debits_posted) <> sum(credits_posted) OR sum(debits_pending) <> sum(credits_pending)"""
        ),
    ),
    Invariant(
        "ledger.never_below_zero",
        N_("不得透支的账户从不为负，含待定金额"),
        differences(
            """SELECT id FROM ledger_account
               WHERE never_below_zero AND credits_posted < debits_posted + debits_pending"""
        ),
    ),
    Invariant(
        "ledger.pending_ends_once_with_its_content",
        N_("待定转账最多有一个结果，且内容一致"),
        differences(
            """SELECT e.pending_id FROM ledger_transfer e LEFT JOIN ledger_transfer p ON p.id = e.pending_id
               WHERE e.pending_id IS NOT NULL
               GROUP BY e.pending_id
               HAVING count(*) > 1 OR NOT coalesce(bool_and(p.phase = 'pending' AND p.amount = e.amount AND p.asset = e.asset
                      AND p.debit_id = e.debit_id AND p.credit_id = e.credit_id), false)"""
        ),
    ),
    Invariant(
        "ledger.reversal_mirrors_once",
        N_("冲正与原转账方向相反、金额相同，且只有一次"),
        differences(
            """SELECT r.reverses_id FROM ledger_transfer r LEFT JOIN ledger_transfer t ON t.id = r.reverses_id
               WHERE r.reverses_id IS NOT NULL
               GROUP BY r.reverses_id
               HAVING count(*) > 1 OR NOT coalesce(bool_and(t.amount = r.amount AND t.asset = r.asset
                      AND t.debit_id = r.credit_id AND t.credit_id = r.debit_id), false)"""
        ),
    ),
]
