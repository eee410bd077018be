"""The language server, driven as an editor does: a process of its own, by the Language Server Protocol."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("pygls", reason="pygls is not installed")

from lsprotocol import types
from pygls.lsp.client import LanguageClient

import ecrlint
from ecrlint.cli import main

ROLE = """resource "aws_iam_role" "ci" {
  name               = "ci"
  assume_role_policy = "{}"
}
"""
ARN = "arn:aws:ecr:eu-west-1:111122223333:repository/app"
PULL = '"ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"'
BROKEN = f"""resource "aws_iam_role_policy" "login" {{
  role = aws_iam_role.ci.id
  policy = jsonencode({{ Version = "2012-10-17", Statement = [
    {{ Effect = "Allow", Action = "sts:GetCallerIdentity", Resource = "*" }},
    {{ Effect = "Allow", /* \N{GRINNING FACE} */ Action = ["ecr:GetAuthorizationToken", {PULL}],
      Resource = "{ARN}" }}] }})
}}
"""
MENDED = BROKEN.replace('"ecr:GetAuthorizationToken", ', "").replace('"sts:GetCallerIdentity"', '"ecr:GetAuthorizationToken"')


class Editor:
    """An editor that has a server: what it was told of each file, by the path in the folder that is open."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.client = LanguageClient("editor", "1")
        self.told: dict[str, list[types.Diagnostic]] = {}
        self.counts: dict[str, int] = {}
        self.arrived = asyncio.Event()
        self.versions: dict[str, int] = {}
        self.registered: list[str] = []

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def published(params: types.PublishDiagnosticsParams) -> None:
            name = params.uri.removeprefix(f"{folder.as_uri()}/")
            self.told[name] = list(params.diagnostics)
            self.counts[name] = self.counts.get(name, 0) + 1
            self.arrived.set()

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
        def registered(params: types.RegistrationParams) -> None:
            self.registered += [one.method for one in params.registrations]

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    async def start(self, encodings: list[types.PositionEncodingKind | str] | None = None) -> types.InitializeResult:
        words = ["-c", "import sys; from ecrlint.cli import main; sys.exit(main(['server']))"]
        await self.client.start_io(sys.executable, *words, cwd=str(self.folder))
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        capabilities = types.ClientCapabilities(
            workspace=types.WorkspaceClientCapabilities(did_change_watched_files=watching),
            general=types.GeneralClientCapabilities(position_encodings=encodings),
        )
        asked = types.InitializeParams(capabilities=capabilities, root_uri=self.folder.as_uri())
        result = await self.client.initialize_async(asked)
        self.client.initialized(types.InitializedParams())
        return result

    async def stop(self) -> int | None:
        await self.client.shutdown_async(None)
        self.client.exit(None)
        process = self.client._server
        assert process is not None
        status: int | None = await asyncio.wait_for(process.wait(), 10)
        await self.client.stop()  # type: ignore[no-untyped-call]
        return status

    def open(self, name: str, text: str) -> None:
        item = types.TextDocumentItem(self.uri(name), "terraform", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def change(self, name: str, text: str) -> None:
        self.versions[name] = self.versions.get(name, 1) + 1
        document = types.VersionedTextDocumentIdentifier(self.versions[name], self.uri(name))
        whole = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))

    def close(self, name: str) -> None:
        document = types.TextDocumentIdentifier(self.uri(name))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    async def until(self, met: Callable[[], bool]) -> None:
        """Wait for what the server publishes until something holds."""
        async with asyncio.timeout(20) if sys.version_info >= (3, 11) else _forever():
            while not met():
                self.arrived.clear()
                await self.arrived.wait()

    def codes(self, name: str) -> list[object]:
        return [one.code for one in self.told.get(name, [])]

    async def hover(self, name: str, line: int, character: int) -> types.Hover | None:
        document = types.TextDocumentIdentifier(self.uri(name))
        return await self.client.text_document_hover_async(types.HoverParams(document, types.Position(line, character)))

    async def fixes(self, name: str, where: types.Range) -> list[types.CodeAction]:
        document = types.TextDocumentIdentifier(self.uri(name))
        asked = types.CodeActionParams(document, where, types.CodeActionContext(self.told.get(name, [])))
        return [
            one for one in await self.client.text_document_code_action_async(asked) or [] if isinstance(one, types.CodeAction)
        ]


