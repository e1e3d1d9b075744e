"""Words people read, marked where they are written and translated where they are shown."""

import re


def N_(sentence: str) -> str:
    """Marks a Chinese sentence for the catalogue and returns it unchanged."""
    return sentence


# Characters that let a text lie about itself: NUL, bidirectional controls, zero-width marks, the BOM, line separators,
# and the mark a decoder leaves where bytes were no text.
_FORBIDDEN = frozenset(
    {0x061C, 0x2028, 0x2029, 0xFEFF, 0xFFFD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
)
_DECODING_MARK = "\ufffd"
# The zero-width joiner is fine where telephones put it: between the parts of one emoji, as in a family.
_JOINER_IN_EMOJI = re.compile(
    "(?<=[\u2190-\u2bff\ufe0f\U0001f000-\U0001faff])\u200d(?=[\u2190-\u2bff\U0001f000-\U0001faff])"
)


def has_forbidden_characters(text: str) -> bool:
    """True when the text holds control, bidirectional or surrogate characters nobody types on purpose."""
    if text.isprintable() and _DECODING_MARK not in text:  # all the others are unprintable: most texts end here
        return False
    return any(
        ord(char) in _FORBIDDEN or 0xD800 <= ord(char) <= 0xDFFF or _is_control(char)
        for char in _JOINER_IN_EMOJI.sub("", text)
    )


def _is_control(char: str) -> bool:
    return char not in "\n\t\r" and (ord(char) < 0x20 or 0x7F <= ord(char) < 0xA0)
