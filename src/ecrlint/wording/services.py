"""What a consumer uses an AWS service for, what fails without it, and what is printed then."""

from __future__ import annotations

from ecrlint.model.dataclass import dataclass
from ecrlint.wording.messages import LOG_TIMEOUT, NO_INSTANCES, PARAMETER_TIMEOUT, SECRET_TIMEOUT


@dataclass(frozen=True, slots=True)
class ServiceUse:
    """`shown` is the place that shows the use, `lost` what never happens without the service, `aws` what is printed then."""

    shown: str
    lost: str
    aws: str


_AGENT = ServiceUse("instances register with their cluster through it", "registers its instances", NO_INSTANCES)

USES = {
    "ecs": _AGENT,
    "ecs-agent": _AGENT,
    "secretsmanager": ServiceUse("a secret that it is given", "gets its secrets", SECRET_TIMEOUT),
    "ssm": ServiceUse("a parameter that it is given", "gets its parameters", PARAMETER_TIMEOUT),
    "logs": ServiceUse("it logs with awslogs", "writes its log", LOG_TIMEOUT),
}
"""By the name of the service in that of its endpoint, for the services of `ecrlint.analysis.network.required_services`."""