class _forever:
    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    (tmp_path / "roles.tf").write_text(ROLE)
    (tmp_path / "main.tf").write_text(MENDED)
    return tmp_path


def drive(folder: Path, session: Callable[[Editor], Awaitable[Any]], **options: Any) -> None:
    """A session of an editor that starts the server, and ends it as the protocol says."""

    async def whole() -> None:
        editor = Editor(folder)
        await editor.start(**options)
        await session(editor)
        assert await editor.stop() == 0

    asyncio.run(whole())


def edited(text: str, edits: list[types.TextEdit]) -> str:
    """A text with edits whose characters are UTF-16 units."""
    lines = text.splitlines(keepends=True)

    def offset(position: types.Position) -> int:
        before = lines[position.line].encode("utf-16-le")[: 2 * position.character].decode("utf-16-le")
        return sum(map(len, lines[: position.line])) + len(before)

    for edit in sorted(edits, key=lambda edit: offset(edit.range.start), reverse=True):
        text = text[: offset(edit.range.start)] + edit.new_text + text[offset(edit.range.end) :]
    return text


def test_an_editor_sees_what_is_typed_and_what_fixes_it(folder: Path) -> None:
    async def session(editor: Editor) -> None:
        editor.open("main.tf", MENDED)
        await editor.until(lambda: "main.tf" in editor.told)
        assert editor.codes("main.tf") == []
        editor.change("main.tf", BROKEN)  # which nobody has saved
        await editor.until(lambda: editor.codes("main.tf") != [])
        (told,) = editor.told["main.tf"]
        assert (told.code, told.severity, told.source) == ("token-on-repository", types.DiagnosticSeverity.Warning, "ecrlint")
        line = BROKEN.splitlines()[4]
        units = len(line[: line.index('"ecr:GetAuth')].encode("utf-16-le")) // 2
        assert told.range.start == types.Position(4, units)
        assert told.range.end == types.Position(4, units + len('"ecr:GetAuthorizationToken"'))
        places = [(one.location.uri, one.location.range.start.line) for one in told.related_information or []]
        assert (editor.uri("roles.tf"), 0) in places
        shown = await editor.hover("main.tf", 4, units + 3)
        assert shown is not None
        assert isinstance(shown.contents, types.MarkupContent)
        assert "**token-on-repository** (warning)" in shown.contents.value
        assert "is not authorized to perform: ecr:GetAuthorizationToken" in shown.contents.value
        assert await editor.hover("main.tf", 1, 0) is None
        (fix,) = await editor.fixes("main.tf", told.range)
        assert fix.edit is not None
        assert fix.edit.changes is not None
        mended = edited(BROKEN, list(fix.edit.changes[editor.uri("main.tf")]))
        editor.change("main.tf", mended)
        await editor.until(lambda: editor.codes("main.tf") == [])
        assert await editor.fixes("main.tf", told.range) == []
        assert "\N{GRINNING FACE}" in mended
        editor.change("main.tf", BROKEN)
        await editor.until(lambda: editor.codes("main.tf") != [])
        editor.close("main.tf")
        await editor.until(lambda: editor.codes("main.tf") == [])

    drive(folder, session)
    assert ecrlint.scan(folder).findings == ()


