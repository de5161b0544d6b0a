"""Bring in step with the tutorials what follows from them: their pictures, and the Korean ones.

`python -m tools.tutorials pictures` runs the notebooks, and keeps of each the picture that stands at its top: what its
cell with the tag "cover" draws. `python -m tools.tutorials korean` gives the Korean notebooks the code of the English
ones, and names the cells of text that have changed since they were translated; with their ids behind it, it notes that
the Korean text has followed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import tempfile
from base64 import b64decode
from collections.abc import Iterable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

FOLDER = Path(__file__).parents[1] / "tutorials"
KOREAN = FOLDER / "ko"
MODELS = FOLDER / "models"
MOST_SECONDS = 120
"""As long a cell may take."""

COVER = "cover"
"""The tag of the cell whose picture stands at the top."""

SPEAK_KOREAN = 'import rnnscope as rs\n\nrs.set_language("ko")'
"""The one cell of code that only a Korean notebook has: its first."""

Notebook = dict[str, Any]


def english() -> list[Path]:
    """Return the notebooks in English."""
    return sorted(FOLDER.glob("*.ipynb"))


def everywhere() -> list[Path]:
    """Return the notebooks in all languages."""
    return [*english(), *sorted(KOREAN.glob("*.ipynb"))]


def read(path: Path) -> Notebook:
    """Return a notebook as its file says it."""
    return json.loads(path.read_text(encoding="utf-8"))


def cells_of(path: Path) -> list[dict[str, Any]]:
    """Return the cells of a notebook in a file."""
    return read(path)["cells"]


def text_of(cell: dict[str, Any]) -> str:
    """Return what stands in a cell."""
    return "".join(cell["source"])


def short_hash(text: str) -> str:
    """Return a few letters that change with a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:10]


# ------------------------------------------------------------------------------------------------------- the pictures


def picture_of(path: Path) -> Path:
    """Return the file of the picture at the top of a notebook."""
    return path.parent / "pictures" / f"{path.stem}.png"


def cover_of(notebook: Notebook) -> int:
    """Return the number of the cell that draws the picture at the top."""
    (number,) = (k for k, cell in enumerate(notebook["cells"]) if COVER in cell["metadata"].get("tags", ()))
    return number


def drawn_from(notebook: Notebook) -> str:
    """Return a few letters that change with the code that draws the picture at the top."""
    cells = notebook["cells"][: cover_of(notebook) + 1]
    return short_hash("\n".join(text_of(cell) for cell in cells if cell["cell_type"] == "code"))


def executed(path: Path, *, whole: bool = True) -> Notebook:
    """Return a notebook with its outputs, run beside the models that it loads; if not whole, up to its picture."""
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    if not whole:
        notebook.cells = notebook.cells[: cover_of(notebook) + 1]
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(MODELS, Path(folder) / MODELS.name)
        NotebookClient(notebook, timeout=MOST_SECONDS, resources={"metadata": {"path": folder}}).execute()
    return notebook


@dataclass(frozen=True)
class Cover:
    """The picture at the top of a notebook.

    Attributes
    ----------
    image
        The picture, in as many colours as a small file has.
    words
        What it shows, in words.
    source
        A few letters that change with the code that draws it.
    """

    image: Image.Image
    words: str
    source: str

    @classmethod
    def of(cls, notebook: Notebook) -> Cover:
        """Return the picture in a notebook that has run."""
        outputs = [output.get("data", {}) for output in notebook["cells"][cover_of(notebook)]["outputs"]]
        data = next(data for data in reversed(outputs) if "image/png" in data)
        with Image.open(BytesIO(b64decode(data["image/png"]))) as image:
            few = image.convert("RGB").quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        return cls(few, data["text/plain"], drawn_from(notebook))

    @classmethod
    def read(cls, path: Path) -> Cover:
        """Return the picture in a file."""
        with Image.open(path) as image:
            image.load()
        return cls(image, image.info["Description"], image.info["Source"])

    def write(self, path: Path) -> None:
        """Write it to a file."""
        info = PngInfo()
        info.add_itxt("Description", self.words)
        info.add_text("Source", self.source)
        path.parent.mkdir(exist_ok=True)
        self.image.save(path, optimize=True, pnginfo=info)


def write_picture(path: Path) -> None:
    """Run a notebook, and write the picture at its top."""
    target = picture_of(path)
    Cover.of(executed(path, whole=False)).write(target)
    print(f"{target.relative_to(FOLDER.parent)}: {target.stat().st_size / 1000:.0f} kB", flush=True)


# --------------------------------------------------------------------------------------------------------- in Korean


def write_korean(path: Path, translated: Iterable[str]) -> list[str]:
    """Give the Korean notebook the code of the English one, and return the ids of the cells whose text has changed.

    A cell of text that is not there yet is put there in English, and is among those returned.
    """
    target, notebook = KOREAN / path.name, read(path)
    known = {cell["id"]: cell for cell in cells_of(target)} if target.exists() else {}
    cells, changed = [], []
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            own, now = known.get(cell["id"], {**cell, "metadata": {}}), short_hash(text_of(cell))
            if cell["id"] in translated:
                own["metadata"] = {"english": now}
            changed += [cell["id"]] if own["metadata"].get("english") != now else []
            cells.append(own)
        else:
            cells.append(cell)
    first = next(k for k, cell in enumerate(cells) if cell["cell_type"] == "code")
    speak = {**cells[first], "id": f"{path.name[:2]}-ko", "metadata": {}, "source": SPEAK_KOREAN.splitlines(True)}
    notebook["cells"] = [*cells[:first], speak, *cells[first:]]
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return changed


def main() -> int:
    """Run a command; return how many cells wait for a translation."""
    parser = argparse.ArgumentParser(prog="python -m tools.tutorials", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    pictures = commands.add_parser("pictures", help="run notebooks, and write the pictures at their tops")
    pictures.add_argument(
        "names", nargs="*", help="beginnings of the names of notebooks, such as 03 or ko/03; else all"
    )
    korean = commands.add_parser("korean", help="bring the Korean notebooks in step with the English ones")
    korean.add_argument("translated", nargs="*", help="ids of cells whose Korean text follows the English now")
    options = parser.parse_args()
    if options.command == "pictures":
        for path in everywhere():
            if path.relative_to(FOLDER).as_posix().startswith(tuple(options.names) or ""):
                write_picture(path)
        return 0
    changed = [name for path in english() for name in write_korean(path, options.translated)]
    print("\n".join(f"{name}: its English text has changed" for name in changed) or "all Korean cells are in step")
    return len(changed)


if __name__ == "__main__":
    raise SystemExit(main())
