"""Hard bounds of what the platform can represent. Bounds an operator may change are rules, and live in data."""

BIGINT_MAX = 2**63 - 1
INTEGER_MAX = 2**31 - 1
AMOUNT_MAX_MINOR = 1_000_000_000  # fen; ¥10,000,000 in one transfer of a gift
BATCH_MAX = 10_000  # items one door accepts in one list
MESSAGE_MAX_CHARS = 200
NAME_MAX_CHARS = 30
IDEMPOTENCY_KEY_MAX_CHARS = 64
BODY_MAX_BYTES = 64 * 1024
