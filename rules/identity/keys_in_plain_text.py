"""An access key of AWS with its secret, or a password of ECR, is written into a file.

## What fails

Nothing, and that is the danger: whoever may read the file, its history, the task definition or the user data can use the keys
until somebody deactivates them. A password of ECR is good for twelve hours.

## Why

The environment of a container is returned by `ecs:DescribeTaskDefinition`, and user data by the metadata service of the instance
and by `ec2:DescribeInstanceAttribute`. Git keeps what was once committed.

Reported are the id of an access key (`AKIA...`, `ASIA...`) beside a secret of 40 characters, and what
`aws ecr get-login-password` prints. Placeholders and the keys of AWS's documentation are not. The value is never printed.

## Fix

Deactivate the key first. Then give the role of the task, of the instance or of the job the permissions, and take the variables
out. What needs a key of its own gets it from Secrets Manager:

```json
"secrets": [
  {"name": "UPLOAD_KEY", "valueFrom": "arn:aws:secretsmanager:eu-west-1:111122223333:secret:upload-AbCdEf:key::"}
]
```

In a workflow:

```yaml
- uses: aws-actions/configure-aws-credentials@v5
  with:
    role-to-assume: arn:aws:iam::111122223333:role/ci
    aws-region: eu-west-1
```

## References

- [Secure access keys](https://docs.aws.amazon.com/IAM/latest/UserGuide/securing_access-keys.html)
- [Pass sensitive data to an Amazon ECS container](https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html)
"""

from __future__ import annotations

from collections.abc import Iterator

from ecrlint.analysis.written_keys import WrittenKey, written_keys
from ecrlint.model.finding import Finding, Severity
from ecrlint.model.stack import Stack

SEVERITY = Severity.WARNING
EXPOSURE = 7.5
SYMPTOM = "no error: whoever can read the file can use the key"

_WORDS = {"access key": "an AWS access key with its secret", "password": "a password of ECR"}


def check(stack: Stack) -> Iterator[Finding]:
    for key in written_keys(stack):
        yield _finding(key)


def _finding(key: WrittenKey) -> Finding:
    where = f" in {key.name}" if key.name else ""
    return Finding(
        span=key.span,
        message=f"{key.holder} has {_WORDS[key.kind]} in plain text{where}",
        help="deactivate the key, and use a role or a secret" if key.kind == "access key" else "log in when the script runs",
        address=key.address,
        cause=f"{key.kind} {key.name}".strip(),
    )
