"""Which commands of a script run whatever happens, and which only under a condition or at another time."""

from __future__ import annotations

import re

_HEREDOC = r"(?<!<)<<(?!<)-?[ \t]*[\"']?(\w+)"
_OPENS = r"^\s*(?:if|case|for|while|until|select|function)\b|^\s*[\w-]+\s*\(\)|^\s*\{"
_CLOSES = r"^\s*(?:fi|esac|done|\})(?![\w-])"
_SAME_LINE = r"[;\s](?:fi|esac|done|\})[ \t]*(?:[;&|>#].*)?$"
# What `echo` and `printf` write, quoted or not; a substitution in it runs, unless single quotes or a backslash keep it from that.
_WRITES = (
    r"(?m)(?:^|[;&|(]|\bthen\b|\bdo\b)[ \t]*(?:-[ \t]+)?(?:sudo[ \t]+)?(?:echo|printf)\b"
    r"(?:\"(?:[^\"\\]|\\.|\\\n)*\"|'[^']*'|\$\([^()]*\)|\\\n|\\.|[^\n\\;|&\"'])*"
)
_SUBSTITUTED = r"'[^']*'|\\.|(\$\([^()]*\)|`[^`]*`)"
_TESTED = r"\|\||^\s*\[.*\]\s*&&|^\s*test\s.*&&"
_CLOUD_CONFIG = r"(?m)\A\s*#cloud-config\b|^(?:runcmd|bootcmd|write_files|packages):"
_COMMANDS = r"(?m)^(?:runcmd|bootcmd):[^\n]*\n(?:(?:[ \t-][^\n]*)?\n)*(?:[ \t-][^\n]*)?"


def unconditional(text: str) -> str:
    """The script with everything blanked that may not run when its host starts; every place stays where it is.

    That is what stands in conditions, loops and functions, after `||`, in the text of a here-document or of an `echo`, and
    in the files that cloud-init writes. PowerShell is not read.
    """
    if re.search(r"(?i)<powershell>|^<script>", text):
        return _blank(text)
    if re.search(_CLOUD_CONFIG, text):
        text = _only(_COMMANDS, text)
    return re.sub(_WRITES, _substituted, "".join(_lines(text)))


def _substituted(written: re.Match[str]) -> str:
    """What the shell runs to know what a command writes; the rest is blank."""
    text = written.group()
    kept = [found.span(1) for found in re.finditer(_SUBSTITUTED, text) if found.group(1)]
    blank = list(_blank(text))
    for start, end in kept:
        blank[start:end] = text[start:end]
    return "".join(blank)


def _lines(text: str) -> list[str]:
    depth = 0
    end = ""  # of the here-document that a line is in
    kept: list[str] = []
    for line in text.splitlines(keepends=True):
        if end:
            end = "" if line.strip() == end else end
            kept.append(_blank(line))
            continue
        document = re.search(_HEREDOC, line)
        end = document.group(1) if document else ""
        opens, closes = re.search(_OPENS, line), re.search(_CLOSES, line)
        kept.append(_blank(line) if depth or opens or re.search(_TESTED, line) else line)
        if opens and not re.search(_SAME_LINE, line):
            depth += 1
        elif closes and depth:
            depth -= 1
    return kept


def _only(pattern: str, text: str) -> str:
    kept = [found.span() for found in re.finditer(pattern, text)]
    blank = list(_blank(text))
    for start, end in kept:
        blank[start:end] = text[start:end]
    return "".join(blank)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
