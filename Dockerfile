# One image for service and worker. Any base with Python 3.11 or newer and its venv will do:
#   docker build --build-arg BASE=registry.example.com/python:3.11-slim -t selaras .
ARG BASE=python:3.11-slim

FROM ${BASE} AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
COPY locks/ locks/
# The driver of PostgreSQL, slides and pictures are extras: their exact versions stand in the development lock.
RUN python3 -m venv /opt/selaras \
 && awk '/^[a-z]/ { keep = /^(psycopg|python-pptx|lxml|pillow|resvg-py)/ } keep' locks/dev.txt > extras.txt \
 && /opt/selaras/bin/pip install --quiet --require-hashes -r locks/runtime.txt \
 && /opt/selaras/bin/pip install --quiet --require-hashes --no-deps -r extras.txt
COPY pyproject.toml README.md LICENSE ./
COPY app/ app/
COPY migrations/ migrations/
COPY survey_templates/ survey_templates/
RUN /opt/selaras/bin/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist . \
 && /opt/selaras/bin/pip install --quiet --no-deps --no-index dist/*.whl \
 && /opt/selaras/bin/python -m compileall -q /opt/selaras/lib

FROM ${BASE}
RUN groupadd --gid 10001 selaras \
 && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /data --shell /usr/sbin/nologin selaras \
 && install --directory --owner 10001 --group 10001 --mode 0700 /data
COPY --from=build /opt/selaras /opt/selaras
ENV PATH=/opt/selaras/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    SELARAS_DATA_DIR=/data
USER 10001:10001
# A `.env` is looked for where the command runs: there is none in the image.
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["python3", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["selaras"]
CMD ["serve", "--host", "0.0.0.0"]
