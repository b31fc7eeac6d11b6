# The portal and its worker: `docker build -t usher .`, then web (the default) or `python manage.py worker`.
# With Buildah and Podman say `--format docker`: an OCI image has no HEALTHCHECK. Tried with Buildah, from Debian's own
# Python 3.11 in the place of the base image, which could not be reached: it builds, migrates and answers as user 10001.
FROM python:3.11-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /opt/usher
COPY requirements.txt ./
RUN python -m venv .venv && .venv/bin/pip install --require-hashes -r requirements.txt
COPY manage.py ./
COPY access ./access
COPY integrations ./integrations
COPY portal ./portal
COPY templates ./templates
COPY docs/*.md ./docs/
# Static files are part of the image: a folder of data from another release can't stand in their way.
RUN DATA_DIR=/tmp/data STATIC_ROOT=/opt/usher/static .venv/bin/python manage.py collectstatic --no-input --verbosity 0 \
    && .venv/bin/python -m compileall -q access integrations portal \
    && rm -rf /tmp/data

FROM python:3.11-slim-bookworm
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Usher" \
      org.opencontainers.image.description="Temporary access to Aptible: ask, approve, hold a role for a while, lose it on time." \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN groupadd --gid 10001 usher \
    && useradd --uid 10001 --gid usher --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin usher \
    && install --directory --owner=usher --group=usher --mode=0700 /data
COPY --from=build /opt/usher /opt/usher
COPY Procfile .aptible.yml /opt/usher/
COPY .aptible.yml Procfile /.aptible/
# Nothing but /data (with SQLite alone) and /tmp is written: run it with a read-only root file system.
ENV PATH=/opt/usher/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data STATIC_ROOT=/opt/usher/static BIND=0.0.0.0:8000 LOG_FORMAT=json
WORKDIR /opt/usher
USER 10001:10001
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "--config", "python:portal.server"]
