"""The code of a certificate, however it is typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.certificates.codes import ALPHABET, make_code, read_code


def test_codes_are_long_random_and_unambiguous() -> None:
    codes = {make_code() for _ in range(500)}

    assert len(codes) == 500
    assert all(len(code) == 14 and read_code(code) == code for code in codes)
    assert not set("ILOU") & set(ALPHABET)


@pytest.mark.parametrize(
    "typed",
    [
        "7K4R-29WX-0B1D",
        "7k4r-29wx-0b1d",
        " 7K4R 29WX 0B1D\n",
        "7K4R29WX0B1D",
        "7K4R–29WX—0B1D",
        "7K4R-29WX-OBID",
        "7k4r.29wx.obld",
        "https://samverkan.example/sv/certificates/7K4R-29WX-0B1D/",
    ],
)
def test_a_code_is_read_however_it_was_typed(typed: str) -> None:
    assert read_code(typed) == "7K4R-29WX-0B1D"


@pytest.mark.parametrize(
    "typed", ["", "7K4R-29WX", "7K4R-29WX-0B1D-2", "7K4R-29WX-0BÅD", "٧K4R-29WX-0B1D", "' OR 1=1 --"]
)
def test_what_cannot_be_a_code_is_none(typed: str) -> None:
    assert read_code(typed) is None


@given(st.text())
def test_nothing_that_can_be_typed_breaks_it(typed: str) -> None:
    code = read_code(typed)

    assert code is None or read_code(code) == code
