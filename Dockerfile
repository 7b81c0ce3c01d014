# One image for every process: docker run fondaco web | worker | realtime | migrate | backup …
# The base is pinned to a release; renew it with the locked requirements.

FROM python:3.12.12-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_LINK_MODE=copy UV_NO_CACHE=1
WORKDIR /build
COPY requirements/bootstrap.txt requirements/run.txt requirements/demo.txt requirements/
RUN python -m venv /opt/uv \
    && /opt/uv/bin/pip install --require-hashes --requirement requirements/bootstrap.txt \
    && python -m venv --without-pip /opt/fondaco \
    && /opt/uv/bin/uv pip sync --require-hashes --python /opt/fondaco/bin/python requirements/run.txt requirements/demo.txt
COPY src src
COPY sandbox sandbox
RUN /opt/fondaco/bin/python -m compileall -q src sandbox

FROM python:3.12.12-slim-bookworm
LABEL org.opencontainers.image.title="Fondaco" \
      org.opencontainers.image.licenses="Apache-2.0"
RUN groupadd --gid 10001 fondaco \
    && useradd --uid 10001 --gid fondaco --no-create-home --home-dir /data --shell /usr/sbin/nologin fondaco \
    && install --directory --owner=fondaco --group=fondaco --mode=0700 /data /data/files
COPY --from=build /opt/fondaco /opt/fondaco
COPY --from=build /build/src /app/src
COPY --from=build /build/sandbox /app/sandbox
COPY LICENSE /app/
ENV PATH=/opt/fondaco/bin:$PATH \
    PYTHONPATH=/app/src:/app \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    FONDACO_HOST=0.0.0.0 \
    FONDACO_DATA_DIR=/data \
    FONDACO_LOG_FORMAT=json
WORKDIR /app
USER 10001:10001
VOLUME /data/files
EXPOSE 8000 8001 8002 9100
STOPSIGNAL SIGTERM
ENTRYPOINT ["python", "-m", "fondaco"]
CMD ["web"]
