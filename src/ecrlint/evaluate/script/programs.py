"""Programs by what they mean for a script: those that start another, and those that are known to do no act themselves."""

from __future__ import annotations

from collections.abc import Mapping

SHELLS = {"bash", "sh", "dash", "zsh", "ksh", "ash", "su", "newgrp", "sg", "runuser"}

WRAPPERS: Mapping[str, frozenset[str]] = {
    "sudo": frozenset({"-u", "--user", "-g", "--group", "-h", "--host", "-p", "--prompt", "-C", "-T", "-r", "-t", "-D", "-R"}),
    "doas": frozenset({"-u", "-C"}),
    "env": frozenset({"-u", "--unset", "-C", "--chdir", "-S"}),
    "nohup": frozenset(),
    "exec": frozenset({"-a"}),
    "command": frozenset(),
    "builtin": frozenset(),
    "time": frozenset({"-f", "-o"}),
    "timeout": frozenset({"-s", "--signal", "-k", "--kill-after"}),
    "nice": frozenset({"-n", "--adjustment"}),
    "ionice": frozenset({"-c", "-n", "-p"}),
    "stdbuf": frozenset({"-i", "-o", "-e"}),
    "setsid": frozenset(),
    "xargs": frozenset({"-n", "-P", "-L", "-I", "-i", "-d", "-a", "-s", "-E", "--max-args", "--max-procs", "--delimiter"}),
    "chronic": frozenset(),
    "unbuffer": frozenset(),
    "tini": frozenset(),
    "flock": frozenset({"-w", "-c"}),
    "chroot": frozenset(),
    "aws-vault": frozenset(),
    "retry": frozenset(),
    "cloud-init-per": frozenset(),
}
"""Programs that start the program after them, and their options that take a value."""

_POSITIONAL = {"timeout": 1, "flock": 1, "chroot": 1, "cloud-init-per": 2}


def skipped(program: str) -> int:
    """How many words of its own a wrapper has, beyond its options, before the program that it starts."""
    return _POSITIONAL.get(program, 0)


PLAIN = {
    *(":", "[", "[[", "add-apt-repository", "addgroup", "adduser", "alias", "amazon-linux-extras", "amazon-ssm-agent"),
    *("apk", "apt", "apt-get", "apt-key", "awk", "aws", "base64", "basename", "bg", "bind", "blkid", "break", "bzip2"),
    *("cat", "cd", "certutil", "chgrp", "chmod", "chown", "chpasswd", "clear", "cloud-init", "cmp", "column", "complete"),
    *("continue", "cp", "crontab", "curl", "cut", "date", "dd", "declare", "depmod", "df", "diff", "dig", "dircolors"),
    *("dirname", "disown", "dnf", "docker-credential-ecr-login", "dpkg", "du", "ec2-metadata", "echo", "egrep"),
    *("envsubst", "exit", "export", "expr", "fallocate", "false", "fdisk", "fg", "fgrep", "file", "find", "firewall-cmd"),
    *("fold", "free", "fsck", "getconf", "getent", "getopts", "git", "git-lfs", "gpasswd", "gpg", "grep", "groupadd"),
    *("groups", "gunzip", "gzip", "hash", "head", "hexdump", "host", "hostname", "hostnamectl", "htop", "iconv", "id"),
    *("ifconfig", "install", "ip", "iptables", "iptables-save", "jobs", "jq", "kill", "killall", "last", "ldconfig"),
    *("less", "let", "ln", "local", "locale", "locale-gen", "localedef", "logger", "login", "ls", "lsb_release", "lsblk"),
    *("lsmod", "lsof", "mapfile", "md5sum", "mkdir", "mkfifo", "mkfs", "mkfs.ext4", "mkfs.xfs", "mkswap", "mktemp"),
    *("modinfo", "modprobe", "more", "mount", "mountpoint", "mv", "nano", "nc", "netstat", "nl", "nproc", "nslookup"),
    *("ntpdate", "od", "openssl", "parted", "partprobe", "passwd", "paste", "patch", "pgrep", "ping", "pkill", "popd"),
    *("printenv", "printf", "ps", "pushd", "pwd", "read", "readarray", "readlink", "readonly", "realpath", "reboot"),
    *("renice", "reset", "resize2fs", "return", "rev", "rm", "rmdir", "route", "rpm", "rsync", "sed", "select", "seq"),
    *("service", "set", "setenforce", "sha1sum", "sha256sum", "shift", "shopt", "shutdown", "sleep", "snap", "sort"),
    *("split", "ss", "ssh-keygen", "ssh-keyscan", "stat", "sts", "stty", "swapoff", "swapon", "sync", "sysctl"),
    *("systemctl", "tac", "tail", "tar", "tee", "test", "timedatectl", "top", "touch", "tput", "tr", "trap", "tree"),
    *("true", "truncate", "tty", "tune2fs", "type", "typeset", "tzset", "ufw", "ulimit", "umask", "umount", "unalias"),
    *("uname", "uniq", "unlink", "unset", "unxz", "unzip", "update-alternatives", "update-ca-certificates", "useradd"),
    *("userdel", "usermod", "uuidgen", "vim", "visudo", "wait", "watch", "wc", "wget", "whereis", "which", "who"),
    *("whoami", "xfs_growfs", "xxd", "xz", "yes", "yq", "yum", "yum-config-manager", "zcat", "zip", "zypper"),
}
"""Programs that start nothing else that logs in, builds, tags, pushes or pulls. `aws` and what other acts say of is read."""
