"""What is known of a request before it is made: which condition keys it has, and with which values.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import field

from ecrlint.iam import actions
from ecrlint.iam.managed import NOWHERE
from ecrlint.model.address import is_deployment
from ecrlint.model.dataclass import dataclass
from ecrlint.model.policy import PolicyKind, Principal
from ecrlint.model.truth import MAYBE, NO, YES, Truth
from ecrlint.model.value import Ref, Scalar, Unknown, Value, join, pieces, prefix, string

_LOGIN, _PUBLIC_LOGIN = "ecr:getauthorizationtoken", "ecr-public:getauthorizationtoken"


class Caller(enum.Enum):
    """Where a call comes from, as far as that decides which keys it has."""

    UNKNOWN = "nobody knows from where"
    FARGATE = "a task on Fargate"
    HOST = "an EC2 instance, a node of EKS among them"
    HOSTED_CI = "a machine of a CI service, outside of every VPC of the user's"
    SERVICE = "an AWS service as itself"


@dataclass(frozen=True, slots=True)
class Fact:
    """Whether a request has a condition key, and its values if it does; not `complete`: it may have more.

    `foreign`: the values are of an account or organisation of AWS's, so none of the user's own. `why` says why the key
    is absent, or what of it is not known.
    """

    present: Truth
    values: tuple[Value, ...] = ()
    complete: bool = True
    foreign: bool = False
    why: str = ""


def known(value: str | Value) -> Fact:
    """The key is there and has this one value."""
    return Fact(YES, (Scalar(value, NOWHERE) if isinstance(value, str) else value,))


def absent(why: str) -> Fact:
    return Fact(NO, why=why)


def present(why: str) -> Fact:
    """The key is there with one value that is not known."""
    return Fact(YES, (Unknown(why, NOWHERE),), why=why)


def possible(why: str) -> Fact:
    """The key may be there, with one value that is not known."""
    return Fact(MAYBE, (Unknown(why, NOWHERE),), why=why)


def several(why: str) -> Fact:
    """The key may be there, with any number of values."""
    return Fact(MAYBE, (), complete=False, why=why)


@dataclass(frozen=True, slots=True)
class RequestContext:
    """What is known of a call beside action, resource and principal.

    `endpoint` is the id of the VPC endpoint that it goes through, if it does; the login of a task on Fargate never goes
    through one, whatever this says. `keys` is what is known of keys, by their
    names in lower case, before all that `Request.fact` knows.
    """

    caller: Caller = Caller.UNKNOWN
    endpoint: Value | None = None
    keys: Mapping[str, Fact] = field(default_factory=dict)


ANYWHERE = RequestContext()
"""A call of which nothing more is known."""

OF_AWS = Principal("AWS", Unknown("an account of AWS's own", NOWHERE))
"""An account of AWS's that makes a call in the user's network: no account, role or organization of the user's own."""

FOREIGN = Fact(YES, (OF_AWS.value,), foreign=True, why="it is AWS's own")
"""The key is there and names an account of AWS's."""

FOREIGN_ORGANIZATION = Fact(MAYBE, (OF_AWS.value,), foreign=True, why="it is AWS's own, if there is any")
"""The key names an organization of AWS's, where the account is in one: otherwise there is no such key.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalorgid
"""


