# Two images from one file: `web` without torch, `worker` with it.
FROM python:3.12-slim AS base
# The code is read from /app, before the empty package that pip installs.
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PYTHONPATH=/app
WORKDIR /app
RUN useradd --create-home --uid 1000 ols && mkdir /data && chown ols /data
# Dependencies before the code: a changed line does not install them anew.
COPY pyproject.toml constraints.txt ./
RUN mkdir ols && touch ols/__init__.py README.md LICENSE

FROM base AS web
RUN pip install -c constraints.txt '.[web,notify,s3]'
COPY ols ols
COPY backend backend
COPY frontend frontend
# No start has to: a container can't write there.
RUN python -m compileall -q ols backend
# A number: an orchestrator that forbids root must see that it is none.
USER 1000
EXPOSE 8000
CMD ["python", "-m", "backend"]

FROM base AS worker
RUN pip install -c constraints.txt '.[train,parquet,worker,search,notify,s3]'
COPY ols ols
COPY backend backend
COPY worker worker
RUN python -m compileall -q ols backend worker
USER 1000
CMD ["celery", "-A", "worker.app", "worker"]
