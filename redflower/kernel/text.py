"""Words people read, marked where they are written and translated where they are shown."""


def N_(sentence: str) -> str:
    """Marks a Chinese sentence for the catalogue and returns it unchanged."""
    return sentence


# Characters that let a text lie about itself: NUL, bidirectional controls, zero-width marks, the BOM, line separators.
_FORBIDDEN = frozenset(
    {0x00, 0x061C, 0x2028, 0x2029, 0xFEFF, *range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
)


def has_forbidden_characters(text: str) -> bool:
    """True when the text holds control, bidirectional or surrogate characters nobody types on purpose."""
    return any(
        ord(char) in _FORBIDDEN or 0xD800 <= ord(char) <= 0xDFFF or (ord(char) < 0x20 and char not in "\n\t\r")
        for char in text
    )
