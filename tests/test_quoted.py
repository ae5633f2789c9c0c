"""Every number that README.md and paper_notes.md quote stands in a table, docs/tables, and in the text as it is there."""

import pytest

from cgi_theory.tables.files import load
from simulations import claims, quoted
from tests.forked import ROOT

TABLES = ROOT / "docs" / "tables"


def words(name):
    return " ".join((ROOT / name).read_text(encoding="utf-8").split())


def test_the_text_quotes_the_table():
    table = load(TABLES / "quoted.csv")
    assert len(table) == sum(len(quote.places) for quote in quoted.QUOTES)
    for row in table.itertuples():
        assert row.text in words(row.place), row.text
    wrong = table.text[table.text.str.contains("0.19")].str.replace("0.19", "0.91")
    assert not any(text in words("README.md") for text in wrong)


def test_each_quote_of_the_table_is_one_that_is_made():
    """The text around the numbers is the experiment's."""
    found = load(TABLES / "quoted.csv").text.tolist()
    made = [quote for quote in quoted.QUOTES for place in quote.places]
    for (_, pattern, _), text in zip(made, found, strict=True):
        for part in pattern.replace("{:.0f}", "{}").replace("{:.1f}", "{}").replace("{:.2f}", "{}").split("{}"):
            assert part in text


def test_the_notes_have_the_whole_ledger():
    notes = (ROOT / "paper_notes.md").read_text(encoding="utf-8")
    table = load(TABLES / "claims.csv")
    assert f"<!-- claims -->\n{claims.ledger(table)}\n<!-- /claims -->" in notes
    assert table.attrs["sidecar"]["command"] == "python -m simulations claims --seed 0"


@pytest.fixture(scope="module")
def quick(quick_table):
    return quick_table("quoted")


def test_quick_tables_give_the_same_quotes_with_numbers_of_their_own(quick):
    whole = load(TABLES / "quoted.csv")
    assert list(quick.place) == list(whole.place)
    assert set(quick.text) != set(whole.text)