@dataclass(frozen=True, slots=True)
class Request:
    """A call as IAM sees it: the action, the ARN that it is asked for (or `*`), by whom, and what else is known of it.

    `bounded`: the caller has a permissions boundary.
    """

    action: str
    resource: Value
    principal: Principal | None = None
    context: RequestContext = ANYWHERE
    bounded: bool = False

    def fact(self, key: str, kind: PolicyKind) -> Fact:
        """What is known of a condition key, for a policy of this kind; the names of keys ignore case.

        An identity policy speaks only for whom it is attached to, and an endpoint's only of calls that go through it.
        """
        name = key.lower()
        given = self.context.keys.get(name)
        if given is not None:
            return given
        if name in _SPELT_BY_SERVICES and name.partition(":")[0] == self.action.lower().partition(":")[0]:
            return self.fact(_SPELT_BY_SERVICES[name], kind)
        service, _, rest = name.partition(":")
        if self.principal is OF_AWS and rest in _OF_PRINCIPAL:
            return FOREIGN_ORGANIZATION if "org" in rest else FOREIGN
        if service != "aws":
            return _of_service(self, service, name)
        maker = _GLOBAL.get(rest.partition("/")[0])
        return several("ecrlint does not know this key") if maker is None else maker(self, kind)

    def is_direct(self, kind: PolicyKind) -> Truth:
        """Whether a user or role makes the call, and not an AWS service as itself."""
        if kind in ("identity", "boundary"):
            return YES
        if self.context.caller is Caller.SERVICE or (self.principal is not None and self.principal.kind == "Service"):
            return NO
        return MAYBE if self.principal is None and self.context.caller is Caller.UNKNOWN else YES


def segment(arn: Value, index: int) -> Value | None:
    """A segment of an ARN (4 is the account); None where it is empty, not there, or where a hole may hide where it begins."""
    parts = pieces(arn)
    found: list[Value] = []
    at = 0
    for part in parts:
        text = string(part)
        if text is None:
            if not (isinstance(part, Ref) and is_deployment(part.address)):
                return None  # it may hold colons
            if at == index:
                found.append(part)
            continue
        before, *rest = text.split(":")
        for number, piece in enumerate((before, *rest)):
            at += number > 0
            if at == index and piece:
                found.append(Scalar(piece, part.span))
        if at > index:
            break
    if at < index or not found:
        return None
    return join(found, arn.span)


# --- keys of services ----------------------------------------------------------------------------------------------

_OF_THEIR_OWN_REQUESTS = frozenset({"ecr", "ecr-public", "iam", "kms", "logs", "s3", "secretsmanager"})
"""Services whose keys are in requests for their own actions alone; `ec2:SourceInstanceArn` is in others too."""


_SPELT_BY_SERVICES = {"s3:resourceaccount": "aws:resourceaccount", "kms:calleraccount": "aws:principalaccount"}
"""Global keys that a service spells with a prefix of its own.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/amazon-s3-policy-keys.html
https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
"""


def _of_service(request: Request, service: str, name: str) -> Fact:
    own = request.action.lower().partition(":")[0]
    if service == own:
        return _of_action(request, name)
    if service in _OF_THEIR_OWN_REQUESTS:
        return absent(f"a call of {request.action} has no key of {service}")
    return several("what is in it shows only when the call is made")


def _of_action(request: Request, name: str) -> Fact:
    """A key of one action's requests, by the service authorization reference."""
    action = actions.find(request.action)
    key = name.partition("/")[0]
    if action is None:
        return several(f"ecrlint does not know {request.action}")
    if not action.has_key(name):
        what = "has no resource with tags" if key.endswith(":resourcetag") and not action.types else "has no such key"
        return absent(f"a call of {action.name} {what}")
    if key == "aws:tagkeys":
        return several("the tags of the call are not known")
    return possible("the tags of the resource are not known" if key.endswith(":resourcetag") else "its value is not known")


# --- global keys ---------------------------------------------------------------------------------------------------

_Maker = Callable[[Request, PolicyKind], Fact]


def _principal_account(request: Request, kind: PolicyKind) -> Fact:
    if request.principal is not None and request.principal.kind == "AWS":
        account = segment(request.principal.value, 4)
        return present("the account of the caller is not known") if account is None else known(account)
    if kind in ("identity", "boundary"):
        return known(Ref("aws", "account_id", NOWHERE))
    return _of_identity("the account of the caller is not known")(request, kind)


_SESSION = ":assumed-role/"


