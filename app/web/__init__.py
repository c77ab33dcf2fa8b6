"""Pages, forms and the API: the only part that knows FastAPI and Jinja2."""
