"""What labels of axes and legends call a model's fields and the quantities: the paper's symbols, and words."""

from typing import NamedTuple


class Symbol(NamedTuple):
    """A name for readers."""

    text: str
    """As text; empty if the paper has none."""
    math: str
    """As Matplotlib's mathematics."""
    words: str

    def in_words(self, *, math: bool = False) -> str:
        """Return words and symbol, as axes are called: "sparsity ρ"."""
        return f"{self.words} {self.math if math else self.text}".strip()


FIELDS = {
    "n": Symbol("n", "$n$", "coordinates"),
    "delta": Symbol("δ", r"$\delta$", "logit"),
    "n_labels": Symbol("k", "$k$", "labels"),
    "shared_fraction": Symbol("s", "$s$", "share of shared features"),
    "shared_correlation": Symbol("r", "$r$", "cosine of shared features"),
    "sparsity": Symbol("ρ", r"$\rho$", "sparsity"),
    "conditioning": Symbol("", "", "conditioning"),
    "gradient_law": Symbol("", "", "gradient law"),
    "rival_logit": Symbol("δ₂", r"$\delta_2$", "rival's logit"),
}
WORDS = {
    "at_least": "g₁·x ≥ δ",
    "exactly": "g₁·x = δ",
    "unit": "unit vectors",
    "gaussian": "Gaussian vectors",
    "joint": "jointly Gaussian",
}
"""What fields that hold words hold."""
QUANTITIES = {
    "c1": Symbol("c₁", "$c_1$", "share of the shared logit retained"),
    "c2": Symbol("c₂", "$c_2$", "share of the distinct logit retained"),
    "kept_shared": Symbol("", "", "fraction of shared features kept"),
    "kept_distinct": Symbol("", "", "fraction of distinct features kept"),
    "chosen_shared": Symbol("", "", "chosen label's shared sum over its share of the logit"),
    "rival_shared": Symbol("", "", "rival's shared sum over r times that share"),
    "rival_c1": Symbol("", "", "share that the rival's map retains of shared features"),
    "rival_c2": Symbol("", "", "share that the rival's map retains of distinct features"),
}
ENDINGS = {
    "": "",
    "_stderr": ": standard error",
    "_exact": ": exact",
    "_limit": ": exact for n → ∞",
    "_z": ": (simulated − exact)/standard error",
}


def field_label(name: str, *, math: bool = False) -> str:
    """Return what an axis of a sweep is called."""
    return FIELDS[name].in_words(math=math) if name in FIELDS else name


def value_label(name: str, value: object, *, math: bool = False) -> str:
    """Return a field and its value: "ρ = 0.1", or in words."""
    text = value_text(value)
    symbol = FIELDS[name].math if math else FIELDS[name].text
    return f"{symbol} = {text}" if symbol else text


def value_text(value: object) -> str:
    """Return a field's value alone."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else WORDS.get(str(value), str(value))


def quantity_label(name: str, *, math: bool = False) -> str:
    """Return what a quantity is called: symbol, then words."""
    symbol = QUANTITIES[name]
    return ", ".join(part for part in (symbol.math if math else symbol.text, symbol.words) if part)


def column_label(column: str) -> str:
    """Return what a column of a sweep's table holds, as text."""
    for name in QUANTITIES:
        for ending, meaning in ENDINGS.items():
            if column == name + ending:
                return quantity_label(name) + meaning
    return field_label(column)