def test_only_the_last_of_many_changes_is_shown(folder: Path) -> None:
    async def session(editor: Editor) -> None:
        editor.open("main.tf", MENDED)
        await editor.until(lambda: "main.tf" in editor.told)
        for number in range(50):
            editor.change("main.tf", f"# {number}\n{BROKEN}")
        editor.change("main.tf", f"\n\n\n{BROKEN}")
        await editor.until(lambda: [one.range.start.line for one in editor.told["main.tf"]] == [7])
        assert editor.counts["main.tf"] < 45

    drive(folder, session)


def test_a_file_that_is_on_no_disk_yet_belongs_to_its_folder(folder: Path) -> None:
    async def session(editor: Editor) -> None:
        (folder / "main.tf").unlink()
        editor.open("new.tf", BROKEN)
        await editor.until(lambda: editor.codes("new.tf") == ["token-on-repository"])

    drive(folder, session)


def test_a_file_that_another_program_changes_is_read_again(folder: Path) -> None:
    async def session(editor: Editor) -> None:
        editor.open("roles.tf", ROLE)
        await editor.until(lambda: "roles.tf" in editor.told)
        assert editor.registered == ["workspace/didChangeWatchedFiles"]
        (folder / "main.tf").write_text(BROKEN)
        event = types.FileEvent(editor.uri("main.tf"), types.FileChangeType.Changed)
        editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        await editor.until(lambda: editor.codes("main.tf") == ["token-on-repository"])

    drive(folder, session)


@pytest.mark.parametrize("encoding", [types.PositionEncodingKind.Utf8, types.PositionEncodingKind.Utf32])
def test_characters_are_counted_as_the_editor_asks(folder: Path, encoding: types.PositionEncodingKind) -> None:
    line = BROKEN.splitlines()[4]
    before = line[: line.index('"ecr:GetAuth')]
    expected = len(before.encode() if encoding is types.PositionEncodingKind.Utf8 else before)

    async def session(editor: Editor) -> None:
        editor.open("main.tf", BROKEN)
        await editor.until(lambda: editor.codes("main.tf") != [])
        assert editor.told["main.tf"][0].range.start.character == expected

    drive(folder, session, encodings=[encoding])


def test_nothing_that_is_scanned_is_markup_or_hides(folder: Path) -> None:
    text = BROKEN.replace(ARN, "arn:aws:ecr:::repository/![x](https://example.com/x.png)<b>\u202e")

    async def session(editor: Editor) -> None:
        editor.open("main.tf", text)
        await editor.until(lambda: editor.codes("main.tf") != [])
        (told,) = editor.told["main.tf"]
        assert "\u202e" not in told.message
        shown = await editor.hover("main.tf", told.range.start.line, told.range.start.character)
        assert shown is not None
        assert isinstance(shown.contents, types.MarkupContent)
        assert "example" in shown.contents.value
        assert "![" not in shown.contents.value
        assert "<b>" not in shown.contents.value
        assert "\u202e" not in shown.contents.value

    drive(folder, session)


def test_a_mistake_in_the_configuration_and_a_text_that_cannot_be_read_are_told(folder: Path) -> None:
    async def session(editor: Editor) -> None:
        editor.open("main.tf", 'resource "aws_ecr_repository" "r" {\n  name = \n}\n}\n')
        await editor.until(lambda: editor.codes("main.tf") == ["problem"])
        (folder / "ecrlint.toml").write_text("nonsense = 1\n")
        editor.change("main.tf", BROKEN)
        await editor.until(lambda: editor.codes("main.tf") == ["configuration"])
        assert "ecrlint.toml:1: " in editor.told["main.tf"][0].message
        editor.open("ecrlint.toml", "severity = 'note'\n")  # the unsaved configuration counts
        editor.change("main.tf", f"{BROKEN}\n")
        await editor.until(lambda: editor.codes("main.tf") == ["token-on-repository"])

    drive(folder, session)


def test_the_command_says_where_pygls_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("ecrlint.commands.server.find_spec", lambda name: None)
    assert main(["server"]) == 2
    assert "ecrlint[lsp]" in capsys.readouterr().err
