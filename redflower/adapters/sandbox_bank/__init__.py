"""沙盒支付 Sandbox Pay: an outside payment provider with books of its own, embedded so that a demo needs no contract.

It knows nothing of Red Flower: merchants open charges, payers pay them on the provider's page, and the merchant hears
of it by a signed notice that may be slow, late, repeated or lost, as with real providers. Books and key live in one
folder; any number of processes may open it at once.

Words: a *charge* is what a merchant asks to be paid; a *txn* is the provider's number for what the payer did; a
*notice* is the signed message about it; the *outbox* holds the notices still to be delivered.
"""

from redflower.adapters.sandbox_bank.bank import Bank
from redflower.adapters.sandbox_bank.types import (
    BEHAVIOURS,
    BadCharge,
    BadLink,
    BankDown,
    BankError,
    Behaviour,
    Charge,
    ChargeConflict,
    ChargeRequest,
    NoticeRecord,
    Refund,
    RefundBehaviour,
    RefundRequest,
    SignedNotice,
    State,
    UnknownCharge,
    is_local_path,
)

__all__ = [
    "BEHAVIOURS",
    "BadCharge",
    "BadLink",
    "Bank",
    "BankDown",
    "BankError",
    "Behaviour",
    "Charge",
    "ChargeConflict",
    "ChargeRequest",
    "NoticeRecord",
    "Refund",
    "RefundBehaviour",
    "RefundRequest",
    "SignedNotice",
    "State",
    "UnknownCharge",
    "is_local_path",
]