def _principal_arn(request: Request, kind: PolicyKind) -> Fact:
    """The ARN of the caller; of a session, that of its role, whose path the session does not tell."""
    if request.principal is not None and request.principal.kind == "AWS":
        arn = request.principal.value
        before, session, name = (string(arn) or "").partition(_SESSION)
        if session:
            path = Unknown("the path of the role", arn.span)
            return known(join((before.replace(":sts:", ":iam:"), ":role/", path, name.partition("/")[0]), arn.span))
        return known(arn)
    return _of_identity("who calls is not known")(request, kind)


def _of_identity(why: str) -> _Maker:
    """A key of every call by a user or role; whether a service's own call has it is not known."""
    return lambda request, kind: present(why) if request.is_direct(kind) is YES else possible(why)


def _resource_account(request: Request, kind: PolicyKind) -> Fact:
    """The owner of the resource; an action without one is asked of the caller's own account.

    AWS's own policies have `aws:ResourceAccount` = `${aws:PrincipalAccount}` on the login.
    """
    if string(request.resource) == "*":
        return _principal_account(request, kind)
    account = segment(request.resource, 4)
    return present("whose the resource is is not known") if account is None else known(account)


def _requested_region(request: Request, _: PolicyKind) -> Fact:
    if request.action.lower() == _PUBLIC_LOGIN:
        return known("us-east-1")  # the one place that gives tokens for ECR Public
    region = segment(request.resource, 3)
    return present("the region of the call is not known") if region is None else known(region)


def _of_services_alone(request: Request, kind: PolicyKind) -> Fact:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn"""
    if request.is_direct(kind) is YES:
        return absent("only a call that an AWS service makes as itself has it")
    return possible("for what the service calls is not known")


def _of_endpoint(why: str) -> _Maker:
    """A key of calls that go through a VPC endpoint.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
    """

    def fact(request: Request, kind: PolicyKind) -> Fact:
        missing = _avoids_endpoints(request)
        if kind == "endpoint" or _passed(request) is not None:
            return present(why)
        return possible("whether the call comes through an endpoint is not known") if missing is None else absent(missing)

    return fact


def _avoids_endpoints(request: Request) -> str | None:
    """Why a call goes through no endpoint of the user's; None where it may."""
    caller = request.context.caller
    if caller is Caller.FARGATE and request.action.lower() == _LOGIN:
        return "the login of a task on Fargate goes through a network interface of Fargate's own"
    if request.context.endpoint is not None:
        return None
    if request.is_direct("endpoint") is NO:
        return "a call that an AWS service makes as itself does not come through an endpoint"
    return "a hosted CI job does not come through a VPC endpoint" if caller is Caller.HOSTED_CI else None


def _passed(request: Request) -> Value | None:
    """The endpoint that a call is known to go through."""
    return request.context.endpoint if _avoids_endpoints(request) is None else None


def _source_vpce(request: Request, kind: PolicyKind) -> Fact:
    endpoint = _passed(request)
    return _of_endpoint("which endpoint it is is not known")(request, kind) if endpoint is None else known(endpoint)


def _source_ip(request: Request, kind: PolicyKind) -> Fact:
    if kind == "endpoint" or _passed(request) is not None:
        return absent("a call through a VPC endpoint does not have it")
    why = "the address of the caller is not known"
    return present(why) if _avoids_endpoints(request) and request.is_direct(kind) is YES else possible(why)


_MACHINES = (Caller.FARGATE, Caller.HOST, Caller.HOSTED_CI)
_FACTOR = "whether the caller shows a second factor is not known"


def _mfa(request: Request, _: PolicyKind) -> Fact:
    """A machine shows no second factor: the key is false, or absent."""
    if request.context.caller in _MACHINES:
        return Fact(MAYBE, (Scalar("false", NOWHERE),), why="whether the key is there or just false is not known")
    return possible(_FACTOR)


def _mfa_age(request: Request, _: PolicyKind) -> Fact:
    return absent("a machine shows no second factor") if request.context.caller in _MACHINES else possible(_FACTOR)


