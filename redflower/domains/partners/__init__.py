"""Partners: where they want to hear from us, and every word we sent them.

An *endpoint* is an address of a partner's that hears of events; its secret is derived, never stored. A *message* is one
event for one endpoint, written once; a *try* is one attempt to deliver it; what is *due* is tried again, with growing
pauses, until it is heard or given up. Laws: a message is queued once per event and endpoint; its id never changes, so that a
partner can tell a repeat; tries are never rewritten. Partners themselves, their keys and campaigns are in `scenes`.
"""
