"""Tutorials as pages: each is run once, and the Korean notebook of the same code is shown with the same outputs."""

import shutil
from pathlib import Path

import nbformat
from latex2mathml.converter import convert
from nbclient import NotebookClient

TUTORIALS = Path(__file__).parents[1] / "tutorials"
CHOICE = 'rs.set_language("ko")'
OF_ENGLISH = "*이 페이지의 그림과 출력은 영어로 실행한 결과입니다. 노트북을 직접 실행하면 한국어로 나옵니다.*"
"""What a Korean page says of the outputs that it takes over."""


def tutorials(out, korean_out):
    """Run every tutorial once, and write it with its outputs, in Korean too where it is there."""
    paths = sorted(TUTORIALS.glob("*.ipynb"))
    shutil.copytree(TUTORIALS / "models", out / "models")  # what they load
    for folder, place in ((TUTORIALS, out), (TUTORIALS / "ko", korean_out)):
        for shown in folder.glob("pictures/*"):
            (place / "tutorials" / "pictures").mkdir(exist_ok=True)
            shutil.copy(shown, place / "tutorials" / "pictures")
    korean, english = [], []
    for path in paths:
        notebook = executed(path, out)
        nbformat.write(notebook, out / "tutorials" / path.name)
        translation = path.parent / "ko" / path.name
        if translation.is_file():
            nbformat.write(with_outputs(translation, notebook), korean_out / "tutorials" / path.name)
            korean.append(path.stem)
        else:
            english.append(f"- [{title_of(notebook)}](/generated/tutorials/{path.name})")
    write_index(out, "Tutorials", [path.stem for path in paths])
    parts = ["아직 영어로만 있는 튜토리얼입니다.\n", *english] if english else []
    write_index(korean_out, "튜토리얼", korean, parts)


def write_index(out, title, names, rest=()):
    """Write the list of the tutorials of a language."""
    tree = ["```{toctree}", *names, "```\n"] if names else []
    (out / "tutorials" / "index.md").write_text("\n".join([f"# {title}\n", *tree, *rest, ""]), encoding="utf-8")


def title_of(notebook):
    """Return the first heading of a notebook."""
    return next(cell.source for cell in notebook.cells if cell.source.startswith("# ")).partition("\n")[0][2:]


def executed(path, folder):
    """Return a notebook with its outputs, run in a folder; a cell that fails stops the build and is named."""
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": folder}})
    client.store_widget_state = False
    client.extra_arguments = ["--IPKernelApp.log_level=ERROR"]
    client.execute()
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for_readers(cell, output, path)
    notebook.metadata.pop("widgets", None)
    notebook.metadata.kernelspec = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return notebook


def with_outputs(path, source):
    """Return a translated notebook with the outputs of the same code in the notebook that it translates.

    Beside that code it may choose its language, in cells that put out nothing.
    """
    notebook = nbformat.read(path, as_version=4)
    own, ran = ([cell for cell in nb.cells if cell.cell_type == "code"] for nb in (notebook, source))
    own = [cell for cell in own if not cell.source.rstrip().endswith(CHOICE)]
    if [cell.source for cell in own] != [cell.source for cell in ran]:
        raise ValueError(f"ko/{path.name}: expected the code cells of {path.name}; it has others")
    for cell, other in zip(own, ran, strict=True):
        cell.outputs, cell.metadata, cell.execution_count = other.outputs, other.metadata, other.execution_count
    notebook.cells.insert(1, nbformat.v4.new_markdown_cell(OF_ENGLISH))
    notebook.metadata.kernelspec = source.metadata.kernelspec
    return notebook


def for_readers(cell, output, path):
    """Keep of an output what a page without a kernel shows, with the words of a picture as its alternative."""
    if output.output_type == "stream" and output.name == "stderr":
        output.text = ""
    data = output.get("data", {})
    data.pop("application/vnd.jupyter.widget-view+json", None)
    if "text/latex" in data:  # as MathML, which needs no script from elsewhere
        latex = data.pop("text/latex").strip().strip("$").replace("{aligned}", "{align*}")
        data["text/html"] = f'<div class="equations">{convert(latex, display="block")}</div>'
    if "image/png" in data:
        words = " ".join(data.get("text/plain", "").split())
        if not words or words.startswith("<"):
            raise ValueError(f"{path.name}: expected words for every picture; got {words!r}")
        cell.metadata["mystnb"] = {"image": {"alt": words, "classes": "picture"}}
        for kind in set(data) - {"image/png"}:
            del data[kind]
