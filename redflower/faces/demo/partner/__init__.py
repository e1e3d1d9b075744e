"""The demo's partner: Ambler (慢行), a made-up app for walkers and riders, on a port and an origin of its own.

It does what any partner does, with nothing but the public client: reports deeds in bulk, asks for user tokens, embeds
`<red-flower>`, and believes webhooks by their signature. It keeps what it knows in memory: it is a stage, not a product.
"""
