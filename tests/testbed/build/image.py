#!/usr/bin/python3
"""image.py NAME:TAG OUT.tar [--entry PATH] [--with-libraries] SOURCE:PATH... [PATH->TARGET...]

Writes a one-layer image as an archive that `ctr images import` reads.
SOURCE:PATH copies a file, PATH->TARGET makes a symbolic link, and
--with-libraries adds the shared libraries that the files are linked with.
"""
import argparse
import hashlib
import io
import json
import os
import subprocess
import tarfile

CREATED = "2021-01-13T13:28:09Z"
CREATED_SECONDS = 1610544489
EMPTY_FOLDERS = (("tmp", 0o1777), ("run", 0o755), ("etc", 0o755), ("var/lib", 0o755))


class Layer:
    """A tar archive in memory that holds each path once."""

    def __init__(self) -> None:
        self.buffer = io.BytesIO()
        self.tar = tarfile.open(fileobj=self.buffer, mode="w")
        self.paths: set[str] = set()

    def _entry(self, path: str, kind: bytes, mode: int) -> tarfile.TarInfo | None:
        path = path.strip("/")
        if not path or path in self.paths:
            return None
        self.folder(os.path.dirname(path))
        self.paths.add(path)
        entry = tarfile.TarInfo(path)
        entry.type, entry.mode, entry.mtime = kind, mode, CREATED_SECONDS
        return entry

    def folder(self, path: str, mode: int = 0o755) -> None:
        if path and (entry := self._entry(path, tarfile.DIRTYPE, mode)):
            self.tar.addfile(entry)

    def link(self, path: str, target: str) -> None:
        if entry := self._entry(path, tarfile.SYMTYPE, 0o777):
            entry.linkname = target
            self.tar.addfile(entry)

    def file(self, source: str, path: str, with_libraries: bool) -> None:
        real = os.path.realpath(source)
        if entry := self._entry(path, tarfile.REGTYPE, os.stat(real).st_mode & 0o777):
            entry.size = os.path.getsize(real)
            with open(real, "rb") as content:
                self.tar.addfile(entry, content)
            if with_libraries:
                for library in libraries(real):
                    self.file(library, library, False)

    def bytes(self) -> bytes:
        self.tar.close()
        return self.buffer.getvalue()


def libraries(path: str) -> list[str]:
    """The shared libraries of a binary, as ldd finds them; none if static."""
    listing = subprocess.run(["ldd", path], capture_output=True, text=True, check=False).stdout
    return [word for line in listing.splitlines() for word in line.split() if word.startswith("/")]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name")
    parser.add_argument("out")
    parser.add_argument("--entry")
    parser.add_argument("--with-libraries", action="store_true")
    parser.add_argument("content", nargs="+")
    args = parser.parse_args()

    layer = Layer()
    for folder, mode in EMPTY_FOLDERS:
        layer.folder(folder, mode)
    for item in args.content:
        if "->" in item:
            layer.link(*item.split("->"))
        else:
            layer.file(*item.split(":"), args.with_libraries)
    data = layer.bytes()
    digest = hashlib.sha256(data).hexdigest()

    config = {"Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"], "WorkingDir": "/"}
    if args.entry:
        config["Entrypoint"] = [args.entry]
    image = json.dumps({
        "architecture": "amd64", "os": "linux", "created": CREATED, "config": config,
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + digest]},
        "history": [{"created": CREATED, "created_by": "testbed " + args.name}],
    }).encode()
    image_file = hashlib.sha256(image).hexdigest() + ".json"
    layer_file = digest + "/layer.tar"
    manifest = json.dumps([{"Config": image_file, "RepoTags": [args.name], "Layers": [layer_file]}]).encode()
    with tarfile.open(args.out, "w") as archive:
        for path, content in ((image_file, image), (layer_file, data), ("manifest.json", manifest)):
            entry = tarfile.TarInfo(path)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


main()