def _is_service(request: Request, kind: PolicyKind) -> Fact:
    direct = request.is_direct(kind)
    if direct is MAYBE:
        return present("who calls is not known")
    return known("false" if direct is YES else "true")


def _via_service(request: Request, _: PolicyKind) -> Fact:
    if request.context.caller in (Caller.HOST, Caller.HOSTED_CI):
        return known("false")
    return possible("whether a service calls on behalf of the caller is not known")


def _called_via(request: Request, _: PolicyKind) -> Fact:
    if request.context.caller in (Caller.HOST, Caller.HOSTED_CI):
        return absent("no service calls on behalf of the caller")
    return several("whether a service calls on behalf of the caller is not known")


def _username(request: Request, _: PolicyKind) -> Fact:
    name = None if request.principal is None else segment(request.principal.value, 5)
    if (name is not None and prefix(name).startswith("role/")) or request.context.caller in (Caller.FARGATE, Caller.HOST):
        return absent("a role is no user")
    return possible("whether the caller is a user is not known")


def _of_instance(request: Request, _: PolicyKind) -> Fact:
    caller = request.context.caller
    if caller in (Caller.FARGATE, Caller.HOSTED_CI, Caller.SERVICE):
        return absent("only calls with the credentials of an instance have it")
    return (present if caller is Caller.HOST else possible)("the instance is not known")


def _always(fact: Fact) -> _Maker:
    return lambda request, kind: fact


_ORGANIZATION = "whether the account is in an organization is not known"
_ENDPOINT_OWNER = _of_endpoint("whose the endpoint is is not known")

_OF_PRINCIPAL = frozenset({"principalaccount", "principalarn", "principalorgid", "principalorgpaths"})

_GLOBAL: Mapping[str, _Maker] = {
    "calledvia": _called_via,
    "calledviafirst": _called_via,
    "calledvialast": _called_via,
    "currenttime": _always(present("the time of the call is not known")),
    "ec2instancesourceprivateipv4": _of_instance,
    "ec2instancesourcevpc": _of_instance,
    "epochtime": _always(present("the time of the call is not known")),
    "multifactorauthage": _mfa_age,
    "multifactorauthpresent": _mfa,
    "principalaccount": _principal_account,
    "principalarn": _principal_arn,
    "principalisawsservice": _is_service,
    "principalorgid": _always(possible(_ORGANIZATION)),
    "principalorgpaths": _always(several(_ORGANIZATION)),
    "principaltag": _always(possible("the tags of the caller are not known")),
    "principaltype": _of_identity("who calls is not known"),
    "requestedregion": _requested_region,
    "requesttag": lambda request, kind: _of_action(request, "aws:requesttag/"),
    "resourceaccount": _resource_account,
    "resourceorgid": _always(possible(_ORGANIZATION)),
    "resourceorgpaths": _always(several(_ORGANIZATION)),
    "resourcetag": lambda request, kind: _of_action(request, "aws:resourcetag/"),
    "securetransport": _always(known("true")),
    "sourceaccount": _of_services_alone,
    "sourcearn": _of_services_alone,
    "sourceip": _source_ip,
    "sourceorgid": _of_services_alone,
    "sourceorgpaths": _of_services_alone,
    "sourcevpc": _of_endpoint("which VPC it is is not known"),
    "sourcevpce": _source_vpce,
    "tagkeys": lambda request, kind: _of_action(request, "aws:tagkeys"),
    "useragent": _always(present("the program that calls is not known")),
    "userid": _of_identity("who calls is not known"),
    "username": _username,
    "viaawsservice": _via_service,
    "vpceaccount": _ENDPOINT_OWNER,
    "vpceorgid": _ENDPOINT_OWNER,
    "vpceorgpaths": _ENDPOINT_OWNER,
    "vpcsourceip": _of_endpoint("the address of the caller is not known"),
}
"""What is known of AWS's global keys. Of a key that is not here nothing is known, not even whether a request has it."""
