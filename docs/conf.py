"""How Sphinx builds the documentation: pages are written by hand, or generated from the library itself."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import generate

import rnnscope

project, author = "rnnscope", "rnnscope contributors"
version = release = rnnscope.__version__

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "bilingual"]
exclude_patterns = ["_build", "jupyter_execute", "declared.md", "why_gates.md", "ko/why_gates.md", "experiments"]
templates_path = ["_templates"]
myst_enable_extensions = ["colon_fence", "attrs_inline"]
myst_heading_anchors = 3
nb_execution_mode = "off"  # generate.py runs the tutorials

html_theme = "furo"
html_title = "rnnscope"
html_favicon = "_static/icon.svg"
html_static_path = ["_static"]
html_css_files = ["extra.css"]
html_extra_path = ["generated/pages"]
html_show_sphinx = False
html_show_copyright = False
html_copy_source = False
html_theme_options = {"light_css_variables": {"color-brand-primary": "#2f5fa8", "color-brand-content": "#2f5fa8"}}

autodoc_typehints = "none"  # the signature has them
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True  # attributes that are properties too are described once
nitpicky = False
suppress_warnings = ["mystnb.unknown_mime_type"]

generate.everything()
