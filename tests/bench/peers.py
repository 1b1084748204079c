"""The programs that Fusionscope is compared with, in a Python environment of their own in the cache folder."""

import json
import os
import pathlib
import re
import subprocess
import sys
import sysconfig

SOURCE = pathlib.Path(__file__).resolve().parents[2]
# What pip is asked for. llama.cpp comes as source and is compiled for this processor.
PACKAGES = {"llama.cpp": ["llama-cpp-python"], "transformers": ["transformers", "torch", "numpy", "gguf", "accelerate"]}


def cache_folder():
    home = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
    return pathlib.Path(os.environ.get("FUSIONSCOPE_CACHE") or home / "fusionscope") / "bench"


def python():
    return cache_folder() / "peers" / "bin" / "python"


def versions():
    """Of the packages that are installed, by name."""
    if not python().exists():
        return {}
    names = sorted({name for packages in PACKAGES.values() for name in packages})
    code = (
        "import importlib.metadata as m, json, sys\n"
        "found = {}\n"
        "for name in sys.argv[1:]:\n"
        "    try: found[name] = m.version(name)\n"
        "    except m.PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    return json.loads(subprocess.run([python(), "-c", code, *names], check=True, capture_output=True).stdout)


def installed(peer):
    return set(PACKAGES[peer]) <= set(versions())


def torch_version():
    text = (SOURCE / "cmake" / "LibTorch.cmake").read_text(encoding="utf-8")
    return re.search(r"FUSIONSCOPE_TORCH_VERSION ([0-9.]+)", text).group(1)


def _share_torch(say):
    """Uses the wheel that the installer unpacked for LibTorch, where it fits this Python: the same library for all."""
    unpacked = cache_folder().parent / f"torch-{torch_version()}"
    extension = f"_C.cpython-{sys.version_info.major}{sys.version_info.minor}-*.so"
    if not any((unpacked / "torch").glob(extension)):
        return
    packages = sysconfig.get_path("purelib", "venv" if "venv" in sysconfig.get_scheme_names() else "posix_prefix",
                                  {"base": str(python().parents[1]), "platbase": str(python().parents[1])})
    say(f"Sharing PyTorch with LibTorch in {unpacked}.")
    pathlib.Path(packages, "fusionscope-torch.pth").write_text(f"{unpacked}\n", encoding="utf-8")


def install(wanted, say):
    """Installs those of the named peers that are missing. Uses the network, and compiles llama.cpp for some minutes."""
    missing = [peer for peer in wanted if not installed(peer)]
    if not missing:
        return
    if not python().exists():
        say(f"Making a Python environment in {python().parents[1]}.")
        subprocess.run([sys.executable, "-m", "venv", python().parents[1]], check=True)
    pip = [python(), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    environment = {**os.environ, "PIP_REQUIRE_VIRTUALENV": "0", "PIP_USER": "0"}
    for peer in missing:
        say(f"Installing {peer}: {', '.join(PACKAGES[peer])}.")
        packages = [f"torch=={torch_version()}" if name == "torch" else name for name in PACKAGES[peer]]
        options = []
        if peer == "transformers":
            _share_torch(say)
        if peer == "llama.cpp":
            options = ["--no-binary", "llama-cpp-python"]
            environment.setdefault("CMAKE_ARGS", "-DGGML_NATIVE=ON -DLLAVA_BUILD=OFF")
            environment.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(os.cpu_count()))
        subprocess.run([*pip, *options, *packages], check=True, env=environment)
