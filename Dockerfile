FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY requirements requirements
RUN python -m venv /opt/comicmaintainer \
    && python -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.lock
# pysqlite3 has a ready wheel for x86-64 alone; elsewhere it is compiled, with a SQLite that is new enough.
COPY docker/build_pysqlite3.py docker/
RUN if [ "$(uname -m)" != x86_64 ]; then \
        apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev \
        && /build/bin/python docker/build_pysqlite3.py requirements/runtime.lock /pysqlite3 \
        && /opt/comicmaintainer/bin/pip install --no-cache-dir --no-deps /pysqlite3/*.whl; \
    fi
# With --build-arg POSTGRES=1, for a database on a server (psycopg, LGPL-3.0).
ARG POSTGRES=
RUN /opt/comicmaintainer/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.lock \
    ${POSTGRES:+-r requirements/postgres.lock}
COPY pyproject.toml README.md LICENSE ./
COPY src src
RUN /build/bin/python -m pip wheel --no-deps --no-build-isolation --wheel-dir /wheel . \
    && /opt/comicmaintainer/bin/pip install --no-cache-dir --no-deps /wheel/*.whl

FROM python:3.13-slim-bookworm
RUN apt-get update \
    && apt-get install -y --no-install-recommends libarchive13 tini unar \
    && rm -rf /var/lib/apt/lists/* \
    && find / -xdev -type f -perm /6000 -exec chmod a-s {} + \
    && mkdir -p /Config /watched_dir && chmod 1777 /Config
COPY --from=build /opt/comicmaintainer /opt/comicmaintainer
COPY docker/entrypoint.sh /usr/local/bin/comicmaintainer
# The entrypoint sets CONFIG_DIR: /config where that is mounted, else /Config.
ENV WATCHED_DIR=/watched_dir PYTHONUNBUFFERED=1
VOLUME /Config
ARG VERSION=dev REVISION=unknown
LABEL org.opencontainers.image.title="ComicMaintainer" \
    org.opencontainers.image.description="Keeps a library of comic archives in order." \
    org.opencontainers.image.licenses="MIT" \
    org.opencontainers.image.version="$VERSION" \
    org.opencontainers.image.revision="$REVISION"
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["/opt/comicmaintainer/bin/python", "-m", "comicmaintainer.processes.healthcheck"]
ENTRYPOINT ["tini", "--", "comicmaintainer"]
CMD ["serve"]
