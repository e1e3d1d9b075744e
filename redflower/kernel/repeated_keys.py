"""Whether JSON says a key twice, told by counting.

A decoder into shapes keeps the last of two equal keys and says nothing; to look at every key costs many times as much.
"""

from collections.abc import Sequence

import msgspec

_astuple = msgspec.structs.astuple
_TEXTS = (msgspec.inspect.StrType, msgspec.inspect.EnumType, msgspec.inspect.LiteralType)


class KeyCount:
    """How many quotation marks objects of one shape have: two for every key, two for every text."""

    def __init__(self, shape: type[msgspec.Struct]) -> None:
        found = msgspec.inspect.type_info(shape)
        kinds = [field.type for field in found.fields] if isinstance(found, msgspec.inspect.StructType) else []
        numbers = sum(isinstance(kind, msgspec.inspect.IntType) for kind in kinds)
        if numbers + sum(isinstance(kind, _TEXTS) for kind in kinds) != len(kinds):
            raise TypeError("a shape on the wire has texts, texts that may be left out, and numbers")
        self._marks = 4 * len(kinds) - 2 * numbers

    def may_repeat(self, body: bytes, items: Sequence[msgspec.Struct]) -> bool:
        """Whether the body that these were read from may say a key twice, or says one that the shape does not have.

        With no backslash to hide one, a mark too many is a key too many.
        """
        if b"\\" in body:
            return True
        left_out = 0
        for item in items:
            left_out += _astuple(item).count(msgspec.UNSET)
        return body.count(b'"') != self._marks * len(items) - 4 * left_out
