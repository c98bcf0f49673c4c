import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trustlab.stats.identifiers import card, iban, kind_of, luhn, masked


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("ada.lovelace@example.org", "e-mail address"),
        ("GB82 WEST 1234 5698 7654 32", "bank account (IBAN)"),
        ("DE89370400440532013000", "bank account (IBAN)"),
        ("4111 1111 1111 1111", "payment card"),
        ("378282246310005", "payment card"),
        ("078-05-1120", "social security number"),
        ("192.168.0.1", "IP address"),
        ("2001:db8::8a2e:370:7334", "IP address"),
        ("+44 20 7946 0958", "telephone number"),
        ("(020) 7946 0958", "telephone number"),
        ("555-010-0199", "telephone number"),
    ],
)
def test_examples_of_the_standards(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-31", "31/01/2024", "1.2.3", "12:30:00", "1,234.56", "0.123456789", "north", "", "a@b", "999.1.1.1",
        "4111 1111 1111 1112", "GB82 WEST 1234 5698 7654 33", "000-12-3456", "0000000000000000", "12345678", "-3.5e-10",
        "2024-01-31 12:00:00", "20240131", "10-12-15", "US-CA", "v1.0.2.4-rc",
    ],
)  # fmt: skip
def test_what_only_looks_alike(text):
    assert kind_of(text) is None


@given(st.text(string.digits, min_size=1, max_size=18))
def test_exactly_one_check_digit_fits(digits):
    assert sum(luhn(digits + sign) for sign in string.digits) == 1


@given(st.text(string.digits, min_size=12, max_size=18))
def test_exactly_one_pair_of_check_digits_fits(account):
    assert sum(iban(f"DE{pair:02d}{account}") for pair in range(2, 99)) == 1
    assert not card("")


def test_a_mask_shows_the_shape_alone():
    assert masked("Ada.L@example.org") == "aaa.a@aaaaaaa.aaa"
    assert masked("x" * 40) == "a" * 24 + "…"
