"""The language of templates: what functions, parameters and conditions are worth, with the page that says so.

Each row of the table is an expression and the value that CloudFormation gives, as far as it can be known before
deployment: `<X.Arn>` is a reference, `?` is unknown, a tuple is a choice between two values on a condition.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from textwrap import dedent, indent

import pytest

from ecrlint.evaluate.budget import STEPS, Budget
from ecrlint.evaluate.cloudformation import TemplateEvaluation, evaluate, is_template
from ecrlint.model.source import Source
from ecrlint.model.truth import MAYBE, YES
from ecrlint.model.value import Choice, List, Map, Text, Unknown, Value
from ecrlint.parse import json, yaml

Shown = Callable[[Value | None], object]

REFERENCE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
GUIDE = "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/"

HEAD = """\
Parameters:
  Env: {Type: String}
  Size: {Type: Number, Default: 2}
  Name: {Type: String, Default: app}
  Empty: {Type: String, Default: ""}
  Zones: {Type: CommaDelimitedList, Default: "a, b"}
  Subnets: {Type: "List<AWS::EC2::Subnet::Id>"}
  Image: {Type: "AWS::SSM::Parameter::Value<String>", Default: /path}
  Nothing: {Type: CommaDelimitedList, Default: ""}
  Ports: {Type: "List<Number>", Default: "80,443"}
  Yes: {Type: String, Default: yes}
  On: {Type: String, Default: true, AllowedValues: [true, false]}
  Quoted: {Type: String, Default: "yes"}
  Account: {Type: String, Default: 012345678901}
  Large: {Type: String, Default: 123456789012}
  Version: {Type: String, Default: 1.10}
  Only: {Type: String, AllowedValues: [one]}
  Stage: {Type: String, AllowedValues: [dev, test, prod]}
  Flag: {Type: String, AllowedValues: ["true", "false"]}
  Path: {Type: "AWS::SSM::Parameter::Name", Default: /a/b}
  Paths: {Type: "AWS::SSM::Parameter::Value<List<String>>", Default: /a/b}
  Ami: {Type: "AWS::SSM::Parameter::Value<AWS::EC2::Image::Id>", Default: /aws/service/ami}
  Key: {Type: "AWS::EC2::KeyPair::KeyName", Default: mine}
  Groups: {Type: "List<AWS::EC2::SecurityGroup::Id>", Default: "sg-1, sg-2"}
  Secret: {Type: String, NoEcho: true, Default: hidden}
  Untyped: {Default: x}
  Uri: {Type: String, Default: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/app:1.0"}
Mappings:
  Images: {eu: {web: one, db: two}, us: {web: one, db: three}}
  Sizes: {small: {Cpu: 256, Zones: [a, b]}}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsDev: !Not [!Condition IsProd]
  IsApp: !Equals [!Ref Name, app]
  Never: !And [!Condition IsApp, !Equals [a, b]]
  Either: !Or [!Condition IsProd, !Condition IsApp]
  Loop: !Not [!Condition Pool]
  Pool: !Not [!Condition Loop]
  StageDev: !Equals [!Ref Stage, dev]
  StageTest: !Equals [!Ref Stage, test]
  StageProd: !Equals [prod, !Ref Stage]
  StageNone: !Equals [!Ref Stage, none]
  FlagSet: !Equals [!Ref Flag, true]
  FlagOff: !Equals [!Ref Flag, "false"]
  OnlyOne: !Equals [!Ref Only, one]
  YesIsTrue: !Equals [!Ref Yes, true]
  YesIsYes: !Equals [!Ref Yes, yes]
  QuotedIsYes: !Equals [!Ref Quoted, "yes"]
  QuotedIsTrue: !Equals [!Ref Quoted, yes]
  IsOn: !Equals [!Ref On, "true"]
  TwoIsTwo: !Equals [2, "2"]
  Case: !Equals [App, !Ref Name]
  HasName: !Not [!Equals [!Ref Name, ""]]
  HasEmpty: !Not [!Equals [!Ref Empty, ""]]
  HasNothing: !Not [!Equals [!Join ["", !Ref Nothing], ""]]
  HasZones: !Not [!Equals [!Join ["", !Ref Zones], ""]]
  HasSubnets: !Not [!Equals [!Join ["", !Ref Subnets], ""]]
  InEurope: !Equals [!Ref "AWS::Region", eu-west-1]
  Same: !Equals [!Ref Env, !Ref Env]
  SameRegion: !Equals [!Ref "AWS::Region", !Ref "AWS::Region"]
  Looked: !Equals [!FindInMap [Images, eu, web], one]
  Chosen: !Equals [!Select [0, !Ref Zones], a]
  Long: {"Fn::And": [{"Fn::Not": [{"Condition": "Never"}]}, {"Fn::Equals": [{"Ref": "Name"}, "app"]}]}
  AndMaybe: !And [!Condition IsApp, !Condition IsProd]
  OrMaybe: !Or [!Condition Never, !Condition IsProd]
  AndBoth: !And [!Condition IsProd, !Condition InEurope]
  OrBoth: !Or [!Condition IsProd, !Condition InEurope]
  Neither: !Not [!Condition OrBoth]
  Contradiction: !And [!Condition IsProd, !Condition IsDev]
  Tautology: !Or [!Condition IsProd, !Condition IsDev]
  NotNot: !Not [!Not [!Condition IsProd]]
  Twice: !Or [!Equals [!Ref Env, prod], !Condition IsProd]
  Alias: !Condition IsProd
  AliasLong: {Condition: IsProd}
"""

TABLE: dict[str, list[tuple[str, object]]] = {
    REFERENCE + "intrinsic-function-reference-ref.html": [
        ("!Ref Name", "app"),
        ("{Ref: Name}", "app"),
        ("{Ref: Other}", "<Other.Ref>"),
        ("!Ref Env", "<Env>"),
        ("!Ref Nobody", "?"),
        ("!Ref Secret", "hidden"),
        ("Ref", "Ref"),
        ("{Ref: {Ref: Name}}", "?"),
        ("{Ref: !Sub 'Na${Suffix}'}", "?"),
    ],
    GUIDE + "parameters-section-structure.html": [
        ("!Ref Size", "2"),
        ("!Ref Empty", "<Empty>"),  # an empty default may only stand in for what is given
        ("!Ref Zones", ["a", "b"]),
        ("!Ref Nothing", []),
        ("!Ref Ports", ["80", "443"]),
        ("!Ref Subnets", "<Subnets>"),
        ("!Ref Groups", ["sg-1", "sg-2"]),
        ("!Ref Key", "mine"),
        ("!Ref Untyped", "x"),
        # what is no string in the file is the string that JSON would have
        ("!Ref Yes", "true"),
        ("!Ref On", "true"),
        ("!Ref Quoted", "yes"),
        ("!Ref Account", "012345678901"),
        ("!Ref Large", "123456789012"),
        ("!Ref Version", "1.10"),
        # a parameter with one allowed value can be nothing else
        ("!Ref Only", "one"),
        ("!Ref Stage", "<Stage>"),
    ],
    GUIDE + "cloudformation-supplied-parameter-types.html": [
        ("!Ref Image", "<Image>"),
        ("!Ref Paths", "<Paths>"),
        ("!Ref Ami", "<Ami>"),
        ("!Ref Path", "/a/b"),
    ],
    REFERENCE + "pseudo-parameter-reference.html": [
        ("!Ref AWS::AccountId", "<aws.account_id>"),
        ("{Ref: 'AWS::Region'}", "<aws.region>"),
        ("!Ref AWS::Partition", "<aws.partition>"),
        ("!Ref AWS::URLSuffix", "<aws.dns_suffix>"),
        ("!Ref AWS::StackName", "<aws.stack_name>"),
        ("!Ref AWS::StackId", "<aws.stack_id>"),
        ("!Ref AWS::NotificationARNs", "<aws.notification_arns>"),
        ("!Ref AWS::NoValue", None),
        ("{a: !Ref 'AWS::NoValue', c: d}", {"c": "d"}),
        ("[a, !Ref 'AWS::NoValue', c]", ["a", "c"]),
        ("{a: {b: !Ref 'AWS::NoValue'}}", {"a": {}}),
        ("!Sub 'a${AWS::NoValue}b'", "ab"),
    ],
    REFERENCE + "intrinsic-function-reference-getatt.html": [
        ("!GetAtt Other.Arn", "<Other.Arn>"),
        ("!GetAtt [Other, Arn]", "<Other.Arn>"),
        ("!GetAtt\n  - Other\n  - Arn", "<Other.Arn>"),
        ("{'Fn::GetAtt': [Other, Endpoint.Port]}", "<Other.Endpoint.Port>"),
        ("{'Fn::GetAtt': [Other, Endpoint, Port]}", "<Other.Endpoint.Port>"),
        ("{'Fn::GetAtt': Other.Outputs.X}", "<Other.Outputs.X>"),
        ("{'Fn::GetAtt': [Other, !Ref Name]}", "<Other.app>"),
        ("{'Fn::GetAtt': [Other, !Ref Env]}", "?"),
        ("!GetAtt Nobody.Arn", "?"),
    ],
    REFERENCE + "intrinsic-function-reference-sub.html": [
        ("!Sub plain", "plain"),
        ("!Sub 5", "5"),
        ("!Sub '${Name}-${Size}'", "app-2"),
        ("!Sub '${Env}'", "<Env>"),
        ("!Sub ['${Name}']", "app"),
        ("!Sub 'arn:${AWS::Partition}:x:${Other.Arn}/*'", "arn:<aws.partition>:x:<Other.Arn>/*"),
        ("!Sub '${!aws:username}-${Name}'", "${aws:username}-app"),
        ("!Sub '$${Name}'", "$app"),
        ("!Sub '$Name'", "$Name"),
        ("!Sub ['${a}-${Name}', {a: !Ref Env}]", "<Env>-app"),
        ("!Sub ['${Name}', {Name: other}]", "other"),
        ("!Sub ['${a.b}', {a.b: other}]", "other"),
        ("{'Fn::Sub': ['${a}', {a: 1}]}", "1"),
        ("!Sub ['${a}', {a: true}]", "true"),
        ("!Sub ['${a}', {a: !If [IsProd, x, y]}]", ("IsProd", "x", "y")),
        ("!Sub ['${a}', {a: {'Fn::ImportValue': !Sub '${Name}-x'}}]", "<export:app-x>"),
        ("!Sub ['${a}', {a: !Select [0, !Ref Zones]}]", "a"),
        ("!Sub '${Zones}'", "?"),
        ("!Sub '${Nobody}'", "?"),
        ("'${Name}'", "${Name}"),
        ("!Sub |\n  a ${Name}\n  b\n", "a app\nb\n"),
        ("!Sub >-\n  a ${Name}\n  b\n", "a app b"),
        ("Fn::Sub: |-\n  ${Name}", "app"),
    ],
    REFERENCE + "intrinsic-function-reference-join.html": [
        ("!Join ['-', [a, !Ref Name, !Ref Size]]", "a-app-2"),
        ("{'Fn::Join': ['-', [a, {Ref: Name}]]}", "a-app"),
        ("Fn::Join: ['', [!Ref Name, {'Fn::Sub': '${Size}'}]]", "app2"),
        ("!Join [',', !Ref Zones]", "a,b"),
        ("!Join [',', []]", ""),
        ("!Join [',', [a]]", "a"),
        ("!Join ['', ['arn:', !Ref Env]]", "arn:<Env>"),
        ("!Join ['', [a, 1, true]]", "a1true"),
        ("!Join [',', !Ref Subnets]", "?"),
        ("!Join ['/', [a, !Ref 'AWS::NoValue', b]]", "a/b"),
        ("!Join ['', !If [IsProd, [a, b], [c]]]", ("IsProd", "ab", "c")),
        ("!Join ['/', [a, !If [IsProd, b, !Ref 'AWS::NoValue'], c]]", ("IsProd", "a/b/c", "a/c")),
        ("!Join ['/', [!If [IsProd, !Ref 'AWS::NoValue', b]]]", ("IsProd", "", "b")),
        ("!Join [',', !Split ['/', a/b]]", "a,b"),
        ("!Join ['', !GetAZs '']", "?"),
        ("!Join [':', [a, !Join ['-', [b, c]]]]", "a:b-c"),
    ],
    REFERENCE + "intrinsic-function-reference-select.html": [
        ("!Select [1, [a, b]]", "b"),
        ("!Select ['0', !Ref Zones]", "a"),
        ("!Select [!Ref Size, [a, b, c]]", "c"),
        ("!Select [7, [a, b]]", "?"),
        ("!Select [-1, [a, b]]", "?"),
        ("!Select [0, !GetAZs '']", "?"),
        ("!Select [0, !Ref Subnets]", "?"),
        ("!Select [!If [IsProd, 0, 1], [a, b]]", ("IsProd", "a", "b")),
        ("!Select [0, !If [IsProd, [a], [b]]]", ("IsProd", "a", "b")),
        ("!Select [1, [a, !Ref 'AWS::NoValue', b]]", "b"),
        ("!Select [1, [a, !If [IsProd, b, !Ref 'AWS::NoValue'], c]]", ("IsProd", "b", "c")),
        ("!Select [0, !FindInMap [Sizes, small, Zones]]", "a"),
        ("!Select [0, [!GetAtt Other.Arn]]", "<Other.Arn>"),
    ],
    REFERENCE + "intrinsic-function-reference-split.html": [
        ("!Split ['/', a/b/c]", ["a", "b", "c"]),
        ("!Split ['|', 'a||c|']", ["a", "", "c", ""]),
        ("!Split [', ', 'a, b']", ["a", "b"]),
        ("!Split ['/', abc]", ["abc"]),
        ("!Split [',', '']", [""]),
        ("!Select [1, !Split [':', 'a:b']]", "b"),
        ("!Select [0, !Split ['.', !Ref Uri]]", "111122223333"),
        ("!Select [1, !Split ['/', !Ref Uri]]", "app:1.0"),
        ("!Split ['/', !Ref Env]", "?"),
        ("!Split ['/', !GetAtt Other.Uri]", "?"),
        ("!Split ['/', !Sub '${Env}/x']", "?"),
        # a pseudo parameter cannot have a slash, so the place of each piece is known
        ("!Split ['/', !Sub 'a/${AWS::Region}/b']", ["a", "<aws.region>", "b"]),
        ("!Select [0, !Split ['.', !Sub '${AWS::AccountId}.dkr.ecr.${AWS::Region}.amazonaws.com']]", "<aws.account_id>"),
        ("!Split ['-', !Ref 'AWS::Region']", "?"),
        ("!Split ['', abc]", "?"),
        ("!Split ['/', !If [IsProd, a/b, c]]", ("IsProd", ["a", "b"], ["c"])),
    ],
    REFERENCE + "intrinsic-function-reference-findinmap.html": [
        ("!FindInMap [Images, eu, db]", "two"),
        ("{'Fn::FindInMap': [Images, eu, {Ref: Untyped}]}", "?"),
        ("!FindInMap [Sizes, small, Cpu]", 256),
        ("!FindInMap [Sizes, small, Zones]", ["a", "b"]),
        ("!FindInMap [Images, !Ref 'AWS::Region', web]", "one"),
        ("!FindInMap [Images, !Ref 'AWS::Region', db]", "?"),
        ("!FindInMap [Images, asia, db]", "?"),
        ("!FindInMap [Nobody, a, b]", "?"),
        ("!Sub ['${a}', {a: !FindInMap [Images, eu, db]}]", "two"),
        ("!FindInMap [Images, !Select [0, [eu]], !Join ['', [d, b]]]", "two"),
    ],
    REFERENCE + "intrinsic-function-reference-findinmap-enhancements.html": [
        ("!FindInMap [Images, asia, db, {DefaultValue: four}]", "four"),
        ("!FindInMap [Images, eu, db, {DefaultValue: four}]", "two"),
        ("!FindInMap [Images, asia, db, {DefaultValue: !Ref Name}]", "app"),
        ("!FindInMap [Images, asia, db, {DefaultValue: !Ref 'AWS::NoValue'}]", None),
        ("!FindInMap [Images, !Ref Env, web, {DefaultValue: four}]", "?"),
        ("!FindInMap [!Sub 'Im${a}', eu, db]", "?"),
        ("!FindInMap [!Join ['', [Im, ages]], eu, db]", "two"),
    ],
    REFERENCE + "intrinsic-function-reference-cidr.html": [
        ("!Cidr [10.0.0.0/16, 2, 8]", ["10.0.0.0/24", "10.0.1.0/24"]),
        ("!Select [1, !Cidr ['192.168.0.0/24', '6', '5']]", "192.168.0.32/27"),
        ("!Select [0, {'Fn::Cidr': ['2001:db8::/56', 1, 64]}]", "2001:db8::/64"),
        ("!Cidr [!GetAtt Other.CidrBlock, 2, 8]", "?"),
        ("!Cidr [10.0.0.0/24, 9, 8]", "?"),
        ("!Cidr [nonsense, 1, 8]", "?"),
    ],
    REFERENCE + "intrinsic-function-reference-getavailabilityzones.html": [
        ("!GetAZs ''", "?"),
        ("{'Fn::GetAZs': !Ref 'AWS::Region'}", "?"),
        ("{'Fn::GetAZs': eu-west-1}", "?"),
    ],
    REFERENCE + "intrinsic-function-reference-conditions.html": [
        ("!If [IsApp, a, b]", "a"),
        ("!If [Never, a, b]", "b"),
        ("{'Fn::If': [IsApp, a, b]}", "a"),
        ("Fn::If: [IsApp, !Ref Name, b]", "app"),
        ("!If [IsProd, a, b]", ("IsProd", "a", "b")),
        ("!If [IsDev, a, b]", ("IsProd", "b", "a")),
        ("!If [Alias, a, b]", ("IsProd", "a", "b")),
        ("!If [AliasLong, a, b]", ("IsProd", "a", "b")),
        ("!If [NotNot, a, b]", ("IsProd", "a", "b")),
        ("!If [Twice, a, b]", ("IsProd", "a", "b")),
        ("!If [Either, a, b]", "a"),
        ("!If [Long, a, b]", "a"),
        ("!If [AndMaybe, a, b]", ("IsProd", "a", "b")),
        ("!If [OrMaybe, a, b]", ("IsProd", "a", "b")),
        ("!If [AndBoth, a, b]", ("IsProd", ("InEurope", "a", "b"), "b")),
        ("!If [OrBoth, a, b]", ("IsProd", "a", ("InEurope", "a", "b"))),
        ("!If [Neither, a, b]", ("IsProd", "b", ("InEurope", "b", "a"))),
        ("!If [Tautology, a, b]", "a"),
        ("!If [Contradiction, a, b]", "b"),
        ("!If [IsProd, a, a]", "a"),
        ("!If [IsProd, !If [IsDev, a, b], c]", ("IsProd", "b", "c")),
        ("!If [IsProd, !If [AndBoth, a, b], c]", ("IsProd", ("InEurope", "a", "b"), "c")),
        ("!If [AndBoth, !If [IsProd, a, b], c]", ("IsProd", ("InEurope", "a", "c"), "c")),
        ("!If [Nobody, a, b]", ("Nobody", "a", "b")),
        ("!If [Never, a, !Ref 'AWS::NoValue']", None),
        ("[a, !If [Never, b, !Ref 'AWS::NoValue'], c]", ["a", "c"]),
        ("[a, !If [IsProd, b, !Ref 'AWS::NoValue']]", ["a", ("IsProd", "b", None)]),
        ("{a: !If [Never, b, !Ref 'AWS::NoValue'], c: d}", {"c": "d"}),
        ("{a: !If [IsProd, b, !Ref 'AWS::NoValue']}", {"a": ("IsProd", "b", None)}),
        ("!If [IsProd, {a: 1}, {b: 2}]", ("IsProd", {"a": 1}, {"b": 2})),
        # Equals compares strings, with their case
        ("!If [TwoIsTwo, a, b]", "a"),
        ("!If [Case, a, b]", "b"),
        ("!If [HasName, a, b]", "a"),
        ("!If [HasEmpty, a, b]", "b"),
        ("!If [HasNothing, a, b]", "b"),
        ("!If [HasZones, a, b]", "a"),
        ("!If [HasSubnets, a, b]", ("HasSubnets", "a", "b")),
        ("!If [InEurope, a, b]", ("InEurope", "a", "b")),
        ("!If [Same, a, b]", "a"),
        ("!If [SameRegion, a, b]", "a"),
        ("!If [Looked, a, b]", "a"),
        ("!If [Chosen, a, b]", "a"),
        # a boolean is the string true or false
        ("!If [YesIsTrue, a, b]", "a"),
        ("!If [YesIsYes, a, b]", "a"),
        ("!If [QuotedIsYes, a, b]", "a"),
        ("!If [QuotedIsTrue, a, b]", "b"),
        ("!If [IsOn, a, b]", "a"),
        # allowed values: what is not among them never holds, and the last one is what is none of the others
        ("!If [OnlyOne, a, b]", "a"),
        ("!If [StageNone, a, b]", "b"),
        ("!If [StageDev, a, b]", ('Stage == "dev"', "a", "b")),
        ("!If [StageProd, a, b]", ('Stage == "dev"', "b", ('Stage == "test"', "b", "a"))),
        ("!If [FlagSet, a, b]", ('Flag == "true"', "a", "b")),
        ("!If [FlagOff, a, b]", ('Flag == "true"', "b", "a")),
    ],
    REFERENCE + "intrinsic-function-reference-importvalue.html": [
        ("!ImportValue role-arn", "<export:role-arn>"),
        ("{'Fn::ImportValue': !Sub '${Name}-arn'}", "<export:app-arn>"),
        ("{'Fn::ImportValue': !Sub '${AWS::StackName}-arn'}", "<export:${aws.stack_name}-arn>"),
        ("{'Fn::ImportValue': !Ref Env}", "<export:${Env}>"),
        ("!ImportValue\n  'Fn::Sub': '${Env}-x'", "<export:${Env}-x>"),
        ("{'Fn::ImportValue': !Join ['-', [a, b]]}", "<export:a-b>"),
        ("{'Fn::ImportValue': !Select [0, !GetAZs '']}", "?"),
    ],
    REFERENCE + "intrinsic-function-reference-getstackoutput.html": [
        ("{'Fn::GetStackOutput': {StackName: net, OutputName: Role}}", "<stack:net.Outputs.Role>"),
        ("{'Fn::GetStackOutput': {StackName: net, OutputName: Role, Region: eu-west-1}}", "?"),
        ("{'Fn::GetStackOutput': {StackName: !Ref Env, OutputName: Role}}", "?"),
    ],
    REFERENCE + "intrinsic-function-reference-base64.html": [
        ("{'Fn::Base64': !Sub 'x ${Name}'}", "x app"),
        ("!Base64 plain", "plain"),
        ("{'Fn::Base64': !Join ['', [a, !Ref Env]]}", "a<Env>"),
        ("!Base64\n  'Fn::Sub': |\n    #!/bin/bash\n    ${Name}\n", "#!/bin/bash\napp\n"),
    ],
    REFERENCE + "intrinsic-function-reference-length.html": [
        ("{'Fn::Length': !Ref Zones}", 2),
        ("{'Fn::Length': [a, b, c]}", 3),
        ("!Length [a]", 1),
        ("{'Fn::Length': !Split ['|', 'a|b|c']}", 3),
        ("{'Fn::Length': !Ref Subnets}", "?"),
        ("{'Fn::Length': [a, !If [IsProd, b, !Ref 'AWS::NoValue']]}", ("IsProd", 2, 1)),
        ("{'Fn::Length': [a, !If [IsProd, b, c]]}", 2),
    ],
    REFERENCE + "intrinsic-function-reference-ToJsonString.html": [
        ("{'Fn::ToJsonString': {a: !Ref Name}}", ("json", {"a": "app"})),
        ("!ToJsonString [a, !Ref Env]", ("json", ["a", "<Env>"])),
    ],
    REFERENCE + "intrinsic-function-reference-transform.html": [
        ("{'Fn::Transform': {Name: 'AWS::Include'}}", "?"),
        ("!Transform {Name: 'AWS::Include', Parameters: {Location: x}}", "?"),
        ("{'Fn::Transform': {Name: 'AWS::Include'}, a: b}", {"a": "b"}),
        ("!Nonsense x", "?"),
    ],
    GUIDE + "dynamic-references.html": [
        ("'{{resolve:ssm:/a}}'", "<ssm:/a>"),
        ("'a-{{resolve:ssm:/a}}'", "a-<ssm:/a>"),
        ("'{{resolve:ssm:/aws/service/x}}'", "?"),
        ("'{{resolve:ssm-secure:/a}}'", "?"),
        ("'{{resolve:secretsmanager:x:SecretString:y}}'", "?"),
        ("'{{resolve:ssm:/a}}{{resolve:ssm:/b:1}}'", "<ssm:/a>?"),
        ("!Sub 'a-{{resolve:ssm:/${Name}}}-${Name}'", "a-?-app"),
        ("!Join ['', ['{{resolve:ssm:', /a, '}}']]", "{{resolve:ssm:/a}}"),
        ("'{{ other }}'", "{{ other }}"),
    ],
    GUIDE + "template-formats.html": [
        ("yes", True),
        ("2", 2),
        ("'2'", "2"),
        ("012", "012"),
        ("1.5", 1.5),
        ("2012-10-17", "2012-10-17"),
        ("~", None),
        ("null", None),
        ("{a: &x b, c: *x}", {"a": "b", "c": "b"}),
        ("{<<: {a: 1, b: 2}, b: 3}", {"a": 1, "b": 3}),
        ("arn:aws:s3:::x", "arn:aws:s3:::x"),
    ],
}  # fmt: skip


def rows() -> Iterator[object]:
    for page, cases in TABLE.items():
        topic = page.rsplit("/", 1)[-1].removesuffix(".html").removeprefix("intrinsic-function-reference-")
        yield from (pytest.param(expression, value, id=f"{topic}: {expression}") for expression, value in cases)


def run(text: str) -> TemplateEvaluation:
    source = Source("t.yaml", text)
    nodes, problems = yaml.parse(source)
    assert problems == []
    return evaluate(nodes[0], source, {"AWS::X::Y"}, lambda _: frozenset({"PolicyDocument"}), Budget())


def prop(expression: str) -> Value | None:
    """The value of a property `P` that is written as `expression`, in a template with `HEAD`."""
    body = "\n" + indent(dedent(expression).strip("\n"), " " * 8) if "\n" in expression else " " + expression
    if "\n" in expression and expression.startswith("!"):
        body = " " + indent(expression, " " * 8).lstrip()
    elif not expression.startswith(("{", "[", "'", "!")) and ": " in expression:
        body = "\n        " + expression.replace("\n", "\n        ")
    text = f"{HEAD}Resources:\n  Other: {{Type: 'AWS::Z::Z'}}\n  R:\n    Type: AWS::X::Y\n    Properties:\n      P:{body}\n"
    resource = next(one for one in run(text).resources if one.address == "R")
    return resource.attributes.get("P")


@pytest.mark.parametrize(("expression", "value"), list(rows()))
def test_a_function_gives_what_cloudformation_gives(shown: Shown, expression: str, value: object) -> None:
    assert shown(prop(expression)) == value


def test_functions_with_too_few_arguments_have_no_value() -> None:
    for name in ("If", "Join", "Select", "Split", "FindInMap", "Sub"):
        value = prop(f"!{name} []")
        assert isinstance(value, Unknown)
        assert value.error


def test_equal_texts_are_equal_however_they_were_put_together(shown: Shown) -> None:
    one, other = prop("!Sub 'a-${Name}-${AWS::Region}'"), prop("!Join ['-', [a, app, !Ref 'AWS::Region']]")
    assert isinstance(one, Text)
    assert shown(one) == shown(other)
    assert len(one.parts) == 2


def test_the_parts_of_a_sub_have_their_places() -> None:
    value = prop("!Sub 'arn:${AWS::Partition}:s3:::${Other}/*'")
    assert isinstance(value, Text)
    assert [part.span.text for part in value.parts] == ["arn:", "${AWS::Partition}", ":s3:::", "${Other}", "/*"]


def test_a_default_stands_where_it_is_declared() -> None:
    value = prop("!Ref Name")
    assert value is not None
    assert (value.span.line, value.span.text) == (4, "app")


def test_two_values_of_one_parameter_exclude_each_other(shown: Shown) -> None:
    text = dedent("""\
        Parameters:
          Env: {Type: String}
        Conditions:
          IsProd: !Equals [!Ref Env, prod]
          IsTest: !Equals [test, !Ref Env]
          Both: !And [!Condition IsProd, !Not [!Condition IsTest]]
        Resources:
          R:
            Type: AWS::X::Y
            Properties: {P: !If [IsProd, 1, 2], Q: !If [Both, 1, 2]}
        """)
    attributes = run(text).resources[0].attributes
    assert shown(attributes.get("P")) == ('Env == "prod"', 1, 2)
    assert shown(attributes.get("Q")) == ('Env == "prod"', ('Env == "test"', 2, 1), 2)


# Templates


def test_a_condition_that_depends_on_itself_is_a_problem_once() -> None:
    text = f"{HEAD}Resources:\n  R:\n    Type: AWS::X::Y\n    Properties: {{P: !If [Loop, a, b], Q: !If [Pool, a, b]}}\n"
    assert [problem.message for problem in run(text).problems] == ["the condition Loop depends on itself"]


@pytest.mark.parametrize(
    ("condition", "exists", "when"),
    [("IsApp", YES, None), ("IsProd", MAYBE, ("IsProd", True, False)), ("IsDev", MAYBE, ("IsProd", False, True))],
)
def test_a_resource_exists_as_its_condition_says(shown: Shown, condition: str, exists: object, when: object) -> None:
    text = f"{HEAD}Resources:\n  R: {{Type: 'AWS::X::Y', Condition: {condition}, Properties: {{P: !If [{condition}, a, b]}}}}\n"
    resource = run(text).resources[0]
    assert (resource.exists, shown(resource.when)) == (exists, when)
    assert shown(resource.attributes.get("P")) == "a"


def test_a_resource_whose_condition_does_not_hold_is_not_there() -> None:
    text = f"{HEAD}Resources:\n  R: {{Type: 'AWS::X::Y', Condition: Never}}\n"
    assert [one.address for one in run(text).resources if one.type != "parameter"] == []


def test_a_key_that_is_there_twice_is_a_problem_and_the_last_one_counts(shown: Shown) -> None:
    evaluation = run("Resources:\n  R:\n    Type: AWS::X::Y\n    Properties:\n      P: 1\n      P: 2\n")
    assert shown(evaluation.resources[0].attributes) == {"P": 2}
    assert [(p.message, p.span.line) for p in evaluation.problems if p.span] == [('"P" is here twice: the last one counts', 6)]


def test_what_makes_resources_out_of_sight_is_said() -> None:
    text = dedent("""\
        Transform: [AWS::LanguageExtensions, Mine]
        Parameters: {Names: {Type: CommaDelimitedList}}
        Resources:
          Fn::ForEach::Roles: [Name, !Ref Names, {'Role${Name}': {Type: AWS::X::Y}}]
          R: {Type: AWS::Z::Z}
        """)
    evaluation = run(text)
    assert evaluation.notes == ("the transform Mine may add resources", "what Fn::ForEach::Roles loops over is not known")
    assert [one.address for one in evaluation.resources if one.type == "unread"] == list(evaluation.notes)


def test_a_loop_makes_what_its_fragment_says_for_each_item(shown: Shown) -> None:
    text = dedent("""\
        Transform: AWS::LanguageExtensions
        Parameters: {Names: {Type: CommaDelimitedList, Default: "a,b-c"}}
        Conditions:
          Fn::ForEach::Conditions: [N, [x], {'Is${N}': !Equals [!Ref N, x]}]
        Resources:
          Fn::ForEach::Outer:
            - Name
            - !Ref Names
            - R&{Name}:
                Type: AWS::X::Y
                Properties:
                  A: !Ref Name
                  B: !Sub 'x-${Name}-${AWS::Region}'
                  C: {Ref: Name}
                  D: {'Fn::GetAtt': [!Sub 'R&{Name}', Arn]}
                  E: '${Name}'
              Fn::ForEach::Inner:
                - Zone
                - [1, 2]
                - R&{Name}${Zone}:
                    Type: AWS::X::Y
                    Condition: Isx
                    Properties: {Fn::ForEach::P: [Key, [k, l], {'P${Key}': !Ref Zone}]}
        """)
    found = {one.address: shown(one.attributes) for one in run(text).resources if one.type == "AWS::X::Y"}
    assert found == {
        "Ra": {"A": "a", "B": "x-a-<aws.region>", "C": "a", "D": "<Ra.Arn>", "E": "${Name}"},
        "Ra1": {"Pk": "1", "Pl": "1"},
        "Ra2": {"Pk": "2", "Pl": "2"},
        "Rbc": {"A": "b-c", "B": "x-b-c-<aws.region>", "C": "b-c", "D": "<Rbc.Arn>", "E": "${Name}"},
        "Rbc1": {"Pk": "1", "Pl": "1"},
        "Rbc2": {"Pk": "2", "Pl": "2"},
    }


def test_loops_without_end_are_bounded() -> None:
    fragment = "{'R${N0}': {Type: AWS::X::Y}}"
    for level in range(8):
        fragment = f"{{'Fn::ForEach::L{level}': [N{level}, [a, b, c, d, e, f, g, h, i], {fragment}]}}"
    evaluation = run(f"Resources: {fragment}\n")
    assert evaluation.notes[0] == f"Fn::ForEach::L7 is not evaluated: the budget of {STEPS} steps is used up"


def test_properties_that_a_transform_adds_leave_the_map_open() -> None:
    value = prop("{'Fn::Transform': {Name: 'AWS::Include'}, a: b}")
    assert isinstance(value, Map)
    assert (list(value.entries), value.complete) == (["a"], False)


def test_a_template_shows_by_the_types_of_its_resources() -> None:
    def check(text: str) -> bool:
        return is_template(yaml.parse(Source("t", text))[0][0])

    assert check("Resources: {R: {Type: 'AWS::S3::Bucket'}}")
    assert check("Resources: {R: {Properties: {}, Type: 'Custom::X'}}")
    assert not check("Resources: {R: {Type: x}}")
    assert not check("Resources: [a]")
    assert not check("a: b")


def test_properties_nested_as_deep_as_files_may_be_do_not_overflow() -> None:
    assert isinstance(prop("[" * 150 + "a" + "]" * 150), (List, Unknown))
    assert isinstance(prop("{'Fn::If': [IsProd, b, " * 60 + "a" + "]}" * 60), (Choice, Unknown))


def test_a_policy_in_a_block_scalar_has_its_own_lines_and_columns(shown: Shown) -> None:
    text = dedent("""\
        Resources:
          R:
            Type: AWS::X::Y
            Properties:
              PolicyDocument: !Sub |
                {
                  "Version": "2012-10-17",
                  "Statement": [{"Effect": "Allow",
                    "Action": ["ecr:GetAuthorizationToken"],
                    "Resource": "arn:${AWS::Partition}:ecr:*:*:repository/é"}]
                }
        """)
    document = run(text).resources[0].attributes.get("PolicyDocument")
    assert isinstance(document, Map)
    statements = document.entries["Statement"]
    assert isinstance(statements, List)
    statement = statements.items[0]
    assert isinstance(statement, Map)
    action, resource = statement.entries["Action"], statement.entries["Resource"]
    assert isinstance(action, List)
    assert (action.items[0].span.line, action.items[0].span.column) == (9, 24)
    assert action.items[0].span.text == '"ecr:GetAuthorizationToken"'
    assert (resource.span.line, resource.span.column) == (10, 25)
    assert shown(resource) == "arn:<aws.partition>:ecr:*:*:repository/é"


def test_a_policy_in_a_json_string_of_a_json_template_has_its_own_column(shown: Shown) -> None:
    text = (
        '{"Resources": {"R": {"Type": "AWS::X::Y", "Properties": {"PolicyDocument": '
        '"{\\"Statement\\": [{\\"Action\\": \\"ecr:*\\"}]}"}}}}'
    )
    source = Source("t.json", text)
    node, _ = json.parse(source)
    assert node is not None
    evaluation = evaluate(node, source, {"AWS::X::Y"}, lambda _: frozenset({"PolicyDocument"}), Budget())
    document = evaluation.resources[0].attributes.get("PolicyDocument")
    assert isinstance(document, Map)
    assert shown(document) == {"Statement": [{"Action": "ecr:*"}]}
    span = document.entries["Statement"].span
    assert (span.column, span.text) == (text.index("[{") + 1, '[{\\"Action\\": \\"ecr:*\\"}]')


def test_a_broken_policy_in_a_string_is_a_problem_at_its_place() -> None:
    evaluation = run("Resources:\n  R:\n    Type: AWS::X::Y\n    Properties:\n      PolicyDocument: '{\"Statement\": ]}'\n")
    assert [(p.message, p.span.line, p.span.column) for p in evaluation.problems if p.span] == [
        ('this PolicyDocument is not valid JSON: expected a value, found "]"', 5, 38)
    ]


def test_the_second_document_of_a_file_has_its_own_lines() -> None:
    source = Source("t.yaml", "a: 1\n---\nResources:\n  R:\n    Type: AWS::X::Y\n    Properties: {P: x}\n")
    nodes, _ = yaml.parse(source)
    assert [is_template(node) for node in nodes] == [False, True]
    evaluation = evaluate(nodes[1], source, {"AWS::X::Y"}, lambda _: frozenset(), Budget())
    value = evaluation.resources[0].attributes.get("P")
    assert value is not None
    assert (value.span.line, value.span.column) == (6, 21)
