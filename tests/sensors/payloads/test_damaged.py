"""The bench of damaged payloads finds nothing; here a helping, `./run bench payloads` for all."""

from tests.bench import payloads


def test_damaged_payloads_are_read_or_refused() -> None:
    """The same 6,000 every time: a fault that is found once stays found."""
    figures = payloads.run(payloads=6_000)

    assert {name: value for name, value in figures.items() if name.startswith("fault")} == {
        "faults": 0
    }
    assert all(figures[outcome] for outcome in ("read", "nothing to store", "refused"))


def test_a_decoder_that_raises_is_found() -> None:
    """What the bench asserts can fail: an unknown kind is refused, a wrong type is a fault."""
    assert payloads.attempt("native_json", "vaxsite/f/reading", b'{"c":4}') == "read"
    assert payloads.attempt("native_json", "vaxsite/f/reading", b"[]") == "refused"
    broken: bytes = None  # type: ignore[assignment]  # What no broker delivers.
    assert payloads.attempt("native_json", "vaxsite/f/reading", broken).startswith("fault: Type")
