"""How long the language server takes to answer an edit, beside a warm scan of the same root, one after the other.

Usage: python bench/editor.py [--files 100] [--edits 50] [FOLDER]      (FOLDER: a root of one's own; otherwise one is made)
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

SERVICE = """\
resource "aws_ecr_repository" "svc{n}" {{
  name = "svc{n}"
}}

resource "aws_iam_role" "exec{n}" {{
  name = "exec{n}"
  assume_role_policy = jsonencode({{
    Version   = "2012-10-17"
    Statement = [{{ Effect = "Allow", Principal = {{ Service = "ecs-tasks.amazonaws.com" }}, Action = "sts:AssumeRole" }}]
  }})
}}

resource "aws_iam_role_policy" "exec{n}" {{
  role = aws_iam_role.exec{n}.id
  policy = jsonencode({{
    Version = "2012-10-17"
    Statement = [
      {{ Effect = "Allow", Action = "ecr:GetAuthorizationToken", Resource = "*" }},
      {{
        Effect   = "Allow"
        Action   = ["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = aws_ecr_repository.svc{n}.arn
      }},
    ]
  }})
}}

resource "aws_ecs_task_definition" "svc{n}" {{
  family                   = "svc{n}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 256
  memory                   = 512
  execution_role_arn       = aws_iam_role.exec{n}.arn
  container_definitions = jsonencode([{{
    name  = "svc{n}"
    image = "${{aws_ecr_repository.svc{n}.repository_url}}:latest"
  }}])
}}
"""
SCAN = """\
import sys, time
import ecrlint
for _ in sys.stdin:
    start = time.perf_counter()
    ecrlint.scan(sys.argv[1])
    print(time.perf_counter() - start, flush=True)
"""
"""A process that stays, and scans once for each line."""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--edits", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or _root(Path(made), options.files)
        first = min(folder.glob("*.tf"))
        asyncio.run(_measure(folder, first, options.edits))
    return 0


def _root(folder: Path, files: int) -> Path:
    (folder / ".git").mkdir()
    for number in range(files):
        (folder / f"svc{number:03}.tf").write_text(SERVICE.format(n=number))
    return folder


async def _measure(folder: Path, path: Path, edits: int) -> None:
    client = LanguageClient("bench", "1")
    told: asyncio.Queue[float] = asyncio.Queue()

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
    def published(params: types.PublishDiagnosticsParams) -> None:
        if params.uri == path.resolve().as_uri():
            told.put_nowait(time.perf_counter())

    await client.start_io(sys.executable, "-m", "ecrlint", "server")
    await client.initialize_async(types.InitializeParams(capabilities=types.ClientCapabilities()))
    client.initialized(types.InitializedParams())
    scanner = subprocess.Popen([sys.executable, "-c", SCAN, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert scanner.stdin is not None
    assert scanner.stdout is not None
    text = path.read_text()
    start = time.perf_counter()
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(path.as_uri(), "terraform", 1, text)))
    print(f"first answer    {1000 * (await told.get() - start):7.0f} ms")
    answers, scans, commands = [], [], []
    for number in range(edits):
        edited = text.replace("ecr:GetDownloadUrlForLayer", "ecr:GetDownloadUrlForLayer"[: -1 - number % 10], 1)
        document = types.VersionedTextDocumentIdentifier(number + 2, path.as_uri())
        whole = types.TextDocumentContentChangeWholeDocument(edited)
        start = time.perf_counter()
        client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))
        answers.append(await told.get() - start)
        scanner.stdin.write("\n")
        scanner.stdin.flush()
        scans.append(float(scanner.stdout.readline()))
        if number % 10 == 0:
            start = time.perf_counter()
            subprocess.run([sys.executable, "-m", "ecrlint", str(path)], capture_output=True, check=False)
            commands.append(time.perf_counter() - start)
    for name, times in {"edit": answers, "scan, warm": scans, "command, warm": commands}.items():
        print(f"{name:15} {1000 * statistics.median(times):7.0f} ms in the median of {len(times)}")
    ratios = [answer / scan for answer, scan in zip(answers, scans, strict=True)]
    print(f"edit / scan     {statistics.median(ratios):7.2f}")
    scanner.stdin.close()
    scanner.wait()
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    sys.exit(main())
