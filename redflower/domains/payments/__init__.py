"""Facts about providers: what we asked them to collect (orders), what they say they collected (captures), how attempts
ended without money (ends), and what they told us that does not fit (alarms).

Orders never change. An order's state is derived from the rows that came after it, so nothing can drift.
"""
