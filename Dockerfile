# otiograde for a CPU, with an FFmpeg. The container needs no network and no root:
#   docker build -t otiograde .
#   docker run --rm --network none --user "$(id -u):$(id -g)" -v "$PWD:/edit" otiograde timeline.otio
# .ci/container runs these steps without Docker.
FROM python:3.13-bookworm AS build
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.13-slim-bookworm
COPY --from=build /wheels /wheels
RUN pip install --no-cache-dir --only-binary :all: "$(ls /wheels/*.whl)[ffmpeg]" && install -d -m 1777 /edit
# A number, not a name: any other user that --user names works, too. What is kept between runs is in /tmp.
ENV HOME=/tmp OTIOGRADE_CACHE=/tmp/otiograde PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /edit
ENTRYPOINT ["otiograde"]
CMD ["--help"]
