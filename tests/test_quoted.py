"""Every number of README.md, docs/findings.md and paper_notes.md is that of a table, docs/tables, or computed here, or given."""

import re

import numpy as np
import pandas as pd
import pytest

from cgi_theory import CompetitionModel, exact, resemblance
from cgi_theory.tables.files import load
from cgi_theory.theory.moments import win_moments
from cgi_theory.theory.truncated import hazard
from simulations import claims, quoted
from simulations.claims.networks import BLANK
from tests.forked import ROOT

TABLES = ROOT / "docs" / "tables"
PAPER = {"n": 10_000, "delta": 0.1}


def rival_share(rival_logit):
    """What a rival of this logit keeps of it, as the chosen label's logit is δ exactly."""
    answer = exact(CompetitionModel(**PAPER, conditioning="exactly", rival_logit=rival_logit))
    return 50.0 * (answer.rival_c1 + answer.rival_c2) * 0.1 / rival_logit, 50.0 * (answer.c1 + answer.c2)


def single_map_spread(share):
    """√(sF(1 − sF)/n)/(sδ)."""
    return (share * (1.0 - share) / PAPER["n"]) ** 0.5 / (0.5 * PAPER["delta"])


def thousand(sparsity):
    model = CompetitionModel(n=150_528, delta=0.1, n_labels=1000, shared_fraction=0, conditioning="exactly", sparsity=sparsity)
    return exact(model).c2


# Numbers that follow from the model alone, with the words around them.
CLOSED_FORMS = {
    "F(1/2) = 0.804499": lambda: win_moments(3.0**-0.5, 2, 1.0).energy,
    "F(0) = 0.909155": lambda: win_moments(1.0, 2, 1.0).energy,
    "falls from 1.53 at": lambda: float(hazard(1.0)),
    "to 1.01 at 0.1": lambda: float(hazard(10.0)) / 10.0,
    "0.098 for c₁": lambda: single_map_spread(0.5 * win_moments(3.0**-0.5, 2, 1.0).energy),
    "carries ±0.01.": lambda: single_map_spread(0.5 * win_moments(3.0**-0.5, 2, 1.0).energy) / 10.0,
    "a rival keeps 7.3 %": lambda: rival_share(0.025)[0],
    "49.1 % at δ/2": lambda: rival_share(0.05)[0],
    "70.0 % at δ,": lambda: rival_share(0.1)[0],
    "(85.7 % at δ/4)": lambda: rival_share(0.025)[1],
    "0.75 for k = 2": lambda: win_moments(1.0, 2, 1.0).kept,
    "for q = 0.1998 where": lambda: win_moments(1.0, 10, 1.0).kept,
    "0.1998 for k = 10": lambda: win_moments(1.0, 10, 1.0).kept,
    "would keep 2 % of the logit": lambda: 100.0 * thousand(1.0),
    "is 0.021)": lambda: thousand(1.0),
    "it keeps 0.53 in": lambda: thousand(0.01),
    "Labels keep 0.2 % on": lambda: 100.0 * win_moments(1.0, 1000, 1.0).kept,
    "M₀/(2 − M₀) = 0.111": lambda: resemblance(10, 0.0).overlap,
}
# What is given, not found: settings, versions, what the paper says, and products that are tested where they are derived.
GIVEN = [
    "at least 95 % agree",
    "Python 3.11 or newer",
    '3.1: "g₁ and',
    '4.2: "train',
    "Remark 1 speaks of 20 %",
    '"δ is 0.1 to 0.2 for',
    "greater than 98 % accuracy",
    "δ = 0.1, t = 10",
    "at δ = 0.01 to",
    "at 0.1 (n = 10⁴)",
    "n = 10⁴, δ = 0.1: an",
    "from 0 to 8.5, linearly",
    "δ from 0.01 to 0.5",
    "with ρ = 0.01 it",
    "0.1955 and −0.1592 at r = 1/2",
]


def text_of(name):
    """A document without what is no prose: code, the ledger, formulae that stand by themselves, and links."""
    text = (ROOT / name).read_text(encoding="utf-8")
    text = re.sub(r"```.*?```|<!-- claims(?:: \w+)? -->.*?<!-- /claims -->", "", text, flags=re.DOTALL)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("    "))
    return re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)


def prose(name):
    """The same without numbers that have a marker, its white space single."""
    return " ".join(quoted._MARKER.sub("", text_of(name)).split())


def numbers(text):
    """Decimal fractions, and whole percentages."""
    return [match.span() for match in re.finditer(r"(?<![\w.,])\d+\.\d+(?![\w.]*\d)|\d+ %", text)]


def test_the_text_says_what_the_table_says():
    table = load(TABLES / "quoted.csv")
    assert [(row.place, row.marker) for row in table.itertuples()] == [(marker.place, marker.text) for marker in quoted.markers()]
    assert [str(marker.said).replace("-", "−") for marker in quoted.markers()] == _as_text(table.found)
    assert len(table) > 60


