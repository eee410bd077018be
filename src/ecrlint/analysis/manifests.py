"""Which images are pulled by machines for what manifests state.

On Elastic Beanstalk the images of an application version are those of its `Dockerrun.aws.json`, or of its Compose file.
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/docker-configuration.html
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.model.image import in_private_ecr
from ecrlint.model.manifest import Manifest, ManifestKind
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value
from ecrlint.model.workload import ManagedWorkload


def private_images(manifests: tuple[Manifest, ...], *kinds: ManifestKind) -> Iterator[Value]:
    """The images of private registries that manifests of some kinds have pulled."""
    for manifest in (one for one in manifests if one.kind in kinds):
        for container in manifest.containers if manifest.exists is not NO else ():
            if container.image is not None and in_private_ecr(container.image) is YES:
                yield container.image


def images_of(stack: Stack, workload: ManagedWorkload) -> tuple[Value, ...]:
    """The images of private registries that a workload pulls; of one whose images are bundled, those that each bundle has."""
    if not workload.bundled:
        return tuple(image for image in workload.images if in_private_ecr(image) is YES)
    manifests = stack.manifests_beside
    bundles = tuple(one for one in manifests if one.kind == "Dockerrun") or tuple(
        one for one in manifests if one.kind == "Compose service" and one.span.path.rpartition("/")[2] in _COMPOSE_FILES
    )
    by_file: dict[str, list[Value]] = {}
    for one in bundles:
        by_file.setdefault(one.span.path, []).extend(private_images((one,), one.kind))
    of_this = all(by_file.values()) and (len(by_file) == 1 or all(one.kind == "Dockerrun" for one in bundles))
    return (*workload.images, *(image for images in by_file.values() for image in images if of_this))


_COMPOSE_FILES = ("docker-compose.yml", "docker-compose.yaml")
