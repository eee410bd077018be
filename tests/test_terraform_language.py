"""Terraform's language, held against the values that Terraform gives.

The pages are those below https://developer.hashicorp.com/terraform/language. Each value was printed by Terraform 1.11.4;
where a later version gives another one, the row is in `LATER`. With a `terraform` on the path the table is held against it.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ecrlint.evaluate import terraform
from ecrlint.evaluate.budget import Budget
from ecrlint.evaluate.terraform.configuration import Folder, folder
from ecrlint.evaluate.terraform.conversion import UNKNOWN, failing, to_python
from ecrlint.evaluate.terraform.functions import FORMS, FUNCTIONS, LATE, READERS, signature
from ecrlint.model.source import Source
from ecrlint.model.value import Choice, Equals, List, Opaque, Ref, Text, Unknown, Value
from ecrlint.parse import hcl

ERROR = "<Terraform stops>"

PAGES: dict[str, list[tuple[str, object]]] = {
    "expressions/types": [
        ('[1, "a", true, null]', [1, "a", True, None]),
        ('{ a = 1, "b c" = 2, (upper("d")) = 3, 4 = 5 }', {"4": 5, "D": 3, "a": 1, "b c": 2}),
        ("{ true = 1, null = 2 }", {"null": 2, "true": 1}),
        ("{ a : 1, b = 2, }", {"a": 1, "b": 2}),
        ("[1, 2, ]", [1, 2]),
        ("{ a = { b = [1, 2] } }.a.b[1]", 2),
        ('["a", "b"]["1"]', "b"),
        ('["a", "b"][2]', ERROR),
        ('["a", "b"][-1]', ERROR),
        ('["a", "b"][0.5]', ERROR),
        ('{ a = 1 }["a"]', 1),
        ("{ a = 1 }.b", ERROR),
        ('{ a = 1 }["b"]', ERROR),
        ('toset(["a"])[0]', ERROR),
        ("null.a", ERROR),
        ("null[0]", ERROR),
        ("1.50", 1.5),
        ("1.5e3", 1500),
        ('"${1}" == 1', True),
    ],
    "expressions/strings": [
        ('"a\\tb\\n\\"c\\" \\\\ \\u00e9 \\U0001F600"', 'a\tb\n"c" \\ é 😀'),
        ('"$${a} %%{b} $ % $a %a $$a"', "${a} %{b} $ % $a %a $$a"),
        ('"${1 + 1} ${true} ${"x"}"', "2 true x"),
        ('"${1}"', 1),
        ('"${[1]}"', [1]),
        ('"${[1]}x"', ERROR),
        ('"x${null}"', ERROR),
        ('"%{ if 1 > 2 }yes%{ else }no%{ endif }"', "no"),
        ('"a%{ if false }b%{ endif }c"', "ac"),
        ('"%{ if "true" }1%{ endif }"', "1"),
        ('"%{ if null }1%{ endif }"', ERROR),
        ('"%{ for x in ["a", "b"] }${x},%{ endfor }"', "a,b,"),
        ('"%{ for i, x in ["a", "b"] }${i}${x}%{ endfor }"', "0a1b"),
        ('"%{ for k, v in { b = 1, a = 2 } }${k}${v}%{ endfor }"', "a2b1"),
        ('"%{ for x in [] }z%{ endfor }"', ""),
        ('"%{ for x in toset(["b", "a"]) }${x}%{ endfor }"', "ab"),
        ('"%{ if true ? false : true }a%{ else }b%{ endif }"', "b"),
        ("<<EOT\na\n  b\\\n$${c}\nEOT", "a\n  b\\\n${c}\n"),
        ("<<-EOT\n    a\n\n      b\n    EOT", "a\n\n  b\n"),
        ('<<-EOT\n    a\n      ${"b"}\n   ${"c"} d\n    EOT', " a\n   b\nc d\n"),
        ("<<-EOT\n\n    a\n\n   \n      b\n    EOT", "\na\n\n   \n  b\n"),
        ("<<-EOT\n\ta\n\t\tb\n  \tc\n  EOT", "a\n\tb\n \tc\n"),
        ("<<EOT\nEOT", ""),
        ("<<EOT\n${1}\nEOT", "1\n"),
    ],
    "expressions/operators": [
        ("1 + 2 * 3 - 4 / 2", 5),
        ("10 - 3 - 2", 5),
        ("100 / 10 / 5", 2),
        ("7 / 2", 3.5),
        ("7 % 3", 1),
        ("-7 % 3", -1),
        ("7 % -3", 1),
        ("7.5 % 2", 1.5),
        ("0.1 + 0.2", 0.3),
        ('-"5"', -5),
        ("-true", ERROR),
        ('"1" + 2', 3),
        ('"a" + 1', ERROR),
        ("1 + null", ERROR),
        ('"2" < "10"', True),
        ('"a" < "b"', ERROR),
        ("1 < 2 == true", True),
        ("3 > 2 > 1", ERROR),
        ("1 == 1.0", True),
        ('1 == "1"', False),
        ('true == "true"', False),
        ("null == null", True),
        ("null == false", False),
        ('"a" != null', True),
        ("[] == []", True),
        ('[1] == ["1"]', False),
        ("{ a = 1, b = 2 } == { b = 2, a = 1 }", True),
        ('{ a = 1 } == { a = "1" }', False),
        ("{ a = 1 } == { a = 1, b = null }", False),
        ("[] == tolist([])", False),
        ('["a"] == toset(["a"])', False),
        ("{} == tomap({})", False),
        ('tolist(["a"]) == tolist(["a"])', True),
        ('toset(["a", "b"]) == toset(["b", "a"])', True),
        ('"a" == ["a"]', False),
        ("true || false && false", True),
        ("!true == false", True),
        ("!false && false", False),
        ('!"true"', False),
        ('!"x"', ERROR),
        ("!null", ERROR),
        ('true && "false"', False),
        ("1 && true", ERROR),
        ("true && null", ERROR),
        ("0.1 + 0.2 == 0.3", True),
    ],
    "expressions/conditionals": [
        ('true ? "a" : "b"', "a"),
        ('1 > 2 ? "a" : "b"', "b"),
        ('"true" ? 1 : 2', 1),
        ("false ? 1 : false ? 2 : 3", 3),
        ("false ? 1 : true ? 2 : 3", 2),
        ("true ? true ? 1 : 2 : 3", 1),
        ('true ? 1 : "a"', "1"),
        ('true ? true : "a"', "true"),
        ('true ? "1" : 2', "1"),
        ("false ? 1 : true", ERROR),
        ('true ? null : "a"', None),
        ("false ? null : 1", 1),
        ('true ? [1] : ["a"]', ["1"]),
        ('true ? [] : ["a"]', []),
        ('true ? [1, true] : ["a", "b"]', ["1", "true"]),
        ("true ? {} : { a = 1 }", {}),
        ('true ? { a = 1 } : { b = "x" }', {"a": "1"}),
        ('true ? { a = 1, b = "x" } : { a = "y", b = "z" }', {"a": "1", "b": "x"}),
        ("true ? [] : {}", ERROR),
        ('true ? ["b", "a"] : toset(["c"])', ["a", "b"]),
        ("null ? 1 : 2", ERROR),
        ('"x" ? 1 : 2', ERROR),
        ("1 == 1 ? 1 + 1 : 2 + 2", 2),
    ],
    "expressions/for": [
        ('[for s in ["a", "b"] : upper(s)]', ["A", "B"]),
        ('[for i, s in ["a", "b"] : "${i}${s}"]', ["0a", "1b"]),
        ('[for k, v in { b = 1, a = 2 } : "${k}${v}"]', ["a2", "b1"]),
        ("[for v in { b = 1, a = 2 } : v]", [2, 1]),
        ('[for s in ["a", "", "b"] : s if s != ""]', ["a", "b"]),
        ('{ for s in ["a", "b"] : s => upper(s) }', {"a": "A", "b": "B"}),
        ('{ for i, s in ["a", "b"] : i => s }', {"0": "a", "1": "b"}),
        ("{ for k, v in { a = 1, b = 2 } : v => k if v > 1 }", {"2": "b"}),
        ('{ for s in ["a", "ab", "b"] : substr(s, 0, 1) => s... }', {"a": ["a", "ab"], "b": ["b"]}),
        ('{ for k, v in { a = "x", b = "y", c = "x" } : v => k... }', {"x": ["a", "c"], "y": ["b"]}),
        ('{ for s in ["a", "a"] : s => 1 }', ERROR),
        ('[for s in toset(["b", "a", "b"]) : s]', ["a", "b"]),
        ('[for k, v in toset(["b", "a"]) : "${k}${v}"]', ["aa", "bb"]),
        ('{ for k, v in toset(["b", "a"]) : k => v }', {"a": "a", "b": "b"}),
        ("[for n in toset([2, 10, 1]) : n]", [1, 2, 10]),
        ("[for row in [[1, 2], [3]] : [for n in row : n + 1]]", [[2, 3], [4]]),
        ("[for s in null : s]", ERROR),
        ('[for s in "abc" : s]', ERROR),
        ("[for s in [] : s]", []),
        ('[for s in ["true", "false"] : s if s]', ["true"]),
        ("[for s in [1] : s if null]", ERROR),
        ("{ for k, v in { a = null } : k => v }", {"a": None}),
        ("{ for s in [null] : s => 1 }", ERROR),
        ("{ for s in [1, 2] : s => s }", {"1": 1, "2": 2}),
        ('[for s in ["x"] : { name = s }][0].name', "x"),
    ],
    "expressions/splat": [
        ("[{ a = 1 }, { a = 2 }][*].a", [1, 2]),
        ("[{ a = 1 }, { a = 2 }].*.a", [1, 2]),
        ("[{ c = [1, 2] }, { c = [3] }][*].c[0]", [1, 3]),
        ("[{ c = [1, 2] }, { c = [3] }].*.c[0]", [1, 2]),
        ("[{ b = [{ c = 1 }, { c = 2 }] }, { b = [] }][*].b[*].c", [[1, 2], []]),
        ("[{ b = [{ c = 1 }, { c = 2 }] }, { b = [] }][*].b.*.c", [[1, 2], []]),
        ("[[1, 2], [3]][*][*]", [[1, 2], [3]]),
        ("[[1, 2], [3]][*][0]", [1, 3]),
        ('[{ a = 1 }][*]["a"]', [1]),
        ("null[*]", []),
        ('"a"[*]', ["a"]),
        ("{ a = 1 }[*].a", [1]),
        ("null[*].a", []),
        ("[][*].a", []),
        ('toset(["b", "a"])[*]', ["a", "b"]),
        ("length([1, 2][*])", 2),
    ],
    "expressions/function-calls": [
        ("max([5, 12, 9]...)", 12),
        ('concat([["a"], ["b"]]...)', ["a", "b"]),
        ("merge([{ a = 1 }, { b = 2 }]...)", {"a": 1, "b": 2}),
        ("max(toset([1, 3])...)", 3),
        ('core::upper("a")', "A"),
        ('upper("a", "b")', ERROR),
        ("upper()", ERROR),
    ],
    "functions/abs": [
        ("abs(-12.4)", 12.4),
        ('abs("-3")', 3),
    ],
    "functions/alltrue": [
        ('alltrue(["true", true])', True),
        ("alltrue([true, false])", False),
        ("alltrue([])", True),
        ("alltrue([true, null])", False),
        ('alltrue([true, "x"])', ERROR),
    ],
    "functions/anytrue": [
        ('anytrue(["true"])', True),
        ("anytrue([false, null])", False),
        ("anytrue([])", False),
    ],
    "functions/base64decode": [
        ('base64decode("SGVsbG8gV29ybGQ=")', "Hello World"),
        ('base64decode("aGk")', ERROR),
        ('base64decode("/w==")', ERROR),
    ],
    "functions/base64encode": [
        ('base64encode("Hello World")', "SGVsbG8gV29ybGQ="),
        ('base64encode("hé")', "aMOp"),
    ],
    "functions/base64sha256": [
        ('base64sha256("hello world")', "uU0nuZNNPgilLlLX2n2r+sSE7+N6U4DukIj3rOLvzek="),
    ],
    "functions/base64sha512": [
        (
            'base64sha512("hello world")',
            "MJ7MSJwS1utMxA9QyQLytNDtd+5RGnx6m808qG1M2G+YndNbxf9JlnDaNCVbRbDP2DDoH2Bdz33FVC6TrpzXbw==",
        ),
    ],
    "functions/basename": [
        ('basename("foo/bar/baz.txt")', "baz.txt"),
        ('basename("foo/")', "foo"),
        ('basename("")', "."),
    ],
    "functions/can": [
        ("can({ a = 1 }.a)", True),
        ("can({ a = 1 }.b)", False),
        ('can(tonumber("x"))', False),
        ('can(regex("^[a-z]+$", "abc"))', True),
    ],
    "functions/ceil": [
        ("ceil(5.1)", 6),
        ("ceil(-1.2)", -1),
    ],
    "functions/chomp": [
        ('chomp("hello\\r\\n\\r\\n")', "hello"),
        ('chomp("a\\nb")', "a\nb"),
    ],
    "functions/cidrhost": [
        ('cidrhost("10.12.112.0/20", 16)', "10.12.112.16"),
        ('cidrhost("10.12.112.0/20", -1)', "10.12.127.255"),
        ('cidrhost("fd00:fd12:3456:7890::/56", 34)', "fd00:fd12:3456:7800::22"),
        ('cidrhost("10.12.112.0/20", 268435456)', ERROR),
    ],
    "functions/cidrsubnet": [
        ('cidrsubnet("172.16.0.0/12", 4, 2)', "172.18.0.0/16"),
        ('cidrsubnet("10.1.2.0/24", 4, 15)', "10.1.2.240/28"),
        ('cidrsubnet("fd00:fd12:3456:7890::/56", 16, 162)', "fd00:fd12:3456:7800:a200::/72"),
        ('cidrsubnet("10.1.2.0/24", 4, 16)', ERROR),
        ('cidrsubnet("10.1.2.0/24", 9, 0)', ERROR),
    ],
    "functions/cidrsubnets": [
        ('cidrsubnets("10.1.0.0/16", 4, 4, 8, 4)', ["10.1.0.0/20", "10.1.16.0/20", "10.1.32.0/24", "10.1.48.0/20"]),
        ('cidrsubnets("10.0.0.0/30", 2, 2, 2, 2, 2)', ERROR),
        (
            '[for block in cidrsubnets("10.0.0.0/8", 8, 8) : cidrsubnets(block, 4, 4)]',
            [["10.0.0.0/20", "10.0.16.0/20"], ["10.1.0.0/20", "10.1.16.0/20"]],
        ),
    ],
    "functions/coalesce": [
        ('coalesce("a", "b")', "a"),
        ('coalesce("", "b")', "b"),
        ("coalesce(null, 1)", 1),
        ('coalesce(1, "b")', "1"),
        ('coalesce("", 0)', "0"),
        ('coalesce("", null)', ERROR),
        ('coalesce("a", [])', ERROR),
        ('coalesce([], ["a"])', []),
        ("coalesce(false, true)", False),
    ],
    "functions/coalescelist": [
        ('coalescelist(["a", "b"], ["c"])', ["a", "b"]),
        ('coalescelist([], ["c"])', ["c"]),
        ("coalescelist([], [])", ERROR),
    ],
    "functions/compact": [
        ('compact(["a", "", "b", null, "c"])', ["a", "b", "c"]),
        ('compact(["", ""])', []),
        ('compact([1, ""])', ["1"]),
        ('compact([["a"]])', ERROR),
    ],
    "functions/concat": [
        ('concat(["a", ""], ["b", "c"])', ["a", "", "b", "c"]),
        ('concat(["a"], [1])', ["a", 1]),
        ('concat(tolist([1]), tolist(["a"]))', ["1", "a"]),
        ("concat([])", []),
        ('concat(toset(["a"]), ["b"])', ERROR),
        ('concat(["a"], null)', ERROR),
    ],
    "functions/contains": [
        ('contains(["a", "b"], "a")', True),
        ('contains([1, 2], "1")', False),
        ('contains(toset(["a"]), "b")', False),
        ("contains([], 1)", False),
        ('contains("abc", "a")', ERROR),
    ],
    "functions/csvdecode": [
        ('csvdecode("a,b,c\\n1,2,3\\n4,5,\\"x,y\\"\\n")', [{"a": "1", "b": "2", "c": "3"}, {"a": "4", "b": "5", "c": "x,y"}]),
        ('csvdecode("a\\n")', []),
        ('csvdecode("a,b\\n1\\n")', ERROR),
    ],
    "functions/dirname": [
        ('dirname("foo/bar/baz.txt")', "foo/bar"),
        ('dirname("foo")', "."),
        ('dirname("/foo")', "/"),
    ],
    "functions/distinct": [
        ('distinct(["a", "b", "a", "c"])', ["a", "b", "c"]),
        ('distinct([1, "1", 2])', ["1", "2"]),
    ],
    "functions/element": [
        ('element(["a", "b", "c"], 1)', "b"),
        ('element(["a", "b", "c"], 3)', "a"),
        ('element(["a", "b", "c"], "2")', "c"),
        ('element(tolist(["a", "b", "c"]), -1)', "c"),
        ("element([], 0)", ERROR),
        ('element(["a"], 0.5)', ERROR),
        ('element(toset(["a"]), 0)', ERROR),
    ],
    "functions/endswith": [
        ('endswith("hello world", "world")', True),
        ('endswith("hello world", "hello")', False),
    ],
    "functions/flatten": [
        ('flatten([["a", "b"], [], ["c"]])', ["a", "b", "c"]),
        ('flatten([[["a", "b"], []], ["c"]])', ["a", "b", "c"]),
        ('flatten([null, ["a", null], { b = 1 }])', [None, "a", None, {"b": 1}]),
        ('flatten([toset(["b", "a"])])', ["a", "b"]),
        ('flatten("a")', ERROR),
    ],
    "functions/floor": [
        ("floor(4.9)", 4),
        ("floor(-1.2)", -2),
    ],
    "functions/format": [
        ('format("Hello, %s!", "Ander")', "Hello, Ander!"),
        ('format("There are %d lights", 4)', "There are 4 lights"),
        ('format("%s-%03d", "x", 7)', "x-007"),
        ('format("%5s|%-5s|%05s", "a", "b", "c")', "    a|b    |0000c"),
        ('format("%5d|%-5d|%05d|%+d|% d", 1, 2, 3, 4, 5)', "    1|2    |00003|+4| 5"),
        ('format("%x %X %o %b %#x", 255, 255, 8, 5, 255)', "ff FF 10 101 0xff"),
        ('format("%f %.2f %8.3f|%-8.1f|", 1.5, 1.25, 3.14159, 2.25)', "1.500000 1.25    3.142|2.2     |"),
        ('format("%e %E", 12345.678, 0.00012)', "1.234568e+04 1.200000E-04"),
        ('format("%g %g %.3g", 100000, 12345678.9, 1234.5678)', "100000 1.23456789e+07 1.23e+03"),
        ('format("%v %v %v", 1, true, "a")', "1 true a"),
        ('format("%v", 123456789)', "1.23456789e+08"),
        ('format("%s", 123456789)', "123456789"),
        ('format("%v", [1, "a", null])', '[1,"a",null]'),
        ('format("%v", { b = 1, a = "x" })', '{"a":"x","b":1}'),
        ('format("%#v", "a")', '"a"'),
        ('format("%q", "a\\"b")', '"a\\"b"'),
        ('format("%t", "true")', "true"),
        ('format("%[2]s %[1]s", "a", "b")', "b a"),
        ('format("%%")', "%"),
        ('format("%.2s", "defg")', "de"),
        ('format("%s", [1])', ERROR),
        ('format("%d", 1.5)', ERROR),
        ('format("%z", 1)', ERROR),
        ('format("%s")', ERROR),
        ('format("%s", "a", "b")', ERROR),
    ],
    "functions/formatlist": [
        ('formatlist("Hello, %s!", ["Valentina", "Ander"])', ["Hello, Valentina!", "Hello, Ander!"]),
        ('formatlist("%s, %s!", "Salutations", ["Valentina", "Ander"])', ["Salutations, Valentina!", "Salutations, Ander!"]),
        ('formatlist("arn:aws:s3:::%s/*", toset(["b", "a"]))', ["arn:aws:s3:::a/*", "arn:aws:s3:::b/*"]),
        ('formatlist("%s-%s", ["a", "b"], ["c"])', ERROR),
        ('formatlist("%s", [])', []),
    ],
    "functions/indent": [
        ('indent(2, "[\\n  foo,\\n]\\n")', "[\n    foo,\n  ]\n  "),
        ('indent(-1, "a\\nb")', ERROR),
    ],
    "functions/index_function": [
        ('index(["a", "b", "c"], "b")', 1),
        ('index([1, 2], "2")', ERROR),
        ('index([], "a")', ERROR),
    ],
    "functions/join": [
        ('join("-", ["foo", "bar", "baz"])', "foo-bar-baz"),
        ('join(", ", [1, true])', "1, true"),
        ('join(",", ["a"], ["b", "c"])', "a,b,c"),
        ('join(",", [])', ""),
        ('join(",", toset(["b", "a"]))', "a,b"),
        ('join(",", [null])', ERROR),
        ('join(",", "a")', ERROR),
    ],
    "functions/jsondecode": [
        ('jsondecode("{\\"hello\\": [\\"world\\", 1.5, null]}")', {"hello": ["world", 1.5, None]}),
        ('jsondecode("true")', True),
        ('jsondecode("[1,]")', ERROR),
        ('jsondecode("")', ERROR),
    ],
    "functions/jsonencode": [
        ('jsonencode({ "hello" = "world" })', '{"hello":"world"}'),
        ('jsonencode({ b = [1, true, null], a = "<&>" })', '{"a":"\\u003c\\u0026\\u003e","b":[1,true,null]}'),
        ('jsonencode("é\\n\\t\\"\\\\/")', '"é\\n\\t\\"\\\\/"'),
        ('jsonencode(toset(["b", "a"]))', '["a","b"]'),
        ("jsonencode([1.50, 1000000])", "[1.5,1000000]"),
        ("jsonencode(null)", "null"),
    ],
    "functions/keys": [
        ("keys({ a = 1, c = 2, b = 3 })", ["a", "b", "c"]),
        ("keys(tomap({ b = 1 }))", ["b"]),
        ("keys([])", ERROR),
    ],
    "functions/length": [
        ("length([])", 0),
        ('length(["a", "b"])', 2),
        ('length({ "a" = "b" })', 1),
        ('length("hello")', 5),
        ('length("é\\r\\n")', 2),
        ('length(toset(["a", "a"]))', 1),
        ("length(1)", ERROR),
        ("length(null)", ERROR),
    ],
    "functions/log": [
        ("log(50, 10)", 1.6989700043360185),
        ("log(16, 2)", 4),
    ],
    "functions/lookup": [
        ('lookup({ a = "ay", b = "bee" }, "a", "what?")', "ay"),
        ('lookup({ a = "ay", b = "bee" }, "c", "what?")', "what?"),
        ('lookup({ a = null }, "a", "x")', None),
        ('lookup({ a = 1 }, "c")', ERROR),
        ('lookup(tomap({ a = 1 }), "c", "2")', 2),
        ('lookup(["a"], 0, "x")', ERROR),
    ],
    "functions/lower": [
        ('lower("HELLO É")', "hello é"),
        ("lower(true)", "true"),
        ("lower(null)", ERROR),
        ("lower([])", ERROR),
    ],
    "functions/matchkeys": [
        ('matchkeys(["i-123", "i-abc", "i-def"], ["us-west", "us-east", "us-east"], ["us-east"])', ["i-abc", "i-def"]),
        ('matchkeys(["a"], ["b", "c"], ["b"])', ERROR),
    ],
    "functions/max": [
        ("max(12, 54, 3)", 54),
        ('max("3", 1)', 3),
        ("max()", ERROR),
    ],
    "functions/md5": [
        ('md5("hello world")', "5eb63bbbe01eeed093cb22bb8f5acdc3"),
    ],
    "functions/merge": [
        ('merge({ a = "b", c = "d" }, { e = "f", c = "z" })', {"a": "b", "c": "z", "e": "f"}),
        ('merge({ a = "b" }, { a = [1, 2], c = "z" }, { d = 3 })', {"a": [1, 2], "c": "z", "d": 3}),
        ("merge({ a = { b = 1 } }, { a = { c = 2 } })", {"a": {"c": 2}}),
        ("merge({ a = 1 }, null)", {"a": 1}),
        ("merge()", {}),
        ("merge({ a = 1 }, [])", ERROR),
    ],
    "functions/min": [
        ("min(12, 54, 3)", 3),
    ],
    "functions/nonsensitive": [
        ('nonsensitive(sensitive("a"))', "a"),
    ],
    "functions/one": [
        ("one([])", None),
        ('one(["a"])', "a"),
        ('one(toset(["a"]))', "a"),
        ('one(["a", "b"])', ERROR),
        ("one(null)", ERROR),
    ],
    "functions/parseint": [
        ('parseint("100", 10)', 100),
        ('parseint("FF", 16)', 255),
        ('parseint("-10", 2)', -2),
        ('parseint("aA", 62)', 656),
        ('parseint("12", 2)', ERROR),
    ],
    "functions/pow": [
        ("pow(3, 2)", 9),
        ("pow(2, -1)", 0.5),
        ("pow(4, 0)", 1),
    ],
    "functions/range": [
        ("range(3)", [0, 1, 2]),
        ("range(1, 4)", [1, 2, 3]),
        ("range(1, 8, 2)", [1, 3, 5, 7]),
        ("range(1, 4, 0.5)", [1, 1.5, 2, 2.5, 3, 3.5]),
        ("range(4, 1)", [4, 3, 2]),
        ("range(10, 5, -2)", [10, 8, 6]),
        ("range(0)", []),
        ("range(0, 3, -1)", ERROR),
        ("range(2000)", ERROR),
    ],
    "functions/regex": [
        ('regex("[a-z]+", "53453453.345345aaabbbccc23454")', "aaabbbccc"),
        ('regex("(\\\\d\\\\d\\\\d\\\\d)-(\\\\d\\\\d)-(\\\\d\\\\d)", "2019-02-01")', ["2019", "02", "01"]),
        ('regex("(a|ab)(c|bcd)", "abcd")', ["a", "bcd"]),
        (
            'regex("^([0-9]+)\\\\.dkr\\\\.ecr\\\\.([^/.]+)", "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app")',
            ["111122223333", "eu-west-1"],
        ),
        ('regex("a$", "a\\n")', ERROR),
        ('regex("[a-z]+", "53453453.34534523454")', ERROR),
    ],
    "functions/regexall": [
        ('regexall("[a-z]+", "1234abcd5678efgh9")', ["abcd", "efgh"]),
        ('length(regexall("[a-z]+", "123456789"))', 0),
    ],
    "functions/replace": [
        ('replace("1 + 2 + 3", "+", "-")', "1 - 2 - 3"),
        ('replace("hello world", "/w.*d/", "everybody")', "hello everybody"),
        ('replace("a.b", "/\\\\./", "-")', "a-b"),
        ('replace("a/b", "/", "-")', "a-b"),
        ('replace("abc", "", "-")', "-a-b-c-"),
    ],
    "functions/reverse": [
        ("reverse([1, 2, 3])", [3, 2, 1]),
        ('reverse(toset(["a", "b"]))', ["b", "a"]),
    ],
    "functions/setproduct": [
        (
            'setproduct(["development", "staging"], ["app1", "app2"])',
            [["development", "app1"], ["development", "app2"], ["staging", "app1"], ["staging", "app2"]],
        ),
        ('setproduct(["a", 1], ["x"])', [["a", "x"], ["1", "x"]]),
        ('setproduct(["a"], [])', []),
        ('setproduct(["a"])', ERROR),
    ],
    "functions/setsubtract": [
        ('setsubtract(["a", "b", "c"], ["a", "c"])', ["b"]),
        ('setunion(setsubtract(["a", "b"], ["b"]), setsubtract(["b", "c"], ["b"]))', ["a", "c"]),
    ],
    "functions/setunion": [
        ('setunion(["a", "b"], ["b", "c"], ["d"])', ["a", "b", "c", "d"]),
        ('setunion([1], ["a"])', ["1", "a"]),
    ],
    "functions/sha1": [
        ('sha1("hello world")', "2aae6c35c94fcfb415dbe95f408b9ce91ee846ed"),
    ],
    "functions/sha256": [
        ('sha256("hello world")', "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"),
    ],
    "functions/sha512": [
        (
            'sha512("hello world")',
            "309ecc489c12d6eb4cc40f50c902f2b4d0ed77ee511a7c7a9bcd3ca86d4cd86f989dd35bc5ff499670da34255b45b0cfd830e81f605dcf7dc5542e93ae9cd76f",
        ),
    ],
    "functions/signum": [
        ("signum(-13)", -1),
        ("signum(0)", 0),
    ],
    "functions/slice": [
        ('slice(["a", "b", "c", "d"], 1, 3)', ["b", "c"]),
        ('slice(["a", "b"], 1, 1)', []),
        ('slice(["a"], 0, 5)', ERROR),
        ('slice(toset(["a"]), 0, 1)', ERROR),
    ],
    "functions/sort": [
        ('sort(["e", "d", "a", "x"])', ["a", "d", "e", "x"]),
        ('sort([10, 2, "b"])', ["10", "2", "b"]),
        ("sort([null])", ERROR),
    ],
    "functions/split": [
        ('split(",", "foo,bar,baz")', ["foo", "bar", "baz"]),
        ('split(",", "foo")', ["foo"]),
        ('split(",", "")', [""]),
        ('split("", "abc")', ["a", "b", "c"]),
    ],
    "functions/startswith": [
        ('startswith("hello world", "hello")', True),
        ('startswith("hello world", "world")', False),
    ],
    "functions/strcontains": [
        ('strcontains("hello world", "wor")', True),
        ('strcontains("hello world", "wod")', False),
    ],
    "functions/substr": [
        ('substr("hello world", 1, 4)', "ello"),
        ('substr("hello world", -5, -1)', "world"),
        ('substr("hello world", 6, 10)', "world"),
        ('substr("hello", -2, 0)', "lo"),
        ('substr("hello", 9, 1)', ""),
    ],
    "functions/sum": [
        ("sum([10, 13, 6, 4.5])", 33.5),
        ('sum([0.1, "0.2"])', 0.3),
        ("sum([])", ERROR),
    ],
    "functions/title": [
        ('title("hello world")', "Hello World"),
        ('title("a-b c_d e1f")', "A-B C_d E1f"),
    ],
    "functions/tobool": [
        ('tobool("true")', True),
        ("tobool(null)", None),
        ('tobool("no")', ERROR),
        ("tobool(1)", ERROR),
    ],
    "functions/tolist": [
        ('tolist(["a", "b", 3])', ["a", "b", "3"]),
        ('tolist(toset(["b", "a"]))', ["a", "b"]),
        ('tolist([[1], ["a"]])', [["1"], ["a"]]),
        ('tolist([{ a = 1 }, { b = "x" }])', [{"a": "1"}, {"b": "x"}]),
        ("tolist([1, true])", ERROR),
        ("tolist({ a = 1 })", ERROR),
    ],
    "functions/tomap": [
        ('tomap({ "a" = 1, "b" = 2 })', {"a": 1, "b": 2}),
        ('tomap({ "a" = "foo", "b" = true })', {"a": "foo", "b": "true"}),
        ("tomap({ a = 1, b = [1] })", ERROR),
    ],
    "functions/tonumber": [
        ('tonumber("1")', 1),
        ('tonumber("1.50")', 1.5),
        ('tonumber("1e3")', 1000),
        ('tonumber("0x10")', ERROR),
        ('tonumber("no")', ERROR),
        ("tonumber(true)", ERROR),
    ],
    "functions/toset": [
        ('toset(["c", "b", "b"])', ["b", "c"]),
        ('toset([1, "1", 2])', ["1", "2"]),
        ("toset([3, 20, 1])", [1, 3, 20]),
        ("toset([{ a = 1 }, { a = 1 }])", [{"a": 1}]),
    ],
    "functions/tostring": [
        ('tostring("hello")', "hello"),
        ("tostring(1.0)", "1"),
        ("tostring(true)", "true"),
        ("tostring(null)", None),
        ("tostring([])", ERROR),
    ],
    "functions/trim": [
        ('trim("?!hello?!", "!?")', "hello"),
        ('trim("foobar", "far")', "oob"),
    ],
    "functions/trimprefix": [
        ('trimprefix("helloworld", "hello")', "world"),
        ('trimprefix("helloworld", "cat")', "helloworld"),
    ],
    "functions/trimspace": [
        ('trimspace("  hello\\n\\n")', "hello"),
    ],
    "functions/trimsuffix": [
        ('trimsuffix("helloworld", "world")', "hello"),
        ('trimsuffix("--hello--", "-")', "--hello-"),
    ],
    "functions/try": [
        ('try({ a = 1 }.b, "else")', "else"),
        ('try({ a = 1 }.a, "else")', 1),
        ('try(tonumber("x"), null)', None),
        ("try({}.a, {}.b)", ERROR),
    ],
    "functions/upper": [
        ('upper("hello ß")', "HELLO ß"),
    ],
    "functions/urlencode": [
        ('urlencode("Hello World!")', "Hello+World%21"),
        ('urlencode("a b/ü&=~*\'()")', "a+b%2F%C3%BC%26%3D~%2A%27%28%29"),
    ],
    "functions/values": [
        ("values({ a = 3, c = 2, d = 1 })", [3, 2, 1]),
    ],
    "functions/yamldecode": [
        ('yamldecode("hello: world")', {"hello": "world"}),
        ('yamldecode("{a: &foo [1, 2, 3], b: *foo}")', {"a": [1, 2, 3], "b": [1, 2, 3]}),
        ('yamldecode("a: &x {b: 1}\\nd:\\n  <<: *x\\n  e: 2\\n")', {"a": {"b": 1}, "d": {"b": 1, "e": 2}}),
        (
            "yamldecode(\"a: yes\\nb: off\\nc: 0x1F\\nd: 017\\ne: '1'\\nf: ~\\ng: 1e3\\n\")",
            {"a": True, "b": False, "c": 31, "d": 17, "e": "1", "f": None, "g": 1000},
        ),
        ('yamldecode("a: |\\n  x\\n  y\\nb: >-\\n  p\\n  q\\n")', {"a": "x\ny\n", "b": "p q"}),
        ('yamldecode("d: 2001-01-01")', {"d": "2001-01-01T00:00:00Z"}),
        ('yamldecode("a: 1\\n---\\nb: 2\\n")', ERROR),
        ('yamldecode("!custom x")', ERROR),
    ],
    "functions/yamlencode": [
        ('yamlencode({ "a" : "b", "c" : "d" })', '"a": "b"\n"c": "d"\n'),
        ('yamlencode({ "foo" : [1, 2, 3], "bar" : "baz" })', '"bar": "baz"\n"foo":\n- 1\n- 2\n- 3\n'),
        (
            'yamlencode({ "foo" : [1, { "a" : "b", "c" : "d" }, 3], "bar" : "multi\\nline\\n" })',
            '"bar": |\n  multi\n  line\n"foo":\n- 1\n- "a": "b"\n  "c": "d"\n- 3\n',
        ),
        ("yamlencode([])", "[]\n"),
        ("yamlencode(1.5)", "1.5\n...\n"),
    ],
    "functions/zipmap": [
        ('zipmap(["a", "b"], [1, 2])', {"a": 1, "b": 2}),
        ('zipmap(["a", "a"], [1, 2])', {"a": 2}),
        ('zipmap(["a"], [1, 2])', ERROR),
    ],
}

LATER: list[tuple[str, object]] = [
    ('element(["a", "b", "c"], -1)', "c"),  # 1.13: tuples, too
    ('format("%v", null)', "null"),  # 1.12
    ("false && tobool(1)", False),  # 1.12: what decides is enough
    ("true || tobool(1)", True),
]

ROWS = [(page, *row) for page, rows in PAGES.items() for row in rows]


def value(expression: str, before: str = "") -> Value:
    """The value of an expression in a root module."""
    text = f'{before}\nresource "aws_x" "it" {{\n  v = {expression}\n}}\n'
    sources = {"main.tf": Source("main.tf", text)}

    def folders(path: str) -> Folder | None:
        found = [(p, hcl.parse(s)[0]) for p, s in sources.items() if posixpath.dirname(p) == path]
        return folder(path, found) if found else None

    root = folders("")
    assert root is not None
    evaluation = terraform.evaluate(root, sources.get, folders, {"aws_x"}, lambda _: frozenset(), Budget())
    (found,) = [resource for resource in evaluation.resources if resource.address == "aws_x.it"]
    return found.attributes.entries["v"]


def python(expression: str, before: str = "") -> Any:
    """What Terraform would print; `ERROR` where it would stop."""
    found = value(expression, before)
    if failing(found) is not None:
        return ERROR
    known = to_python(found)
    assert known is not UNKNOWN, found
    return known


def alike(left: object, right: object) -> bool:
    """Equality that does not take 1 for true."""
    match left, right:
        case list(), list():
            return len(left) == len(right) and all(map(alike, left, right))
        case dict(), dict():
            return left.keys() == right.keys() and all(alike(left[name], right[name]) for name in left)
        case (bool(), _) | (_, bool()):
            return left is right
        case (int() | float(), int() | float()):
            return left == pytest.approx(right, rel=1e-12, abs=0)
        case _:
            return left == right


@pytest.mark.parametrize(("page", "expression", "expected"), ROWS, ids=[f"{page}: {text}" for page, text, _ in ROWS])
def test_an_expression_has_the_value_that_terraform_gives(page: str, expression: str, expected: object) -> None:
    assert alike(python(expression), expected), python(expression)


@pytest.mark.parametrize(("expression", "expected"), LATER)
def test_what_later_versions_and_providers_give(expression: str, expected: object) -> None:
    assert alike(python(expression), expected), python(expression)


def test_the_strip_marks_of_a_heredoc_take_what_is_on_their_line() -> None:
    text = '<<-EOT\n    %{ for x in ["a", "b"] ~}\n    item ${x}\n    %{ endfor ~}\n    end\n    EOT'
    assert python(text) == "    item a\n    item b\n    end\n"
    assert python("<<EOT\nA\n  %{~ if true }yes%{ endif ~}   \n   B\nEOT") == "A\nyes   B\n"


def test_the_strip_marks_of_a_quoted_string_take_all_white_space() -> None:
    assert python('"A\\n ${~ "x" ~} \\n  B"') == "AxB"


def test_a_template_string_is_rendered_with_its_own_names() -> None:
    before = 'locals {\n  t = "a $${x ~}\\n   b %%{ if y }yes%%{ endif }"\n}'
    assert python('templatestring(local.t, { x = "v", y = true })', before) == "a v   b yes"
    assert python('templatestring("literal", {})') == ERROR
    assert python("templatestring(local.t, { t = local.t })", 'locals { t = "$${templatestring(t, {})}" }') == ERROR


def test_an_optional_attribute_takes_its_default_at_any_depth() -> None:
    before = """