def _as_text(found):
    return [str(value) for value in pd.read_csv(TABLES / "quoted.csv", dtype=str).found] if len(found) else []


@pytest.mark.parametrize("name", quoted.DOCUMENTS)
def test_no_number_has_no_source(name):
    """A number without a marker is one of the closed forms or of the given."""
    text, known = prose(name), [*CLOSED_FORMS, *GIVEN]
    places = [(match.start(), match.end()) for words in known for match in re.finditer(re.escape(words), text)]
    unknown = [
        text[max(0, first - 40) : last + 20]
        for first, last in numbers(text)
        if not any(low <= first and last <= high for low, high in places)
    ]
    assert unknown == []


def test_a_number_without_a_source_is_seen():
    assert [text[slice(*span)] for text in ["it is 0.39 and 74 %, of 10"] for span in numbers(text)] == ["0.39", "74 %"]
    assert numbers("version 1.2.3, k = 10, n₁₀") == []


@pytest.mark.parametrize("words", CLOSED_FORMS)
def test_closed_forms(words):
    """Each is in a document, and what the package says."""
    assert any(words in prose(name) or words in text_of(name) for name in quoted.DOCUMENTS)
    (number,) = re.findall(r"\d+\.\d+|\d+(?= %)", words)[-1:]
    said = [part for part in re.findall(r"[−-]?\d+\.\d+|\d+(?= %)", words) if part not in ("0.1",)]
    decimals = len(said[0].partition(".")[2])
    assert f"{CLOSED_FORMS[words]():.{decimals}f}" == said[0], number


def test_everything_given_is_still_said():
    texts = [prose(name) for name in quoted.DOCUMENTS]
    assert [words for words in GIVEN if not any(words in text for text in texts)] == []


TABLE = pd.DataFrame(
    {
        "method": ["CGI", "CGI", "input", "CGI"],
        "world": ["measured", "noise", "measured", "measured"],
        "k": [2, 2, 2, 10],
        "mean": [0.256, 0.5, np.nan, -0.126],
    }
)


def read(text, said="0"):
    return quoted.quoted(quoted._parsed("README.md", said, text), TABLE)


def test_what_a_marker_points_to():
    assert read("t: method=CGI, k=2; mean; .2f") == "0.26"
    assert read("t: method=CGI, k=2; mean; .0f%") == "26"
    assert read("t: method=CGI, k=2, world=noise; mean; .1f") == "0.5"
    assert read("t: method=CGI; largest mean; .3f") == "0.256"
    assert read("t: method=CGI; min mean; .2f") == "−0.13"
    assert read("t: method=CGI, k=10; mean * k; .1f") == "−1.3"
    assert read("t: method=CGI; mean mean; .2f") == "0.07"
    assert read("t: method=CGI, k=10; mean + 0.1259; .2f") == "0.00", "no minus before nothing"
    for wrong in ("t: method=CGI; mean; .2f", "t: method=LRP; mean; .2f"):
        with pytest.raises(LookupError, match="rows are meant by"):
            read(wrong)
    for wrong in ("t mean .2f", "t; mean", "t; mean; 2f"):
        with pytest.raises(ValueError, match=r"README\.md has a marker that is none"):
            read(wrong)


def test_the_notes_have_the_whole_ledger():
    notes = (ROOT / "paper_notes.md").read_text(encoding="utf-8")
    table = load(TABLES / "claims.csv")
    assert f"<!-- claims -->\n{claims.ledger(table)}\n<!-- /claims -->" in notes
    assert table.attrs["sidecar"]["command"] == "python -m simulations claims --seed 0"
    assert BLANK == 0.2, "as the notes say: a fifth"


@pytest.mark.parametrize(
    ("network", "table", "command"),
    [
        ("alexnet", "claims", "claims --seed 0 --network alexnet"),
        ("vgg", "claims", "claims --seed 0 --network vgg"),
        ("imagenet", "imagenet_claims", "imagenet_claims --seed 0"),
    ],
)
def test_the_notes_have_the_ledgers_of_other_networks(network, table, command):
    notes = (ROOT / "paper_notes.md").read_text(encoding="utf-8")
    found = load(ROOT / "docs" / network / f"{table}.csv")
    assert f"<!-- claims: {network} -->\n{claims.ledger(found)}\n<!-- /claims -->" in notes
    assert found.attrs["sidecar"]["command"] == f"python -m simulations {command}"


def test_quick_tables_have_every_cell_that_is_quoted(quick_table):
    quick, whole = quick_table("quoted"), load(TABLES / "quoted.csv")
    assert list(quick.marker) == list(whole.marker)
    assert (quick.found.astype(str) != whole.found.astype(str)).any()
