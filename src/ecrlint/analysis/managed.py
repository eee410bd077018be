"""What services of AWS pull as a role that a workload is given, and who else may pull for them.

On Elastic Beanstalk the images of an application version are those of its `Dockerrun.aws.json`, or of its Compose file.
https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/docker-configuration.html
"""

from __future__ import annotations

from ecrlint.analysis.capability import PULL
from ecrlint.analysis.manifests import private_images
from ecrlint.analysis.repositories import lets_service_in
from ecrlint.model.image import in_private_ecr
from ecrlint.model.stack import Stack
from ecrlint.model.truth import NO, YES
from ecrlint.model.value import Value
from ecrlint.model.workload import ManagedWorkload

_SAGEMAKER = "sagemaker.amazonaws.com"


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


def may_pull_as_service(stack: Stack, workload: ManagedWorkload) -> bool:
    """Whether a repository lets SageMaker in as a service, which then may not pull as the role of the model."""
    policies = [one.policy for one in (*stack.repositories, *stack.repositories_beside) if one.policy is not None]
    is_model = workload.kind == "SageMaker model"
    return is_model and any(lets_service_in(policy, _SAGEMAKER, PULL.actions) is not NO for policy in policies)


_COMPOSE_FILES = ("docker-compose.yml", "docker-compose.yaml")
