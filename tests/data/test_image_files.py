"""A table's image paths stay in its folder, wherever they or links lead."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from trustlab.core.context import Context
from trustlab.core.errors import InputError, NotFoundError, TrustlabError
from trustlab.data.modal import load_rows

if TYPE_CHECKING:
    from pathlib import Path

OUT = "must lie in this folder or below"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    (inside / "below").mkdir(parents=True)
    for place in (tmp_path / "secret.png", inside / "one.png", inside / "below" / "two.png"):
        Image.fromarray(np.full((4, 4), 7, np.uint8)).save(place)
    return inside


def read(folder: Path, *paths: str) -> np.ndarray:
    pd.DataFrame({"file": paths, "y": range(len(paths))}).to_csv(folder / "table.csv", index=False)
    dataset = load_rows("table.csv", Context(folder=folder, progress=False), images="file")
    assert dataset.images is not None
    return dataset.images.of(dataset.frame["file"].tolist())


def test_what_lies_in_the_folder_is_read_by_every_name(folder: Path) -> None:
    (folder / "link.png").symlink_to("below/two.png")
    (folder / "again").symlink_to("below")
    names = ["one.png", "below/two.png", "below/../one.png", str(folder / "one.png"), "link.png", "again/two.png"]
    assert read(folder, *names).shape == (6, 4, 4, 1)


@pytest.mark.parametrize("path", ["../secret.png", "below/../../secret.png", "{outside}", "link.png", "up/secret.png"])
def test_what_lies_outside_is_refused(folder: Path, path: str) -> None:
    (folder / "link.png").symlink_to("../secret.png")
    (folder / "up").symlink_to("..")
    path = path.format(outside=folder.parent / "secret.png")
    with pytest.raises(InputError, match=OUT) as refused:
        read(folder, "one.png", path)
    assert repr(path) in refused.value.message
    assert refused.value.hint


def test_a_folder_beside_it_with_a_longer_name_is_outside(folder: Path) -> None:
    beside = folder.parent / "inside_too"
    beside.mkdir()
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(beside / "one.png")
    with pytest.raises(InputError, match=OUT):
        read(folder, "../inside_too/one.png")


def test_a_folder_of_images_refuses_a_link_out_of_it(folder: Path) -> None:
    (folder / "link.png").symlink_to("../secret.png")
    with pytest.raises(InputError, match=OUT):
        load_rows(str(folder), Context(folder=folder.parent, progress=False))


@pytest.mark.parametrize("path", ["gone.png", "circle.png", "nul\0.png", "x" * 5000 + ".png"])
def test_what_cannot_be_read_is_said(folder: Path, path: str) -> None:
    (folder / "circle.png").symlink_to("circle.png")
    frame = pd.DataFrame({"file": [path]})
    with pytest.raises(NotFoundError, match="no image can be read at"):
        load_rows(frame, Context(folder=folder, progress=False), images="file")


def test_a_pipe_is_no_image_and_nobody_waits_for_it(folder: Path) -> None:
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(TrustlabError, match=r"an image must be a file; 'pipe\.png' is none"):
        read(folder, "pipe.png")
