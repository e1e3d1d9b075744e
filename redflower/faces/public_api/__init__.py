"""The JSON API for everybody: public data without a key, and a door that takes gifts by the list.

Words: a *door* is what every request passes through before an operation sees it; a *problem* is a refusal as
RFC 9457 writes it; the *document* is the OpenAPI document, from which the reference page is made and against which
query parameters are checked. Laws: no personal data and no donor ids in any answer; every fault is a problem, never a
500; every list is paged by an opaque cursor; amounts are whole fen.
"""
