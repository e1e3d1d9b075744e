"""Millions of rows of the past, by one statement a table: time-ordered ids, random donors, the columns of the real ones."""

# Row n of the past happened n milliseconds into the month before; its id is that time, so nothing meets today's ids.
_ID = "(lpad(to_hex(1788600000000 - n), 12, '0') || '7000' || '8' || substr(md5(n::text), 1, 15))::uuid"
_DERIVED = "(lpad(to_hex(1788600000000 - n), 12, '0') || '7000' || '9' || substr(md5(n || '{}'), 1, 15))::uuid"
_AT = "to_timestamp((1788600000000 - n) / 1000.0)"
_N = "generate_series(%(offset)s + 1, %(offset)s + %(count)s) AS n"
_DONOR = "d.ids[1 + (hashint8(n) & 2147483647) %% cardinality(d.ids)]"
_PROJECT = "p.ids[1 + (hashint8(n * 7) & 2147483647) %% cardinality(p.ids)]"
_DONORS = "(SELECT array_agg(id) AS ids FROM people_donor) AS d"
_PROJECTS = "(SELECT array_agg(id) AS ids FROM projects_project) AS p"


def _transfer(kind: str, asset: int, debit: str, credit: str) -> str:
    return f"""INSERT INTO ledger_transfer (id, asset, kind, phase, debit_id, credit_id, amount, subject_id, rule, booked_at)
        SELECT {_DERIVED.format(kind)}, {asset}, '{kind}', 'posted', {debit}, {credit}, 1000, {_ID}, '', {_AT}
        FROM {_N}, (SELECT array_agg(id) AS ids FROM ledger_account WHERE kind = 'project') AS a"""


_ACCOUNT = "a.ids[1 + (hashint8(n * 7) & 2147483647) %% cardinality(a.ids)]"

STATEMENTS = [
    f"""INSERT INTO payments_order (id, request_key, request_hash, provider, amount_minor, currency, description, created_at,
                                    expires_at)
        SELECT {_ID}, md5(n || 'key')::uuid, decode(md5(n::text), 'hex'), 'sandbox', 1000, 'CNY', '山里的午餐', {_AT}, {_AT}
        FROM {_N}""",
    f"""INSERT INTO donations_gift (id, donor_id, project_id, amount_minor, shown_as, shown_name, message, message_state,
                                    channel, made_at)
        SELECT {_ID}, {_DONOR}, {_PROJECT}, 1000, 'anonymous', '', '', 'none', 'bench', {_AT} FROM {_N}, {_DONORS}, {_PROJECTS}""",
    f"""INSERT INTO payments_capture (order_id, provider, provider_txn, amount_minor, payer_id, paid_at, noticed_at)
        SELECT {_ID}, 'sandbox', '4100' || lpad((9000000000 - n)::text, 12, '0'), 1000, md5(n::text), {_AT}, {_AT} FROM {_N}""",
    f"""INSERT INTO flowers_earning (id, earned_on, deed, donor_id, amount, subject_id, rule, earned_at)
        SELECT {_DERIVED.format("flower")}, ({_AT})::date, 'first_gift_of_day', {_DONOR}, 1, {_ID}, 'first_gift_of_day@1', {_AT}
        FROM {_N}, {_DONORS} ON CONFLICT DO NOTHING""",
    f"""INSERT INTO festivals_ticket (festival_id, slice_no, gift_id, person_id, project_id, amount_minor, paid_at)
        SELECT md5('past')::uuid, n, {_ID}, md5(n || 'p')::uuid, {_PROJECT}, 1000, {_AT} FROM {_N}, {_PROJECTS}""",
    f"""INSERT INTO festivals_award (id, pool_id, gift_id, slice_no, person_id, awarded_on, amount_minor, reason, drawn_at)
        SELECT {_DERIVED.format("award")}, md5('past')::uuid, {_ID}, n, md5(n || 'p')::uuid, ({_AT})::date, 7, 'awarded', {_AT}
        FROM {_N}""",
    _transfer("gift", 1, "md5('donors')::uuid", _ACCOUNT),
    _transfer("award", 1, "md5('pool')::uuid", _ACCOUNT),
    _transfer("flower", 2, "md5('mint')::uuid", "md5(n || 'purse')::uuid"),
]
