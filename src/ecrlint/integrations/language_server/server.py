"""The server: what the editor says and asks, and the scans that follow from it.

Each change of a text starts a scan of its unit. One scan runs at a time, in a thread of its own; one that a later change has made
stale ends, and its result is not shown.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from functools import partial
from typing import TypeVar

from lsprotocol import types
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path

from ecrlint import __version__
from ecrlint.boundary.repository import real
from ecrlint.integrations.language_server import messages, scans
from ecrlint.integrations.language_server.scans import UnitScan
from ecrlint.model.dataclass import dataclass
from ecrlint.run.read.known_files import KnownFiles
from ecrlint.run.scan_state import Stale

WATCHED = "**/*.{tf,tofu,tfvars,json,yaml,yml,template,toml,sh}"
"""The files whose changes outside of the editor start a scan."""

Result = TypeVar("Result")


@dataclass
class OpenUnit:
    """A unit with a file that is open. `generation` counts the changes; `current` is the scan after the last of them."""

    path: str
    generation: int = 0
    current: asyncio.Task[UnitScan | None] | None = None
    shown: UnitScan | None = None
    fixes: dict[int, UnitScan] = field(default_factory=dict)
    known: KnownFiles = field(default_factory=KnownFiles)


class EcrlintServer(LanguageServer):
    """The state of one connection: the texts of the files that are open, and their units."""

    def __init__(self) -> None:
        super().__init__("ecrlint", __version__)
        self.texts: dict[str, str] = {}
        self.units: dict[str, OpenUnit] = {}
        self.worker = ThreadPoolExecutor(1)

    @property
    def encoding(self) -> messages.Encoding:
        return self.workspace.position_encoding or types.PositionEncodingKind.Utf16

    def changed(self, path: str) -> None:
        """Scan the unit of a file again, which is open."""
        unit = self.units.setdefault(scans.unit(path), OpenUnit(path))
        unit.generation += 1
        if unit.current is not None:
            unit.current.cancel()
        unit.current = asyncio.ensure_future(self._scan(unit, unit.generation))

    async def _scan(self, unit: OpenUnit, generation: int) -> UnitScan | None:
        await asyncio.sleep(0)  # changes that have arrived already are taken together
        texts, is_stale = dict(self.texts), lambda: unit.generation != generation
        try:
            found = await self.work(partial(scans.scan, unit.path, texts, is_stale, unit.known))
        except Exception as error:  # a failure of ours: the next change may do without it
            said = f"ecrlint failed on {unit.path}: {type(error).__name__}: {error}"
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, said))
            return None
        if found is not None and unit.generation == generation:
            self.show(unit, found)
        return found

    async def work(self, scan: Callable[[], Result]) -> Result | None:
        """The result of a scan in the thread of the scans; None where it became stale."""

        def done() -> Result | None:
            gc.disable()  # what a scan makes is needed to its end
            try:
                return scan()
            except Stale:
                return None
            finally:
                gc.enable()

        return await asyncio.get_running_loop().run_in_executor(self.worker, done)

    def show(self, unit: OpenUnit, found: UnitScan | None) -> None:
        """Publish what is said of the files of a unit, and take back what was said of them before."""
        before = unit.shown.paths() | {unit.shown.path} if unit.shown else set()
        unit.shown = found
        unit.fixes.clear()
        now = found.paths() | {found.path} if found else set()
        for path in sorted(before | now):
            self.publish(path)

    def publish(self, path: str) -> None:
        """All that is said of a file, by whichever unit it belongs to."""
        said: dict[str, types.Diagnostic] = {}
        for unit in self.units.values():
            if unit.shown is not None:
                said.update((repr(one), one) for one in messages.diagnostics(unit.shown, path, self.encoding))
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(messages.uri(path), list(said.values())))

    def closed(self, path: str) -> None:
        """Forget the text of a file, and its unit where no other file of it is open."""
        self.texts.pop(path, None)
        key = scans.unit(path)
        others = [other for other in self.texts if scans.unit(other) == key]
        if others:
            self.units[key].path = others[0]
            self.changed(others[0])
        elif key in self.units:
            unit = self.units.pop(key)
            unit.generation += 1
            self.show(unit, None)

    async def answered(self, path: str) -> UnitScan | None:
        """The scan after the last change of a file that is open."""
        unit = self.units.get(scans.unit(path))
        while unit is not None and unit.current is not None:
            task = unit.current
            await asyncio.wait([task])
            if unit.current is task:
                return None if task.cancelled() else task.result()
        return None

    async def with_fixes(self, path: str) -> UnitScan | None:
        """The same with the fixes that hold, which are tried once after each change."""
        found = await self.answered(path)
        unit = self.units.get(scans.unit(path))
        if found is None or unit is None:
            return None
        generation = unit.generation
        if generation not in unit.fixes:
            tried = await self.work(partial(scans.with_fixes, found))
            if tried is None or unit.generation != generation:
                return None
            unit.fixes[generation] = tried
        return unit.fixes[generation]


def path_of(uri: str) -> str | None:
    """The full path of a file on the disk; None for what an editor holds elsewhere."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return None if path is None else real(path)


def server() -> LanguageServer:
    """The server, ready to be started on the streams of this process."""
    made = EcrlintServer()

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        _read(made, params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        _read(made, params.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        path = path_of(params.text_document.uri)
        if path is not None:
            made.closed(path)

    @made.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        _watch(made)

    @made.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def saved_elsewhere(params: types.DidChangeWatchedFilesParams) -> None:
        for unit in list(made.units.values()):
            made.changed(unit.path)

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    async def hover(params: types.HoverParams) -> types.Hover | None:
        path = path_of(params.text_document.uri)
        found = None if path is None else await made.answered(path)
        if found is None or path is None:
            return None
        here = scans.at(found, path, params.position.line + 1)
        within = [one for one in here if _covers(messages.as_range(one.span, made.encoding), params.position)]
        return messages.hover(within, made.encoding)

    @made.feature(types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]))
    async def fixes(params: types.CodeActionParams) -> list[types.CodeAction]:
        path = path_of(params.text_document.uri)
        found = None if path is None else await made.with_fixes(path)
        if found is None or path is None:
            return []
        here = [one for one in found.findings(path) if _touch(messages.as_range(one.span, made.encoding), params.range)]
        return list(messages.quick_fixes(found, here, made.encoding))

    return made


def _read(made: EcrlintServer, uri: str) -> None:
    """Take the text of a file that is open as the editor has it now."""
    path = path_of(uri)
    if path is not None:
        made.texts[path] = made.workspace.get_text_document(uri).source
        made.changed(path)


def _watch(made: EcrlintServer) -> None:
    """Ask the editor to tell of files that change without it, where it can."""
    workspace = made.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace else None
    if watching is not None and watching.dynamic_registration:
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(WATCHED)])
        asked = types.Registration("ecrlint-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
        made.client_register_capability(types.RegistrationParams([asked]))


def _covers(place: types.Range, position: types.Position) -> bool:
    return place.start <= position <= place.end


def _touch(place: types.Range, other: types.Range) -> bool:
    return place.start <= other.end and other.start <= place.end
