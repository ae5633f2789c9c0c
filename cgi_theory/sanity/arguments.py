"""Arguments of sanity checks: methods, metrics, and stages of randomisation."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple, get_args

from cgi_theory._arguments import function, one_of, shown, word
from cgi_theory._arrays import Int1D
from cgi_theory.networks.network import Method, require_layered
from cgi_theory.sanity.comparison import NULLS
from cgi_theory.sanity.metrics import Metric, metric_of
from cgi_theory.sanity.table import EVERYTHING

Explain = Callable[[Any, Any, Int1D], Any]
Randomisation = Literal["both", "layer-wise", "cascading"]
ONE_METHOD = "the method"
METRICS = ("|spearman|", "pearson")
_LONGEST_NAME = 60


class Randomiser(NamedTuple):
    """Makes randomised networks: ``make(net, seed)`` one with all layers randomised, or ``method`` one with some."""

    method: Method
    make: Callable[[Any, int], Any] | None

    def __call__(self, net: Any, layers: tuple[str, ...], seed: int) -> Any:
        """Return a copy of the network with these layers randomised."""
        return net.with_random_layers(layers, seed=seed, method=self.method) if self.make is None else self.make(net, seed)


class Stage(NamedTuple):
    """A stage of randomisation: its name, and the layers that are randomised."""

    name: str
    layers: tuple[str, ...]


def methods_of(methods: object) -> dict[str, Explain]:
    """Return methods by name: a single function is called "the method"."""
    found: dict[Any, Any] = dict(methods) if isinstance(methods, Mapping) else {ONE_METHOD: methods}
    require_names("methods", found)
    return {name: function(f"methods[{name!r}]", explain) for name, explain in found.items()}


def require_names(argument: str, found: Mapping[Any, object]) -> None:
    """Raise a TypeError or ValueError unless methods have names that a table and a picture can show."""
    if not found:
        raise ValueError(f"{argument} must be of one method at least, not of none")
    for name in found:
        if not isinstance(name, str):
            raise TypeError(f"{argument} must be named by text, not {shown(name)}")
        require_printable(f"a name in {argument}", name)
        if name in NULLS:
            raise ValueError(f"a name in {argument} must not be that of a null, {shown(name)}")


def require_printable(argument: str, text: str) -> None:
    """Raise a ValueError unless a text can stand in a table and a picture."""
    if not text.strip() or not text.isprintable() or len(text) > _LONGEST_NAME:
        raise ValueError(f"{argument} must be 1 to {_LONGEST_NAME} printable characters, not {shown(text)}")


def metrics_of(metrics: Iterable[str], *, lit: bool) -> tuple[Metric, ...]:
    """Return metrics by their names, over the lit pixels if these are known; each once."""
    names = [metrics] if isinstance(metrics, str) else list(metrics)
    if not names:
        raise ValueError("metrics must name one at least, not none")
    return tuple(dict.fromkeys(metric_of(name, lit=lit) for name in names))


def stages_of(net: Any, layers: Sequence[str] | None, randomisation: str, randomiser: Randomiser) -> tuple[Stage, ...]:
    """Return the stages of randomisation of a network, the one that decides at the end."""
    one_of("randomisation", randomisation, get_args(Randomisation))
    one_of("method", randomiser.method, get_args(Method))
    if randomiser.make is not None:
        function("randomise", randomiser.make)
        if layers is not None:
            raise ValueError("layers must not be given with randomise, which randomises all")
        return (Stage(EVERYTHING, ()),)
    if not (names := tuple(require_layered(net).layer_names)):
        raise ValueError("net must have layers that can be randomised, and has none")
    chosen = names if layers is None else tuple([layers] if isinstance(layers, str) else layers)
    if unknown := [name for name in chosen if name not in names]:
        raise ValueError(f"layers must be some of {shown(names)}, not {shown(unknown[0])}")
    chosen = tuple(name for name in names if name in chosen)
    one_by_one = [Stage(f"layer-wise {word(name)}", (name,)) for name in chosen]
    cascade = [Stage(f"cascading {word(chosen[i])}", chosen[i:]) for i in range(len(chosen) - 1, -1, -1)]
    cascade = [stage for stage in cascade if stage.layers != names]
    parts = {"both": [*one_by_one, *cascade], "layer-wise": one_by_one, "cascading": cascade}
    return (*parts[randomisation], Stage(EVERYTHING, names))
