#!/bin/sh
# Guess: hypothesis-jsonschema, which asks for hypothesis 6.84.3 or newer, generates objects with the newest one.
# What happens: with hypothesis 6.170.17, hypothesis-jsonschema 0.23.1 generates numbers and lists, and every schema of an
#   object ends in an AttributeError. pip installs the two together without a word; with hypothesis 6.100.0 it works.
# Why it matters: a property test of an API's bodies fails before its first example. Pin hypothesis beside it.
# Source: run here.
set -eu
folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; cd "$folder"
cat > generate.py <<'P'
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis_jsonschema import from_schema

SCHEMAS = {
    "number": {"type": "integer"},
    "list": {"type": "array", "items": {"type": "string"}},
    "object": {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]},
}

for name, schema in SCHEMAS.items():

    @settings(max_examples=5, phases=[Phase.generate], database=None, suppress_health_check=list(HealthCheck))
    @given(from_schema(schema))
    def generate(value):
        pass

    try:
        generate()
    except Exception as error:
        print(name, type(error).__name__)
    else:
        print(name, "generated")
P
for version in 6.100.0 6.170.17; do
  python3 -m venv "$version"
  "$version/bin/pip" install -q "hypothesis==$version" hypothesis-jsonschema==0.23.1 2> pip.log
  echo "hypothesis $version"
  "$version/bin/python" generate.py
done > seen
cat seen
cat > expected <<'T'
hypothesis 6.100.0
number generated
list generated
object generated
hypothesis 6.170.17
number generated
list generated
object AttributeError
T
diff expected seen
