"""What AWS prints when it refuses, in words that several rules predict. `...` stands for what differs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ecrlint.analysis.capability import PUBLIC_TOKEN, PULL, TOKEN
from ecrlint.model.truth import YES, Truth

if TYPE_CHECKING:
    from ecrlint.analysis.network.consumers import Consumer

LOGIN_REFUSED = (
    "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: ... is not"
    f" authorized to perform: {TOKEN} on resource: * because no identity-based policy allows the {TOKEN} action"
)

PUBLIC_LOGIN_REFUSED = LOGIN_REFUSED.replace(TOKEN, PUBLIC_TOKEN)


def login_refused(token: str) -> str:
    """What is printed where nothing allows a login token, of ECR or of ECR Public."""
    return PUBLIC_LOGIN_REFUSED if token == PUBLIC_TOKEN else LOGIN_REFUSED


NOT_TRUSTED = "Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity"

TASK_LOGIN_REFUSED = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed:"
    " unable to retrieve ecr registry auth: service call has been retried ... time(s): AccessDeniedException: User: ..."
    f" is not authorized to perform: {TOKEN} on resource: * because no identity-based policy allows the {TOKEN} action"
)

TASK_PULL_REFUSED = (
    "CannotPullContainerError: pull image manifest has been retried ... time(s): failed to resolve ref ...:"
    " unexpected status from HEAD request to ...: 403 Forbidden"
)

HOST_PULL_REFUSED = (
    f"CannotPullECRContainerError: AccessDeniedException: User: ... is not authorized to perform: {PULL.actions[0]} on"
    f" resource: ... because no identity-based policy allows the {PULL.actions[0]} action"
)

CACHE_BY_NODE = (
    'Failed to pull image "...": rpc error: code = NotFound desc = failed to pull and unpack image "...": failed to resolve'
    ' reference "...": ...: not found'
)

CACHE_BY_LAMBDA = "InvalidParameterValueException: Source image ... does not exist. Provide a valid source image."

CACHE_WITHOUT_REPOSITORY = (
    "CannotPullContainerError: ... not found: name unknown: The repository with name ... does not exist in the registry with"
    " id ..."
)

CACHE_WITHOUT_IMAGE = "CannotPullContainerError: ... manifest unknown: Requested image not found"

INVALID_REPOSITORY_POLICY = "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'"

NO_EXECUTION_ROLE = "ClientException: Fargate requires task definition to have execution role ARN to support ECR images."

LOGIN_TIMEOUT = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to"
    " retrieve ecr registry auth: service call has been retried ... time(s): RequestError: send request failed caused by:"
    ' Post "https://api.ecr....amazonaws.com/": dial tcp ...:443: i/o timeout'
)

HOST_LOGIN_TIMEOUT = (
    'CannotPullECRContainerError: RequestError: send request failed caused by: Post "https://api.ecr....amazonaws.com/":'
    " dial tcp ...:443: i/o timeout"
)

CLI_TIMEOUT = 'Connect timeout on endpoint URL: "https://api.ecr....amazonaws.com/"'

PULL_TIMEOUT = (
    "CannotPullContainerError: ... failed to resolve ref ...: failed to do request: Head"
    ' "https://....dkr.ecr....amazonaws.com/v2/.../manifests/...": dial tcp ...:443: i/o timeout'
)

LAYER_TIMEOUT = (
    "CannotPullContainerError: ... failed to copy: httpReadSeeker: failed open: failed to do request: Get"
    ' "https://prod-...-starport-layer-bucket.s3....amazonaws.com/...": dial tcp ...:443: i/o timeout'
)


LOG_TIMEOUT = (
    "ResourceInitializationError: failed to validate logger args: create stream has been retried ... times: failed to create"
    ' Cloudwatch log stream: RequestError: send request failed caused by: Post "https://logs....amazonaws.com/": dial tcp'
    " ...:443: i/o timeout"
)

SECRET_TIMEOUT = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to"
    " retrieve secret from asm: service call has been retried ... time(s): RequestError: send request failed caused by: Post"
    ' "https://secretsmanager....amazonaws.com/": dial tcp ...:443: i/o timeout'
)

PARAMETER_TIMEOUT = (
    "ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to"
    " retrieve secrets from ssm: service call has been retried ... time(s): RequestError: send request failed caused by: Post"
    ' "https://ssm....amazonaws.com/": dial tcp ...:443: i/o timeout'
)

NO_INSTANCES = (
    "(service ...) was unable to place a task because no container instance met all of its requirements. Reason: No Container"
    " Instances were found in your cluster."
)


def login_timeout(consumer: Consumer | None) -> str:
    """What is printed where the login of a consumer times out."""
    kind = "Fargate" if consumer is None else consumer.kind
    return {"Fargate": LOGIN_TIMEOUT, "service": HOST_LOGIN_TIMEOUT, "login": CLI_TIMEOUT}.get(kind, PULL_TIMEOUT)


def where_reached(reached: Truth) -> str:
    """What a message about the policy of an endpoint ends with, by whether clients are known to go through the endpoint."""
    return "" if reached is YES else " (when private DNS leads to it)"


def denied(action: str) -> str:
    """What docker prints when ECR refuses an action on a repository."""
    return (
        f"denied: User: ... is not authorized to perform: {action} on resource: ... because no identity-based policy"
        f" allows the {action} action"
    )
