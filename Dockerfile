FROM python:3.13-slim-bookworm AS build
WORKDIR /src
COPY requirements requirements
RUN python -m venv /opt/comicmaintainer \
    && /opt/comicmaintainer/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.lock \
    && python -m venv /build \
    && /build/bin/pip install --no-cache-dir --require-hashes -r requirements/build.lock
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
# Named here, a folder that can't be written is an error; the default would go elsewhere.
ENV CONFIG_DIR=/Config WATCHED_DIR=/watched_dir PYTHONUNBUFFERED=1
VOLUME /Config
EXPOSE 5000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s \
    CMD ["/opt/comicmaintainer/bin/python", "-m", "comicmaintainer.processes.healthcheck"]
ENTRYPOINT ["tini", "--", "comicmaintainer"]
CMD ["serve"]
