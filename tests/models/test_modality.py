"""Images, texts and rankings as subjects: from arrays, files and versions, through torch, estimators and functions."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from torch import nn

from trustlab.core import registry
from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, TrustlabError, UsageError
from trustlab.core.execute import run
from trustlab.models.adapt import as_predictor
from trustlab.models.subject import Subject

SIDE, N = 6, 24
RNG = np.random.default_rng(5)
LABELS = np.arange(N) % 3
COLOUR = RNG.integers(0, 100, (N, SIDE, SIDE, 3), dtype=np.uint8)
COLOUR[np.arange(N), :, :, LABELS] += 120  # the class is the brightest channel
TEXTS = [f"{'good fine' if at % 2 else 'bad poor'} film number {at}" for at in range(N)]
MOOD = np.arange(N) % 2


class Brightest(nn.Module):
    """Scores a class by its channel's mean; wants (n, 3, h, w)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 3, 1, bias=False)
        self.conv.weight.data = torch.eye(3)[:, :, None, None]
        self.out = nn.Linear(3, 3)
        self.out.weight.data, self.out.bias.data = torch.eye(3) * 50, torch.zeros(3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.out(self.conv(x).mean(dim=(2, 3)))
        return out


class Bag(nn.Module):
    """Says by the count of the word 'good'; encodes texts itself."""

    classes = (0, 1)

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(2, 2)
        self.table.weight.data = torch.tensor([[1.0, 0.0], [0.0, 30.0]])

    def encode(self, texts: list[str]) -> torch.Tensor:
        return torch.tensor([[int("good" in text)] for text in texts])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        out: torch.Tensor = self.table(x).mean(dim=1)
        return out


def load(context: Context | None = None, **named: Any) -> Subject:
    return Subject.load(**named, context=context or Context(progress=False, notice=lambda _: None))


def refused(error: type[TrustlabError], **named: Any) -> str:
    with pytest.raises(error) as caught:
        load(**named)
    return f"{caught.value.message} {caught.value.hint or ''}"


def save(folder: Path, names: tuple[str, ...] = ("blue", "green", "red")) -> Path:
    """Write the images as class folders; the names' sorted order is the module's order of classes."""
    for at, (image, label) in enumerate(zip(COLOUR, LABELS, strict=True)):
        path = folder / names[label] / f"{at:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(path)
    return folder


# images


@pytest.mark.parametrize(
    "array",
    [
        COLOUR,
        np.moveaxis(COLOUR, -1, 1),
        COLOUR / np.float32(255),
        np.moveaxis(COLOUR, -1, 1).astype(np.float64) / 255,
        torch.from_numpy(np.moveaxis(COLOUR, -1, 1).copy()),
        list(COLOUR),
    ],
    ids=["n h w c", "n c h w", "floats", "floats n c h w", "tensor", "list of arrays"],
)
def test_images_come_in_any_layout(array: Any) -> None:
    subject = load(model=Brightest(), data=array, target=LABELS)
    assert subject.modality == "image"
    assert subject.images is not None
    assert subject.images.dtype == np.float32
    np.testing.assert_allclose(subject.images, COLOUR / 255, atol=1e-6)
    np.testing.assert_array_equal(subject.y_pred, LABELS)
    assert subject.proba is not None
    assert subject.proba.shape == (N, 3)
    np.testing.assert_array_equal(subject.predict(subject.images[:5]), LABELS[:5])


def test_the_module_sees_the_values_that_the_caller_gave() -> None:
    seen = []

    class Spy(Brightest):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.append(x)
            return super().forward(x)

    normal = ((COLOUR / 255 - 0.4) / 0.2).astype(np.float32)
    subject = load(model=Spy(), data=normal, target=LABELS)
    np.testing.assert_allclose(seen[0].numpy(), np.moveaxis(normal, -1, 1), atol=1e-5)
    assert subject.images is not None
    assert subject.images.min() == 0
    assert subject.images.max() == 1
    engine: Any = subject.predictor.engine  # type: ignore[union-attr]
    ours = engine.log_proba(torch.from_numpy(np.moveaxis(subject.images, -1, 1).copy())).exp()
    np.testing.assert_allclose(ours.detach().numpy(), subject.proba, atol=1e-5)


def test_grey_images_and_an_estimator_of_pixels() -> None:
    grey = COLOUR[..., 0]
    flat = LogisticRegression(max_iter=500).fit(grey.reshape(N, -1), LABELS)
    subject = load(model=flat, data=grey, target=LABELS)
    assert subject.images is not None
    assert subject.images.shape == (N, SIDE, SIDE, 1)
    np.testing.assert_array_equal(subject.y_pred, flat.predict(grey.reshape(N, -1)))


def test_a_function_gets_images_as_the_caller_has_them() -> None:
    kinds = []

    def brightest(images: Any) -> Any:
        kinds.append((images.shape, images.dtype))
        return images.mean(axis=(1, 2)).argmax(axis=1)

    subject = load(model=brightest, data=COLOUR, target=LABELS)
    assert kinds == [(COLOUR.shape, COLOUR.dtype)]
    np.testing.assert_array_equal(subject.y_pred, LABELS)


def test_a_folder_of_class_folders(tmp_path: Path) -> None:
    subject = load(model=Brightest(), data=str(save(tmp_path / "pets")))
    assert subject.classes == ("blue", "green", "red")
    assert subject.target == "label"
    np.testing.assert_array_equal(np.sort(subject.y), np.sort(LABELS))
    np.testing.assert_array_equal(subject.y_pred, subject.y)
    assert subject.dataset.frame["image"][0] == "blue/00.png"
    assert len(str(subject.provenance()["data"]["digest"])) == 64


def test_a_table_of_paths_beside_the_images(tmp_path: Path) -> None:
    save(tmp_path / "pets")
    paths = [f"pets/{('blue', 'green', 'red')[label]}/{at:02}.png" for at, label in enumerate(LABELS)]
    table = pd.DataFrame({"path": paths, "kind": LABELS, "site": ["a", "b"] * (N // 2)})
    table.to_csv(tmp_path / "pets.csv", index=False)
    subject = load(
        model=Brightest(), data=tmp_path / "pets.csv", images="path", target="kind", sensitive="site", where="kind > 0"
    )
    assert subject.n == N * 2 // 3
    assert subject.images is not None
    np.testing.assert_allclose(subject.images, COLOUR[LABELS > 0] / 255, atol=1e-6)
    assert subject.sensitive is not None
    assert subject.take(np.array([3, 1])).images is not None
    np.testing.assert_array_equal(subject.take(np.array([3, 1])).images, subject.images[[3, 1]])
    assert "path" in refused(UsageError, data=tmp_path / "pets.csv", images="pth", target="kind")
    table.assign(path="pets/none.png").to_csv(tmp_path / "lost.csv", index=False)
    assert "none.png" in refused(NotFoundError, data=tmp_path / "lost.csv", images="path", target="kind")


def test_images_of_a_version(tmp_path: Path) -> None:
    save(tmp_path / "pets")
    context = Context(folder=tmp_path, progress=False, notice=lambda _: None)
    run("init", {"yes": True}, context)
    run("data.commit", {"repo": "pets", "source": "pets", "message": "first"}, context)
    subject = load(context, model=Brightest(), data="pets@main")
    assert subject.dataset.source == "commit"
    np.testing.assert_array_equal(subject.y_pred, subject.y)
    pd.DataFrame({"path": ["blue/00.png", "red/02.png"], "kind": [0, 2]}).to_csv(
        tmp_path / "pets" / "list.csv", index=False
    )
    run("data.commit", {"repo": "pets", "source": "pets", "message": "with a table"}, context)
    listed = load(context, model=Brightest(), data="pets@main:list.csv", images="path", target="kind")
    np.testing.assert_array_equal(listed.y_pred, [0, 2])


def test_an_archive_of_arrays(tmp_path: Path) -> None:
    np.savez(tmp_path / "pets.npz", X=COLOUR, y=LABELS, site=MOOD)
    subject = load(model=Brightest(), data=tmp_path / "pets.npz", sensitive="site")
    np.testing.assert_array_equal(subject.y_pred, LABELS)
    assert subject.target == "y"
    np.savez(tmp_path / "table.npz", X=COLOUR.reshape(N, -1)[:, :4], y=MOOD)
    assert load(data=tmp_path / "table.npz", target="y").X.shape == (N, 4)
    np.savez(tmp_path / "empty.npz", y=MOOD)
    assert "array X" in refused(InputError, data=tmp_path / "empty.npz", target="y")


def test_images_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    folder = save(tmp_path / "pets")
    Image.fromarray(COLOUR[0, :3]).save(folder / "red" / "z.png")
    assert "one size" in refused(InputError, data=folder)
    (folder / "red" / "z.png").write_bytes(b"no image")
    said = refused(InputError, data=folder)
    assert "z.png must be an image; its bytes are in no format that is known" in said
    holes = COLOUR.astype(float)
    holes[2, 1, 1, 1] = np.nan
    assert "1 of 24 images" in refused(InputError, data=holes, target=LABELS)
    assert "(n, h, w, c)" in refused(InputError, data=np.zeros((4, 5, 6, 7)), target=[0, 1, 0, 1])
    assert "one size" in refused(InputError, data=[COLOUR[0], COLOUR[1, :2]], target=[0, 1])


def test_training_images_are_read_in_the_same_unit() -> None:
    dim = (COLOUR // 2).astype(np.uint8)
    subject = load(model=Brightest(), data=COLOUR, target=LABELS, train=(dim, LABELS))
    assert subject.train is not None
    assert subject.train.images is not None
    np.testing.assert_allclose(subject.train.images, dim / 255, atol=1e-6)
    np.testing.assert_array_equal(subject.train.y_pred, LABELS)


# texts


def test_texts_through_a_pipeline_a_function_and_a_module() -> None:
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS, MOOD)
    for model in (pipeline, lambda texts: [int("good" in text) for text in texts], Bag()):
        subject = load(model=model, data=TEXTS, target=MOOD)
        assert subject.modality == "text"
        assert list(subject.texts) == TEXTS  # type: ignore[arg-type]
        np.testing.assert_array_equal(subject.y_pred, MOOD)
        np.testing.assert_array_equal(subject.predict(["so good", "so poor"]), [1, 0])
    for data in (np.array(TEXTS), pd.Series(TEXTS)):
        assert load(model=pipeline, data=data, target=MOOD).modality == "text"


def test_a_column_of_texts(tmp_path: Path) -> None:
    table = pd.DataFrame({"review": [*TEXTS[:-1], None], "mood": np.where(MOOD, "up", "down"), "sex": ["a", "b"] * 12})
    table.to_csv(tmp_path / "films.csv", index=False)
    pipeline = make_pipeline(CountVectorizer(), LogisticRegression()).fit(TEXTS, table["mood"])
    subject = load(model=pipeline, data=tmp_path / "films.csv", text="review", target="mood", sensitive="sex")
    assert subject.texts is not None
    assert subject.texts[-1] == ""
    assert subject.X.shape == (N, 0)
    np.testing.assert_array_equal(subject.y_pred[:-1], MOOD[:-1])  # type: ignore[index]


def test_a_module_that_cannot_encode_is_refused() -> None:
    assert "encode(texts)" in refused(InputError, model=Brightest(), data=TEXTS, target=MOOD)
    assert "texts must be text" in refused(InputError, data=np.array(["a", 3], dtype=object), target=[0, 1])


# ranking


def ranking() -> pd.DataFrame:
    rng = np.random.default_rng(0)
    x = rng.normal(size=60)
    return pd.DataFrame({"x": x, "grade": np.digitize(x, [-0.5, 0.5]), "q": np.repeat([f"q{i}" for i in range(12)], 5)})


def test_a_ranking_by_a_model_or_a_column() -> None:
    frame = ranking()
    model = LinearRegression().fit(frame[["x"]], frame["grade"])
    subject = load(model=model, data=frame, target="grade", query="q")
    assert subject.task == "ranking"
    assert subject.classes == ()
    np.testing.assert_allclose(subject.y_pred, model.predict(frame[["x"]]))
    assert [subject.query_names[code] for code in subject.query] == frame["q"].tolist()  # type: ignore[union-attr]
    assert "q" not in subject.X
    by_column = load(data=frame.assign(s=frame["x"] * 7), target="grade", query="q", score="s")
    np.testing.assert_allclose(by_column.y_pred, frame["x"] * 7)
    part = subject.take(np.array([7, 0]))
    np.testing.assert_array_equal(part.query, subject.query[[7, 0]])  # type: ignore[index]


def test_a_binary_classifier_ranks_by_its_probability() -> None:
    frame = ranking()
    model = LogisticRegression().fit(frame[["x"]], frame["grade"] > 1)
    subject = load(model=model, data=frame, target="grade", query="q")
    np.testing.assert_allclose(subject.y_pred, model.predict_proba(frame[["x"]])[:, 1])
    many = LogisticRegression().fit(frame[["x"]], frame["grade"])
    assert "a score for each row" in refused(InputError, model=many, data=frame, target="grade", query="q")


def test_a_ranking_that_cannot_be_is_refused() -> None:
    frame = ranking()
    gaps = frame.assign(q=frame["q"].where(frame["q"] != "q3"))
    assert "5 of 60" in refused(InputError, data=gaps, target="grade", query="q", score="x")
    assert "finite" in refused(InputError, data=frame.assign(x=np.nan), target="grade", query="q", score="x")
    assert "ranking" in refused(UsageError, data=frame, target="grade", query="q", score="x", task="regression")


# which checks apply


def test_checks_of_tables_do_not_apply_to_images_and_texts() -> None:
    image = load(model=Brightest(), data=COLOUR, target=LABELS)
    text = load(model=Bag(), data=TEXTS, target=MOOD)
    table = load(data=ranking(), target="grade", task="multiclass")
    duplicates = registry.get("quality.duplicates")
    assert image.why_not(duplicates) == "asks about columns of a table; each row here is an image"
    assert text.why_not(duplicates) == "asks about columns of a table; each row here is a text"
    assert table.why_not(duplicates) is None
    assert image.why_not(registry.get("performance.metrics")) is None
    assert [need for need in ("images", "texts", "gradients", "features", "numeric") if image.offers(need)] == [
        "images",
        "gradients",
    ]
    assert text.offers("texts")
    assert not table.offers("gradients")


def test_checks_that_do_not_name_ranking_do_not_apply_to_it() -> None:
    subject = load(data=ranking().assign(s=1.0), target="grade", query="q", score="s")
    assert "ranking" in str(subject.why_not(registry.get("segments.worst_slice")))
    assert subject.why_not(registry.get("quality.duplicates")) is None


def test_equal_images_and_texts_have_equal_keys() -> None:
    twice = load(data=np.concatenate([COLOUR, COLOUR[:2]]), target=[*LABELS, 0, 1])
    keys = twice.row_keys()
    assert keys[0] == keys[N]
    assert keys[1] == keys[N + 1]
    assert len(set(keys.tolist())) == N
    assert len(set(load(data=[*TEXTS, TEXTS[3]], target=[*MOOD, 1]).row_keys().tolist())) == N


def test_predictor_refuses_another_shape() -> None:
    subject = load(model=Brightest(), data=COLOUR, target=LABELS)
    assert subject.predictor is not None
    with pytest.raises(InputError, match="channels"):
        subject.predictor.predict(COLOUR.reshape(N, -1))
    assert as_predictor(subject.predictor).modality == "image"


def test_archives_that_are_none_or_burst_are_refused(tmp_path, monkeypatch):
    path = tmp_path / "odd.npz"
    np.savez_compressed(path, X=np.zeros((200_000, 4)), y=np.arange(200_000) % 2)
    monkeypatch.setattr("trustlab.data.modal.MOST_UNPACKED", 1_000_000)
    monkeypatch.setattr("trustlab.data.modal.MOST_TIMES", 5)
    assert "unpack to more than 5 times" in refused(InputError, data=path, target="y")
    monkeypatch.undo()
    whole = path.read_bytes()
    path.write_bytes(whole[:200] + b"x" * 200 + whole[400:])
    assert "plain arrays" in refused(InputError, data=path, target="y")
    np.save(tmp_path / "one.npy", COLOUR)
    path.write_bytes((tmp_path / "one.npy").read_bytes())
    assert "plain arrays" in refused(InputError, data=path, target="y")
    np.savez(path, X=np.array([{"a": 1}], dtype=object), y=np.array([1]))
    assert "plain arrays" in refused(InputError, data=path, target="y")