variable "o" {
  type = map(object({ a = optional(string, "x"), b = optional(object({ c = optional(number, 1) }), {}) }))
  default = { k = { a = null, extra = 1 } }
}
"""
    assert python("var.o", before) == {"k": {"a": "x", "b": {"c": 1}}}


def test_a_variable_converts_what_it_is_given() -> None:
    before = """
variable "l" {
  type = list(string)
  default = [1, true]
}
variable "s" {
  type = set(number)
  default = ["2", 10, 2]
}
variable "a" {
  type = list(any)
  default = [1, "a"]
}
"""
    assert python("[var.l, tolist(var.s), var.a, var.l == []]", before) == [["1", "true"], [2, 10], ["1", "a"], False]


# What is not known


@pytest.mark.parametrize(
    "expression",
    [
        *('regex("(?:a+)+", "aa")', 'regex("(x)?(y)", "zy")', 'regex("((a))", "a")', 'regex("a|ab", "ab")', 'regex("a^", "a")'),
        *('regex("(?i)ABC", "xabc")', 'regex("(?s)a.b", "a")', 'regex("(?P<a>a)", "a")', 'regex("(?=a)", "a")'),
        *('regex("a+?", "aaa")', 'regex("a++", "aa")', 'regex("^[[:alpha:]]+$", "abc")', 'regex("\\\\bfoo\\\\b", "foo")'),
        *('regex("[a--b]", "a")', 'regex("a\\\\s", "a ")', 'regex("é", "é")'),
        *('regexall("a*", "baac")', 'replace("abc", "/x*/", "-")', 'replace("ab", "/(a)(b)/", "$2 $1")'),
    ],
)
def test_a_pattern_that_two_engines_may_read_differently_is_not_evaluated(expression: str) -> None:
    found = value(expression)
    assert isinstance(found, Unknown)
    assert not found.error


def test_a_list_whose_order_is_lost_is_not_asked_by_position() -> None:
    before = 'variable "x" {}'
    assert isinstance(value('[for e in toset(["a", var.x]) : e][0]', before), Unknown)
    found = value('sort(["b", var.x])', before)
    assert isinstance(found, List)
    assert (found.kind, found.complete) == ("bag", True)


def test_instances_of_a_count_that_is_not_known_stay_reachable_by_index() -> None:
    before = 'variable "n" {}\nresource "aws_y" "o" { count = var.n }'
    found = value("aws_y.o[0].arn", before)
    assert isinstance(found, Ref)
    assert (found.address, found.attribute) == ("aws_y.o[0]", "arn")
    assert isinstance(value("[for o in aws_y.o : o.arn][0]", before), Ref)
    assert isinstance(value("length(aws_y.o)", before), Unknown)


def test_an_attribute_that_may_not_be_there_is_a_condition_of_try() -> None:
    found = value('try(var.x.name, "else")', 'variable "x" {}')
    assert isinstance(found, Choice)
    assert found.condition == Opaque("can(var.x.name)")
    assert isinstance(found.then, Ref)


def test_try_keeps_what_cannot_fail() -> None:
    found = value('try("${aws_y.o.arn}/*", "else")', 'resource "aws_y" "o" {}')
    assert isinstance(found, Text)


def test_coalesce_of_a_variable_splits_where_it_is_null_or_empty() -> None:
    found = value('coalesce(var.x, "else")', 'variable "x" {}')
    assert isinstance(found, Choice)
    assert found.condition == Equals("var.x", None)


def test_a_number_beside_a_side_that_is_not_known_may_become_a_string() -> None:
    before = 'variable "x" {}\nvariable "n" { type = number }'
    assert isinstance(value("true ? 1 : var.x", before), Unknown)
    assert python("true ? 1 : var.n", before) == 1


def test_what_nobody_can_know_before_the_run_says_why() -> None:
    found = value("timestamp()")
    assert isinstance(found, Unknown)
    assert found.why == "it is the moment of the run"


# Hostile input

_AS = "a" * 3000


def doubled(name: str, last: int) -> str:
    return "\n".join(["locals {", *(f"  a{at} = {name.format(at - 1)}" for at in range(1, last)), "}"])


@pytest.mark.parametrize(
    ("expression", "before"),
    [
        (f'regex("(a+)+$", "{_AS}!")', ""),
        (f'regex("(a|aa)+$", "{_AS}!")', ""),
        (f'regex("(.*)(.*)(.*)(.*)x", "{_AS}")', ""),
        (f'replace("{_AS}", "/(a*)*b/", "c")', ""),
        (f'[for i in range(1000) : regexall("(a*)*b", "{_AS}")]', ""),
        ('regex("((a{1000}){1000}){1000}", "a")', ""),
        (f'regex("{"(" * 5000}", "a")', ""),
        ("[for i in range(1024) : [for j in range(1024) : [for k in range(1024) : i * j * k]]]", ""),
        ("setproduct(range(1024), range(1024), range(1024))", ""),
        ("[for i in range(100) : setproduct(range(100), range(100))]", ""),
        ("[for i in range(30) : setsubtract(range(1024), range(1024))]", ""),
        ('format("%1000000000d", 1)', ""),
        ('format("%.1000000000f", 1)', ""),
        ("pow(10, 1000000000)", ""),
        ('indent(1000000000, "\\n\\n")', ""),
        (f'replace("{_AS}", "", "{_AS}")', ""),
        ('cidrsubnets("::/0", [for i in range(1024) : 32]...)', ""),
        ('cidrsubnet("10.0.0.0/8", 1000000000, 1)', ""),
        ("upper(" * 2000 + '"a"' + ")" * 2000, ""),
        ("true ? 1 : " * 3000 + "2", ""),
        ('jsondecode("' + "[" * 100_000 + '")', ""),
        ('yamldecode("' + "[" * 100_000 + '")', ""),
        (
            'yamldecode("a: &a [x, x]\\n'
            + "".join(f"b{n}: &b{n} [*{'a' if n == 0 else f'b{n - 1}'}, *a]\\n" for n in range(60))
            + '")',
            "",
        ),
        ('yamldecode("&a [*a]")', ""),
        ("local.a50", doubled('"${{local.a{0}}}${{local.a{0}}}x"', 60)),
        ("jsonencode(local.a50)", doubled("[local.a{0}, local.a{0}, 1]", 60)),
        ("local.a50", doubled("concat(local.a{0}, local.a{0}, [1])", 60)),
        ("jsonencode(local.a1999)", doubled("[local.a{0}, 1]", 2000)),
        ('tonumber("' + "9" * 100_000 + '")', ""),
        ("range(0, 1, 0.00000001)", ""),
        (" || ".join(f'var.x == "{at}"' for at in range(300)), 'variable "x" {}'),
        ("try(" * 60 + "var.x.y" + ", 1)" * 60, 'variable "x" {}'),
        (
            "concat(" + ", ".join(f'var.c{at} ? ["a"] : []' for at in range(40)) + ")",
            "\n".join(f'variable "c{at}" {{}}' for at in range(40)),
        ),
        ('setsubtract([for i in range(1024) : "${var.x}${i}"], [for i in range(1024) : "${var.x}${i}"])', 'variable "x" {}'),
    ],
    ids=lambda text: text[:40],
)
def test_what_is_hostile_ends(expression: str, before: str) -> None:  # without the bounds this would not
    value(expression, before)


# The page


def test_the_page_lists_the_functions_that_are_evaluated() -> None:
    page = (Path(__file__).resolve().parent.parent / "docs" / "terraform.md").read_text(encoding="utf-8")
    section = page.partition("\n## Functions\n")[2].partition("\n## ")[0]
    listed = re.findall(r"`([\w:]+)`", section.strip().partition("\n\n")[0])
    assert listed == sorted({*FUNCTIONS, *FORMS, "file", "fileexists", "templatefile"})
    late = re.findall(r"^\| `(\w+)` \| (.*?) \|$", section, re.MULTILINE)
    assert dict(late) == LATE


def test_every_function_of_the_registry_is_there() -> None:
    for name in FUNCTIONS:
        assert callable(FUNCTIONS[name])
    assert set(signature.REGISTERED) == set(FUNCTIONS)
    assert not {*FORMS, *READERS, *LATE} & set(FUNCTIONS)


@pytest.mark.skipif(shutil.which("terraform") is None, reason="there is no terraform to ask")
def test_the_terraform_on_this_machine_agrees_with_the_table(tmp_path: Path) -> None:
    outputs = (
        f'output "e{at}" {{\n  value = try({expression}\n  , "{ERROR}")\n}}\n' for at, (_, expression, _) in enumerate(ROWS)
    )
    (tmp_path / "main.tf").write_text("".join(outputs), encoding="utf-8")
    environment = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": os.devnull}

    def run(*words: str) -> str:
        command = ["terraform", *words]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
        return done.stdout

    run("plan", "-no-color", "-input=false", "-out=plan")
    printed = json.loads(run("show", "-json", "plan"))["planned_values"]["outputs"]
    wrong = [row for at, row in enumerate(ROWS) if not alike(printed[f"e{at}"].get("value"), row[2])]
    assert wrong == []
