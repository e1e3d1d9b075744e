"""The hosted payment page of 沙盒支付 Sandbox Pay, as payers see it: another company's page, in its own clothes.

It speaks only with the provider's books (`adapters.sandbox_bank`) and knows nothing of gifts.
"""
