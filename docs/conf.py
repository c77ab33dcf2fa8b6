"""How `./selaras docs` turns the pages into a site: from the root, as they are linked from there."""

project = "Selaras"
copyright = "the Selaras authors"  # noqa: A001 - the name this tool reads
root_doc = "docs/index"
language = "en"
extensions = ["myst_parser"]
include_patterns = ["*.md", "docs/**", "survey_templates/README.md"]
exclude_patterns = ["docs/conf.py", "docs/recompute.py"]
# A link such as run.md#backups leads to a heading, as it does where the pages are read as files.
myst_heading_anchors = 4
html_theme = "alabaster"
html_theme_options = {"page_width": "1000px", "show_powered_by": False}
html_show_sphinx = False
html_copy_source = False
