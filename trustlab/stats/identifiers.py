"""Does a text look like a direct identifier of a person? Patterns, with the check digits where there are any."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 320  # signs of an identifier: those of an e-mail address, 64 before the @ and 255 after
_EMAIL = re.compile(r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")
_PHONE = re.compile(r"\+\d{1,3}[ ().-]*(\d[ ().-]*){6,13}|\(?0?\d{2,4}\)?[ ./-]\d{2,4}([ .-]\d{2,5}){1,3}")
_SOCIAL_SECURITY = re.compile(r"(?!000|666|9\d\d)\d{3}-(?!00)\d{2}-(?!0000)\d{4}")
_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})")
_IPV6 = re.compile(r"[0-9A-Fa-f:]{3,39}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"\d{13,19}")
_CARD_STARTS = re.compile(r"3[0-9]|4|5[1-5]|6[0-9]|2[2-7]")


def luhn(digits: str) -> bool:
    """Return whether digits end in their check digit by Luhn.

    References
    ----------
    ISO/IEC 7812-1, annex B.
    """
    if not digits.isdecimal():
        return False
    total = 0
    for place, sign in enumerate(reversed(digits)):
        number = int(sign) * (2 if place % 2 else 1)
        total += number - 9 if number > 9 else number
    return total % 10 == 0


def iban(text: str) -> bool:
    """Return whether a text is an international bank account number: its form, and 1 modulo 97.

    References
    ----------
    ISO 13616-1; ISO/IEC 7064, MOD 97-10.
    """
    plain = text.replace(" ", "").upper()
    if not _IBAN.fullmatch(plain):
        return False
    moved = plain[4:] + plain[:4]
    return int("".join(str(int(sign, 36)) for sign in moved)) % 97 == 1


def card(text: str) -> bool:
    """Return whether a text is a payment card's number: 13 to 19 digits that begin and end as one does."""
    plain = re.sub(r"[ -]", "", text)
    return bool(_CARD.fullmatch(plain) and _CARD_STARTS.match(plain)) and len(set(plain)) > 1 and luhn(plain)


def email(text: str) -> bool:
    """Return whether a text is an e-mail address."""
    return bool(_EMAIL.fullmatch(text))


def phone(text: str) -> bool:
    """Return whether a text is a telephone number with its separators; bare digits could be anything.

    References
    ----------
    ITU-T E.164: at most 15 digits.
    """
    if not 7 <= sum(sign.isdecimal() for sign in text) <= 15:
        return False
    return bool(_PHONE.fullmatch(text)) and not re.fullmatch(r"\d{1,4}[-./]\d{1,2}[-./]\d{1,4}", text)


def social_security(text: str) -> bool:
    """Return whether a text is a United States social security number; parts of zeros were never given out."""
    return bool(_SOCIAL_SECURITY.fullmatch(text))


def address(text: str) -> bool:
    """Return whether a text is an internet protocol address, version 4 or 6."""
    import ipaddress

    if not (_IPV4.fullmatch(text) or (_IPV6.fullmatch(text) and text.count(":") > 1)):
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


KINDS: dict[str, Callable[[str], bool]] = {
    "e-mail address": email,
    "bank account (IBAN)": iban,
    "payment card": card,
    "social security number": social_security,
    "IP address": address,
    "telephone number": phone,
}


def kind_of(text: str) -> str | None:
    """Return which identifier a text looks like, or None."""
    if len(text) > LONGEST:
        return None
    return next((name for name, looks in KINDS.items() if looks(text)), None)


def masked(text: str) -> str:
    """Return the shape of a text: letters become ``a`` and digits ``0``, and all but its first signs are cut off."""
    shape = "".join("a" if sign.isalpha() else "0" if sign.isdecimal() else sign for sign in text[:24])
    return shape + ("…" if len(text) > 24 else "")
