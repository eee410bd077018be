# A small image that needs no rights: docker build -t ecrlint . && docker run --rm --read-only --network none -v "$PWD:/repo:ro" ecrlint
# With --new-from it needs git and a folder for temporary files: --build-arg PACKAGES=git, and docker run --tmpfs /tmp.
ARG PYTHON=3.13-slim

FROM python:${PYTHON} AS build
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
COPY rules /source/rules
RUN python -m venv /opt/ecrlint && /opt/ecrlint/bin/pip install --no-cache-dir /source

FROM python:${PYTHON}
ARG PACKAGES=""
RUN if [ -n "$PACKAGES" ]; then \
      apt-get update && apt-get install --yes --no-install-recommends $PACKAGES && rm -rf /var/lib/apt/lists/*; \
    fi
COPY --from=build /opt/ecrlint /opt/ecrlint
ENV PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /repo
ENTRYPOINT ["/opt/ecrlint/bin/ecrlint"]
