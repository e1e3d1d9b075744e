"""The double-entry ledger of two assets: the only place where money or flowers move.

Words: an *account* belongs to an owner and holds one asset; a *transfer* moves a positive amount from the account it
debits to the account it credits. Laws: transfers are never changed or deleted; a balance is the sum of its transfers at
every commit; the two assets never meet in one transfer; flagged accounts never fall below zero, pending included.
"""
