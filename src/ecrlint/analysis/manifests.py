"""Which images are pulled by machines for what manifests state."""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.model.image import in_private_ecr
from ecrlint.model.manifest import Manifest, ManifestKind
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value


def private_images(manifests: tuple[Manifest, ...], *kinds: ManifestKind) -> Iterator[Value]:
    """The images of private registries that manifests of some kinds have pulled."""
    for manifest in (one for one in manifests if one.kind in kinds):
        for container in manifest.containers if manifest.exists is not NO else ():
            if container.image is not None and in_private_ecr(container.image) is YES:
                yield container.image
