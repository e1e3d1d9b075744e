"""The invariants of dreams: of their flowers, their grants, and their letters."""

from redflower.kernel.text import N_
from redflower.plumbing.auditing import Invariant, differences

INVARIANTS = [
    Invariant(
        "dreams.flowers_equal_ballots",
        N_("每个梦想账户里的小红花等于送给它而没有退回的花"),
        differences(
            """SELECT d.id FROM dreams_dream d LEFT JOIN ledger_account a ON a.owner_id = d.id AND a.kind = 'dream'
               LEFT JOIN (SELECT b.dream_id, sum(b.flowers) AS flowers FROM dreams_ballot b
                          LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = b.id WHERE v.ballot_id IS NULL GROUP BY 1) n
                      ON n.dream_id = d.id
               WHERE coalesce(a.credits_posted - a.debits_posted, 0) <> coalesce(n.flowers, 0)"""
        ),
    ),
    Invariant(
        "dreams.ballot_moves_once",
        N_("每次送花在账本里恰好有一笔同数的转账，退回的也恰好退回一次"),
        differences(
            """SELECT coalesce(b.id, t.subject_id) FROM dreams_ballot b
               FULL JOIN (SELECT t.subject_id, t.amount, t.asset FROM ledger_transfer t JOIN ledger_account a
                          ON a.id = t.credit_id AND a.kind = 'dream' WHERE t.kind = 'flowers_given') t ON t.subject_id = b.id
               WHERE b.id IS NULL OR t.subject_id IS NULL OR t.amount <> b.flowers OR t.asset <> 2
               UNION ALL
               SELECT coalesce(v.ballot_id, t.subject_id) FROM dreams_ballot_reversal v
               FULL JOIN (SELECT t.subject_id FROM ledger_transfer t JOIN ledger_account a ON a.id = t.debit_id
                          AND a.kind = 'dream' WHERE t.kind = 'flowers_returned') t ON t.subject_id = v.ballot_id
               WHERE v.ballot_id IS NULL OR t.subject_id IS NULL"""
        ),
    ),
    Invariant(
        "dreams.call_was_announced_by_a_second_person",
        N_("每次征集都由一个人写、另一个人公布，资助金与写下的一致"),
        differences(
            """SELECT c.id FROM dreams_call c LEFT JOIN people_change x ON x.subject_id = c.id AND x.kind = 'call'
               LEFT JOIN people_change_decision d ON d.change_id = x.id AND d.is_published
               WHERE d.change_id IS NULL OR d.decided_by_id = x.proposed_by_id OR d.decided_by_id <> c.announced_by_id
                  OR (x.becomes ->> 'fund_minor')::bigint <> c.fund_minor"""
        ),
    ),
    Invariant(
        "dreams.fund_adds_up",
        N_("资助金：留着的 + 已资助的 + 没有用上的 = 每一轮承诺的，且与账本一致"),
        differences(
            """SELECT c.id FROM dreams_call c LEFT JOIN ledger_account a ON a.owner_id = c.id AND a.kind = 'dream_fund'
               LEFT JOIN (SELECT r.call_id, sum(d.grant_minor) FILTER (WHERE x.dream_id IS NULL) AS reserved,
                                 sum(d.grant_minor) FILTER (WHERE x.granted) AS granted
                          FROM dreams_dream d JOIN dreams_round r ON r.id = d.round_id JOIN dreams_opening o ON o.round_id = r.id
                          LEFT JOIN dreams_outcome x ON x.dream_id = d.id GROUP BY 1) n ON n.call_id = c.id
               WHERE a.id IS NULL OR a.credits_posted <> c.fund_minor OR a.debits_pending <> coalesce(n.reserved, 0)
                  OR a.debits_posted <> coalesce(n.granted, 0)"""
        ),
    ),
    Invariant(
        "dreams.grant_was_promised_once",
        N_("开放的每个梦想恰好留过一次资助，结果出来后恰好兑现或取消一次"),
        differences(
            """SELECT d.id FROM dreams_dream d JOIN dreams_opening o ON o.round_id = d.round_id
               LEFT JOIN dreams_outcome x ON x.dream_id = d.id
               LEFT JOIN ledger_transfer t ON t.subject_id = d.id AND t.kind = 'dream_grant'
               GROUP BY d.id, d.grant_minor, x.granted
               HAVING count(*) FILTER (WHERE t.phase = 'pending' AND t.amount = d.grant_minor) <> 1
                   OR count(*) FILTER (WHERE t.phase = 'post') <> CASE WHEN x.granted THEN 1 ELSE 0 END
                   OR count(*) FILTER (WHERE t.phase = 'void') <> CASE WHEN x.granted = false THEN 1 ELSE 0 END"""
        ),
    ),
    Invariant(
        "dreams.outcome_follows_the_flowers",
        N_("实现的梦想都达到了所需的花，没有实现的都没有达到，而且是在这一轮结束之后"),
        differences(
            """SELECT x.dream_id FROM dreams_outcome x JOIN dreams_dream d ON d.id = x.dream_id
               JOIN dreams_round r ON r.id = d.round_id
               WHERE x.granted <> (x.flowers >= d.minimum) OR (NOT x.granted AND x.decided_at < r.closes_at)"""
        ),
    ),
    Invariant(
        "dreams.not_met_holds_no_flowers",
        N_("没有实现的梦想，花退完以后账户为零"),
        differences(
            """SELECT x.dream_id FROM dreams_outcome x JOIN ledger_account a ON a.owner_id = x.dream_id AND a.kind = 'dream'
               WHERE NOT x.granted AND a.credits_posted <> a.debits_posted
               AND NOT EXISTS (SELECT 1 FROM dreams_ballot b WHERE b.dream_id = x.dream_id
                   AND NOT EXISTS (SELECT 1 FROM dreams_ballot_reversal v WHERE v.ballot_id = b.id))"""
        ),
    ),
    Invariant(
        "dreams.caps_hold",
        N_("没有人给一个梦想送出超过上限的花"),
        differences(
            """SELECT b.donor_id FROM dreams_ballot b JOIN dreams_dream d ON d.id = b.dream_id
               JOIN dreams_round r ON r.id = d.round_id LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = b.id
               WHERE v.ballot_id IS NULL OR v.why = 'returned'
               GROUP BY b.donor_id, b.dream_id, r.person_dream_cap HAVING sum(b.flowers) > r.person_dream_cap"""
        ),
    ),
    Invariant(
        "dreams.acts_follow_the_table",
        N_("每份提案的每一步都有编号，一步不缺"),
        differences(
            "SELECT proposal_id FROM dreams_act GROUP BY proposal_id HAVING count(*) <> max(number) OR min(number) <> 1"
        ),
    ),
    Invariant(
        "dreams.tally_equals_ballots",
        N_("每个梦想的送花次数等于逐次相加"),
        differences(
            """SELECT t.dream_id FROM dreams_tally t LEFT JOIN (
                   SELECT b.dream_id, count(*) AS ballots FROM dreams_ballot b
                   LEFT JOIN dreams_ballot_reversal v ON v.ballot_id = b.id
                   WHERE v.ballot_id IS NULL OR v.why = 'returned' GROUP BY 1) n ON n.dream_id = t.dream_id
               WHERE t.ballots <> coalesce(n.ballots, 0)"""
        ),
    ),
    Invariant(
        "dreams.decided_dream_has_its_letter",
        N_("每个有了结果的梦想都给送花的人写了信"),
        differences(
            """SELECT x.dream_id FROM dreams_outcome x LEFT JOIN dreams_letter l ON l.dream_id = x.dream_id AND l.stage = 0
               WHERE l.id IS NULL OR (l.kind = 'granted') <> x.granted"""
        ),
    ),
]
